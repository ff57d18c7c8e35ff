"""The answer from the command line: verdict.json, the sentences, and how to ask."""

from __future__ import annotations

import json
import lzma
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from analysis.__main__ import main
from analysis.loading.formats.native import save_native
from analysis.model.model import Model
from analysis.values import Asked
from analysis.values.selection import asked_words
from tests.analysis.formats.reference_models import GPT
from tests.analysis.handmade import SMALL, induction_model, one_head, random_model
from tests.shared_data import DATA

VERDICTS = DATA / "verdicts"
TRUTH = json.loads((VERDICTS / "truth.json").read_text()) if (VERDICTS / "truth.json").is_file() else {}
FOLD = "attends but does not copy"
MEASURED = {"value", "low", "high"}


def saved(model: Model, folder: Path) -> Path:
    path = folder / "model.safetensors"
    save_native({name: model.weights[name] for name in model.weights}, model.config, path)
    return path


def asked(checkpoint: Path, *options: object) -> dict[str, Any]:
    """What verdict.json says; numbers that JSON does not know end the test."""
    out = checkpoint.parent / "out"
    arguments = [checkpoint, "--verdict", "--out", out, "--device", "cpu", *options]
    assert main([str(argument) for argument in arguments]) == 0
    text = (out / "verdict.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    return found


def refused(capsys: pytest.CaptureFixture[str], checkpoint: Path, *options: object) -> str:
    """The one sentence that the command ends with, having written nothing."""
    out = checkpoint.parent / "refused"
    assert main([str(one) for one in (checkpoint, "--verdict", "--out", out, "--device", "cpu", *options)]) == 2
    said, error = capsys.readouterr()
    assert said == ""
    assert not out.exists()
    assert error.count("\n") == 1
    assert error.endswith(".\n")
    return error


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return saved(induction_model(30, 64), tmp_path)


def test_that_the_answer_has_its_form(checkpoint: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(checkpoint)
    copies = found["copies"]
    assert copies["copies"] is True
    assert copies["low"] <= copies["gain"] <= copies["high"]
    assert copies["head_count_assumed"] is False
    assert copies["length"] in [length for length, _ in copies["by_length"]]
    assert all(isinstance(gain, float) for _, gain in copies["by_length"])
    assert list(found["heads"]) == ["L0H0", "L0H1", "L1H0", "L1H1"]
    head = found["heads"]["L1H0"]
    assert "induction" in head["words"]
    assert head["offsets"] == [1]
    assert 0.9 < head["low"] <= head["share"] <= head["high"] <= 1
    assert isinstance(head["positional"], float)
    assert set(head["copying"]) == MEASURED
    assert set(head["effect"]) >= MEASURED
    assert head["confirmed"] == "alone"
    assert found["heads"]["L0H1"]["confirmed"] == "not asked"
    assert [(one["later"], one["input"], one["earlier"]) for one in found["circuits"]] == [("L1H0", "k", "L0H0")]
    assert set(found["circuits"][0]["effect"]) >= MEASURED
    assert "groups" in found
    assert capsys.readouterr().out == "".join(f"{sentence}\n" for sentence in found["sentences"])
    assert found["asked"] == {"length": None, "repeats": 2, "samples": 32, "seed": 0, "token_range": None}
    assert len(found["sha256"]) == 64


def test_that_the_verdict_alone_waits_for_nothing_else(checkpoint: Path) -> None:
    asked(checkpoint, "--samples", 8)
    assert os.listdir(checkpoint.parent / "out") == ["verdict.json"]


def test_that_other_outputs_come_with_it_where_they_are_asked_for(checkpoint: Path) -> None:
    np.save(checkpoint.parent / "tokens.npy", np.arange(5))
    asked(checkpoint, "--samples", 8, "--length", 8, "--tokens", checkpoint.parent / "tokens.npy")
    out = checkpoint.parent / "out"
    wanted = ["composition.npz", "logits.npy", "scores.csv", "summary.json", "verdict.json"]
    assert sorted(os.listdir(out)) == wanted
    assert json.loads((out / "summary.json").read_text())["asked"]["length"] == 8


def test_that_without_a_folder_the_sentences_are_printed(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(checkpoint), "--verdict", "--samples", "8", "--length", "8"]) == 0
    assert capsys.readouterr().out.startswith("Copies by content: ")
    assert os.listdir(checkpoint.parent) == ["model.safetensors"]


def test_that_what_is_asked_is_said_and_done(checkpoint: Path) -> None:
    found = asked(checkpoint, "--length", 9, "--repeats", 3, "--samples", 8, "--seed", 5, "--token-range", "3:20")
    assert found["copies"]["length"] == 9
    assert [length for length, _ in found["copies"]["by_length"]] == [9]
    assert "3 copies" in found["prompt"]
    assert (found["samples"], found["seed"]) == (8, 5)
    assert found["asked"] == {"length": 9, "repeats": 3, "samples": 8, "seed": 5, "token_range": "3:20"}
    assert "induction" in found["heads"]["L1H0"]["words"]


def test_that_the_same_question_has_the_same_answer_and_another_seed_another_one(checkpoint: Path) -> None:
    first, same, other = (asked(checkpoint, "--length", 8, "--samples", 8, "--seed", seed) for seed in (1, 1, 2))
    assert first == same
    assert first["copies"]["gain"] != other["copies"]["gain"]


@pytest.mark.parametrize("samples", [1, 7])
def test_that_few_samples_claim_nothing(checkpoint: Path, samples: int) -> None:
    found = asked(checkpoint, "--samples", samples)
    assert found["copies"]["copies"] is False
    assert (found["copies"]["low"], found["copies"]["high"]) == (None, None)
    assert all(head["words"] == ["none"] for head in found["heads"].values())
    assert (found["groups"], found["circuits"]) == ([], [])
    assert "fewer than 8 samples claim nothing" in found["sentences"][0]


@pytest.mark.parametrize(("options", "words"), [
    (("--length", 31), "from 4 to 30 tokens here, not 31"),
    (("--length", 3), "from 4 to 30 tokens here, not 3"),
    (("--length", 17, "--repeats", 4), "from 4 to 16 tokens here, not 17"),
    (("--length", 0), "from 4 to 30"), (("--length", "few"), "--length"),
    (("--repeats", 1), "from 2 to 8, not 1"), (("--repeats", 9), "from 2 to 8, not 9"),
    (("--samples", 0), "1 or more"), (("--seed", -1), "--seed"),
    (("--token-range", "7:7"), "within 0:30"), (("--token-range", "7:31"), "within 0:30"),
    (("--token-range", "7:10"), "leaves 3 of the ids 0 to 29"),
    (("--token-range", "tokenizer"), "has no tokenizer"), (("--token-range", "missing"), "LOW:HIGH, tokenizer, or"),
    (("--token-range", "7:19", "--length", 13), "from 4 to 12"),
])  # fmt: skip
def test_that_what_cannot_be_asked_is_one_sentence(
    checkpoint: Path, capsys: pytest.CaptureFixture[str], options: tuple[object, ...], words: str
) -> None:
    assert words in refused(capsys, checkpoint, *options)


def test_that_a_context_without_room_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(random_model(replace(SMALL, n_ctx=7)), tmp_path)
    assert "do not fit into the 7 tokens" in refused(capsys, path)


def test_that_how_to_ask_goes_with_an_answer(checkpoint: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(checkpoint), "--out", str(checkpoint.parent / "o"), "--length", "8"]) == 2
    assert "give --verdict" in capsys.readouterr().err
    assert main([str(checkpoint)]) == 2
    assert "--verdict" in capsys.readouterr().err


