"""Small models are loaded and checked at once, large ones piece by piece, those larger than memory never whole."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from analysis.figures.heatmap import Heatmap
from analysis.figures.table import Table
from analysis.loading import opening
from analysis.loading.formats.native import save_native
from analysis.model import devices
from analysis.session.session import Session
from analysis.values import HeadId, Selection, UserError

from .handmade import CROSSED, SMALL, random_model


def saved(path: Path, config=SMALL, **changes: torch.Tensor) -> Path:
    model = random_model(config)
    tensors = {name: model.weights[name] for name in model.weights} | changes
    save_native(tensors, model.config, path)
    return path


def run_jobs(session: Session) -> dict[str, object]:
    """Every job to its end; the facts it told and the failures."""
    told: dict[str, object] = {}
    for job in session.start_jobs():
        for update in job:
            told |= {job.key: update.failure or "done"} if update.done else {}
            if update.done and job.key == "loading":
                told["facts"] = update.result
    return told


def test_that_a_small_model_is_checked_when_it_is_open(tmp_path: Path) -> None:
    session = Session("cpu")
    facts = session.open(str(saved(tmp_path / "m.safetensors")))
    assert facts.certificate.ok
    assert "agrees with itself" in " ".join(facts.certificate.lines)
    assert len(facts.sha256) == 64
    assert facts.weights_only == ""
    assert set(run_jobs(session)) == {"scores", "answer", "composition"}


def test_that_a_large_model_opens_before_its_weights_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "EAGER_BYTES", 1000)
    session = Session("cpu")
    facts = session.open(str(saved(tmp_path / "m.safetensors")))
    assert session.model.weights.nbytes == 0
    assert facts.sha256 == ""
    assert facts.certificate.lines == ("Not checked yet.",)
    figure = session.look("qk_residual", Selection(HeadId(1, 2)))
    assert isinstance(figure, Heatmap)
    assert session.model.weights.nbytes == 4 * 4 * (4 * 32 * 8)  # one layer's four matrices
    told = run_jobs(session)
    assert [told[key] for key in ("loading", "scores", "composition")] == ["done"] * 3
    monkeypatch.undo()
    small = Session("cpu").open(str(tmp_path / "m.safetensors"))
    assert told["facts"] == small == session.loaded.facts


def test_that_a_large_model_with_nan_is_told_when_its_weights_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = random_model(SMALL).weights["L2.attn.W_V"].clone()
    bad[0, 0, 0] = float("nan")
    path = saved(tmp_path / "m.safetensors", **{"L2.attn.W_V": bad})
    with pytest.raises(UserError, match=r"L2\.attn\.W_V.*NaN"):
        Session("cpu").open(str(path))
    monkeypatch.setattr(opening, "EAGER_BYTES", 1000)
    session = Session("cpu")
    session.open(str(path))
    session.look("qk_residual", Selection(HeadId(1, 0)))
    *_, last = session.start_jobs()[0]
    assert (last.key, last.done) == ("loading", True)
    assert re.search(r"L2\.attn\.W_V.*NaN", last.failure)


def test_that_a_model_larger_than_memory_shows_its_circuits_and_says_why_no_attention(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path / "m.safetensors", CROSSED)
    whole = Session("cpu")
    whole.open(str(path))
    run_jobs(whole)
    monkeypatch.setattr(devices, "free_memory", lambda device: 200_000)
    session = Session("cpu")
    facts = session.open(str(path))
    assert "too much for" in facts.weights_only
    assert facts.heads == whole.loaded.facts.heads
    with pytest.raises(UserError, match="attention is not offered"):
        session.set_prompt(None)
    for view in ("pattern", "lags", "loss", "mosaic"):
        with pytest.raises(UserError, match="attention is not offered"):
            session.look(view, Selection(HeadId(0, 0)))
    for view in ("qk_residual", "qk_tokens", "ov_residual", "ov_tokens", "ov_singular"):
        for head in facts.heads:
            mine, theirs = (s.look(view, Selection(head)) for s in (session, whole))
            if isinstance(mine, Heatmap):
                np.testing.assert_array_equal(mine.values, theirs.values)  # type: ignore[union-attr]
            assert session.model.weights.nbytes <= 50_000
    told = run_jobs(session)
    assert "scores" not in told
    assert str(told["composition"]).startswith("Composition of all pairs takes")
    assert told["facts"].sha256 == whole.loaded.facts.sha256  # type: ignore[attr-defined]


def test_that_a_file_of_no_known_architecture_opens_as_a_table_of_its_tensors(tmp_path: Path) -> None:
    tensors = {
        "conv\u202e.weight": torch.full((2, 3, 3), 2.0),
        "count": torch.tensor(7),
        "x": torch.zeros(4).bfloat16(),
    }
    save_file(tensors, tmp_path / "other.safetensors")
    session = Session("cpu")
    facts = session.open(str(tmp_path / "other.safetensors"))
    assert facts.heads == ()
    assert "no known architecture" in facts.weights_only
    assert "\u202e" not in facts.weights_only
    table = session.look("tensors", Selection(HeadId(0, 0)))
    assert isinstance(table, Table)
    assert sorted(row.cells for row in table.rows) == [
        ("conv⟨U+202E⟩.weight", "2 × 3 × 3", "float32", "8.485"),
        ("count", "number", "int64", "7"),
        ("x", "4", "bfloat16", "0"),
    ]
    for view in sorted(set(session.views) - {"tensors"}):
        with pytest.raises(UserError, match="no known architecture"):
            session.look(view, Selection(HeadId(0, 0)))
    assert session.start_jobs() == ()


def test_that_a_family_known_by_its_matrices_alone_opens_without_attention(tmp_path: Path) -> None:
    names = ("self.query", "self.key", "self.value", "output.dense")
    tensors = {f"bert.layer.{n}.attention.{name}.weight": torch.randn(64, 64) for n in range(2) for name in names}
    save_file(tensors, tmp_path / "bert.safetensors")
    session = Session("cpu")
    facts = session.open(str(tmp_path / "bert.safetensors"))
    assert len(facts.heads) == 2 * facts.n_heads > 0
    assert facts.weights_only
    assert run_jobs(session) == {"composition": "done"}
    for view in session.views:
        try:
            session.look(view, Selection(HeadId(1, 0)))
        except UserError as error:
            assert str(error).endswith(".")  # noqa: PT017 - most views do draw
    figure = session.look("ov_residual", Selection(HeadId(1, 0)))
    w_v = tensors["bert.layer.1.attention.self.value.weight"][: facts.d_head].T
    w_o = tensors["bert.layer.1.attention.output.dense.weight"][:, : facts.d_head].T
    np.testing.assert_allclose(figure.values, w_v @ w_o, atol=1e-4)  # type: ignore[union-attr]


def test_that_a_refused_file_leaves_the_model_before_it(tmp_path: Path) -> None:
    session = Session("cpu")
    facts = session.open(str(saved(tmp_path / "m.safetensors")))
    (tmp_path / "empty.pt").touch()
    with pytest.raises(UserError, match="is empty"):
        session.open(str(tmp_path / "empty.pt"))
    assert session.loaded.facts is facts
    session.set_prompt(None)
    session.look("pattern", Selection(HeadId(0, 0)))


def test_that_an_eager_limit_does_not_change_what_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "m.safetensors", replace(SMALL, n_kv_heads=2))
    tables = []
    for limit in (10**9, 10):
        monkeypatch.setattr(opening, "EAGER_BYTES", limit)
        session = Session("cpu")
        session.samples = 2
        session.open(str(path))
        run_jobs(session)
        tables.append(session.study("scores")[0].values["induction"]["self"])
    np.testing.assert_array_equal(*tables)
