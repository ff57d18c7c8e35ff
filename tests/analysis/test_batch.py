import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.__main__ import main
from analysis.figures.stamp import read as read_origin
from analysis.loading.formats.native import save_native
from analysis.model.transformer import forward
from analysis.values.work import finish

from .handmade import CROSSED, SMALL, random_model


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    model = random_model(CROSSED)
    path = tmp_path / "model.safetensors"
    save_native({name: model.weights[name] for name in model.weights}, model.config, path)
    return path


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Runs the command, which must end with 2 and one sentence."""
    assert main([str(argument) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.endswith(".\n")
    return err


def test_that_the_command_writes_scores_and_composition(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "results"
    assert main([str(checkpoint), "--out", str(out), "--samples", "3", "--seed", "7", "--device", "cpu"]) == 0
    assert sorted(os.listdir(out)) == ["composition.npz", "scores.csv", "summary.json"]
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["n_layers"], summary["n_heads"], summary["seed"]) == (3, 4, 7)
    assert len(summary["sha256"]) == 64
    induction = summary["scores"]["induction"]
    assert np.shape(induction["self"]) == (3, 4)
    assert induction["cross"] == [[None] * 4] * 3
    assert summary["scores"]["first"]["cross"][1] == [None] * 4
    with (out / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["head"] for row in rows][:9] == ["L0H0", "L0H1", "L0H2", "L0H3", "L0X0", "L0X1", "L0X2", "L0X3", "L1H0"]
    assert list(rows[0])[:4] == ["head", "layer", "index", "kind"]
    assert float(rows[8]["induction"]) == pytest.approx(induction["self"][1][0])
    assert rows[4]["induction"] == ""
    composed = np.load(out / "composition.npz")
    assert sorted(composed) == ["k", "labels", "q", "v", "z_k", "z_q", "z_v"]
    assert composed["q"].shape == (20, 20)
    assert composed["labels"].tolist() == [row["head"] for row in rows]


def test_that_the_command_writes_logits_and_attention(checkpoint: Path, tmp_path: Path) -> None:
    tokens, context = np.arange(22).reshape(2, 11), np.arange(12).reshape(2, 6)
    np.save(tmp_path / "tokens.npy", tokens)
    np.save(tmp_path / "context.npy", context)
    out = tmp_path / "out"
    assert (
        main(
            [
                str(checkpoint),
                "--out",
                str(out),
                "--samples",
                "1",
                "--tokens",
                str(tmp_path / "tokens.npy"),
                "--context",
                str(tmp_path / "context.npy"),
                "--save-attention",
            ]
        )
        == 0
    )
    model = random_model(CROSSED)
    run = finish(forward(model, torch.from_numpy(tokens), torch.from_numpy(context)))
    logits = np.load(out / "logits.npy")
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, run.logits.numpy(), atol=1e-5)
    attention = np.load(out / "attention.npz")
    assert attention["self"].shape == (3, 2, 4, 11, 11)
    assert attention["cross"].shape == (3, 2, 4, 11, 6)
    np.testing.assert_allclose(attention["self"].sum(-1), 1, atol=1e-5)
    assert np.isnan(attention["cross"][1]).all()
    assert (np.triu(attention["self"][0, 0, 0], 1) == 0).all()


def test_that_one_sequence_of_tokens_is_a_batch_of_one(tmp_path: Path) -> None:
    model = random_model(SMALL)
    save_native({name: model.weights[name] for name in model.weights}, model.config, tmp_path / "m.safetensors")
    np.save(tmp_path / "tokens.npy", np.arange(5))
    out = tmp_path / "out"
    assert (
        main(
            [
                str(tmp_path / "m.safetensors"),
                "--out",
                str(out),
                "--samples",
                "1",
                "--tokens",
                str(tmp_path / "tokens.npy"),
            ]
        )
        == 0
    )
    assert np.load(out / "logits.npy").shape == (1, 5, 50)
    assert not (out / "attention.npz").exists()


def test_that_bad_input_ends_with_one_sentence_and_no_results(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "far.npy", np.array([0, 99]))
    np.save(tmp_path / "long.npy", np.zeros(65, np.int64))
    out = tmp_path / "out"
    assert "missing.pt" in refused(capsys, tmp_path / "missing.pt", "--out", out)
    assert "token id 99" in refused(capsys, checkpoint, "--out", out, "--tokens", tmp_path / "far.npy")
    assert "at most 64" in refused(capsys, checkpoint, "--out", out, "--tokens", tmp_path / "long.npy")
    assert "no file" in refused(capsys, checkpoint, "--out", out, "--tokens", tmp_path / "none.npy")
    assert "heads" in refused(capsys, checkpoint, "--out", out, "--n-head", 3)
    assert "--save-attention" in refused(capsys, checkpoint, "--out", out, "--save-attention")
    assert "--samples" in refused(capsys, checkpoint, "--out", out, "--samples", 0)
    assert "--frobnicate" in refused(capsys, checkpoint, "--out", out, "--frobnicate")
    assert "--out" in refused(capsys, checkpoint)
    if not torch.cuda.is_available():
        assert "no device" in refused(capsys, checkpoint, "--out", out, "--device", "cuda")
    assert not out.exists()
    assert "cannot be made" in refused(capsys, checkpoint, "--out", checkpoint / "inside")


def test_that_nan_weights_are_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = random_model(replace(SMALL, d_mlp=0))
    tensors = {name: model.weights[name].clone() for name in model.weights}
    tensors["L1.attn.W_V"][2, 3, 4] = float("nan")
    save_native(tensors, model.config, tmp_path / "nan.safetensors")
    assert "L1.attn.W_V" in refused(capsys, tmp_path / "nan.safetensors", "--out", tmp_path / "out")


def test_that_a_failed_write_leaves_the_earlier_file_and_no_half_one(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "summary.json").write_text("earlier")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("analysis.values.whole_files.os.fsync", full)
    assert "No space left" in refused(capsys, checkpoint, "--out", out, "--samples", "1")
    assert os.listdir(out) == ["summary.json"]
    assert (out / "summary.json").read_text() == "earlier"


def test_that_the_module_runs_as_a_command(checkpoint: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analysis", str(tmp_path / "nothing.pt"), "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["pdf", "svg", "png"])
def test_that_the_command_draws_a_view(checkpoint: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.{form}"
    given = ("--figure", "pattern", "--head", "L0X2", "--option", "attention_scale=log", "--width", "60")
    assert main([str(checkpoint), *given, "--save", str(path), "--device", "cpu"]) == 0
    (found,) = read_origin(str(path))
    assert found.recipe is not None
    assert (found.recipe.view, found.recipe.selection.head.label) == ("pattern", "L0X2")
    assert found.recipe.selection.option("attention_scale", "") == "log"
    assert found.recipe.path == str(checkpoint)
    assert sorted(os.listdir(tmp_path)) == sorted([path.name, checkpoint.name])
    if form == "svg":
        width = re.search(r'width="([\d.]+)pt"', path.read_text("utf-8"))
        assert width is not None
        assert float(width[1]) == pytest.approx(60 * 72 / 25.4, abs=0.001)


def test_that_a_view_is_drawn_of_the_tokens_that_are_given(checkpoint: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "tokens.npy", np.arange(7))
    path = tmp_path / "a.svg"
    given = ("--figure", "pattern", "--tokens", str(tmp_path / "tokens.npy"), "--save", str(path))
    assert main([str(checkpoint), *given, "--device", "cpu"]) == 0
    (found,) = read_origin(str(path))
    assert found.recipe is not None
    assert found.recipe.tokens == (tuple(range(7)),)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--figure", "crystal", "--save", "a.pdf"), "no view 'crystal'; choose one of ablation"),
        (("--figure", "pattern"), "give --save FILE.pdf"),
        (("--figure", "pattern", "--save", "a.gif"), "saved as .pdf, .svg or .png"),
        (("--save", "a.pdf"), "give --figure VIEW"),
        (("--head", "L1H0", "--out", "x"), "give --figure VIEW"),
        (("--figure", "pattern", "--save", "a.pdf", "--head", "first"), "is not a head"),
        (("--figure", "pattern", "--save", "a.pdf", "--head", "L9H9"), "no head L9H9"),
        (("--figure", "pattern", "--save", "a.pdf", "--option", "x"), "choose one of attention_scale"),
        (("--figure", "pattern", "--save", "a.pdf", "--option", "attention_scale=x"), "choose one of linear, log"),
        (("--figure", "pattern", "--save", "a.pdf", "--width", "3"), "from 30 to 420"),
        (("--figure", "pattern", "--save", "gone/a.pdf"), "choose another --save"),
    ],
)
def test_that_a_figure_that_cannot_be_drawn_is_refused_in_one_line(
    checkpoint: Path, given: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert words in refused(capsys, checkpoint, *given)
    assert os.listdir(tmp_path) == [checkpoint.name]