def test_that_a_guessed_head_count_is_said_and_a_given_one_is_not(tmp_path: Path) -> None:
    torch.manual_seed(0)
    torch.save(GPT().state_dict(), tmp_path / "m.pt")
    found = asked(tmp_path / "m.pt", "--samples", 8)
    assert found["n_heads"] == 4
    assert found["copies"]["head_count_assumed"] is True
    assert found["sentences"][0].startswith("With a head count that is a guess: ")
    for count in (4, 6):
        found = asked(tmp_path / "m.pt", "--samples", 8, "--n-head", count)
        assert found["n_heads"] == count
        assert found["copies"]["head_count_assumed"] is False
        assert "guess" not in found["sentences"][0]


def test_that_heads_that_do_not_copy_are_not_called_so(tmp_path: Path) -> None:
    found = asked(saved(one_head("duplicate"), tmp_path))
    assert found["copies"]["copies"] is False
    assert "duplicate" in found["heads"]["L0H0"]["words"]
    assert found["heads"]["L0H0"]["effect"] is None


def test_that_the_words_of_a_question_ask_it_again() -> None:
    assert asked_words(Asked()) == ["--seed", "0", "--samples", "32"]
    words = asked_words(Asked(9, 3, 8, 5, "my words.txt"))
    assert words[:6] == ["--length", "9", "--repeats", "3", "--token-range", "my words.txt"]
    assert words[6:] == ["--seed", "5", "--samples", "8"]


@pytest.mark.skipif(not TRUTH, reason="the models of known truth are not in ../shared/data/verdicts")
@pytest.mark.parametrize("name", sorted(TRUTH))
def test_that_models_of_known_truth_are_judged_right(tmp_path: Path, name: str) -> None:
    truth, path = TRUTH[name], tmp_path / f"{name}.safetensors"
    path.write_bytes(lzma.decompress((VERDICTS / f"{name}.safetensors.xz").read_bytes()))
    found = asked(path)
    words = {head: facts["words"] for head, facts in found["heads"].items()}
    assert found["copies"]["copies"] is truth.get("copies", truth.get("copies_by_content"))
    told = {"induction": "induction", "duplicate": "duplicate", "anti_induction": "anti-induction",
            "attends_without_copying": FOLD}  # fmt: skip
    for key, word in told.items():
        if key in truth:
            assert [head for head, some in words.items() if word in some] == truth[key]
    if "circuit" in truth:
        edges = {f"{one['later']} {one['input']} {one['earlier']}" for one in found["circuits"]}
        assert edges >= set(truth["circuit"])
    if past := truth.get("offset_past_earlier_occurrence"):
        assert found["heads"][truth["induction"][0]]["offsets"] == [past]
