"""Two heads, two checkpoints, a folder of checkpoints: each against sessions that know nothing of the comparison."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.figures.curves import Curves
from analysis.figures.figure import Figure
from analysis.figures.heatmap import Heatmap
from analysis.loading.formats.native import save_native
from analysis.model.model import Config
from analysis.session.session import Session
from analysis.studies.compare.other_scores import OPENING
from analysis.studies.compare.training import checkpoints
from analysis.values import Cancelled, HeadId, NotReady, PromptSpec, Selection, UserError, as_options

CONFIG = Config(n_layers=2, n_heads=2, n_kv_heads=2, d_model=16, d_head=8, d_vocab=40, n_ctx=128)
SPEC = PromptSpec("repeated_random", as_options({"length": "8", "samples": "2"}))
A, B = HeadId(1, 0), HeadId(0, 1)


def checkpoint(path: Path, seed: int, config: Config = CONFIG) -> Path:
    generator = torch.Generator().manual_seed(seed)
    save_native({n: torch.randn(s, generator=generator) for n, s in config.required().items()}, config, path)
    return path


def opened(path: Path) -> Session:
    session = Session("cpu")
    session.samples = 2
    session.open(str(path))
    session.set_prompt(SPEC)
    return session


@pytest.fixture
def here(tmp_path: Path) -> Session:
    return opened(checkpoint(tmp_path / "here.safetensors", 1))


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return checkpoint(tmp_path / "there.safetensors", 2)


def figures(session: Session, view: str, head: str = "", path: object = "") -> list[Heatmap]:
    options = as_options({"compare_view": view, "compare_head": head, "compare_checkpoint": str(path)})
    found = [
        session.figure(key, Selection(A, options=options))
        for key in ("compare_first", "compare_second", "compare_difference")
    ]
    assert all(isinstance(figure, Heatmap) for figure in found)
    return found  # type: ignore[return-value]


def plain(session: Session, view: str, head: HeadId = A) -> np.ndarray:
    figure: Figure = session.figure(view, Selection(head))
    assert isinstance(figure, Heatmap)
    return figure.values


@pytest.mark.parametrize("view", ["pattern", "qk_residual", "qk_tokens", "ov_residual", "ov_tokens"])
def test_that_a_pinned_head_stands_beside_the_selected_one_on_one_scale(here: Session, view: str) -> None:
    first, second, difference = figures(here, view, str(B))
    np.testing.assert_array_equal(first.values, plain(here, view, A))
    np.testing.assert_array_equal(second.values, plain(here, view, B))
    np.testing.assert_array_equal(difference.values, plain(here, view, A) - plain(here, view, B))
    assert first.scale == second.scale
    assert first.scale.high >= max(np.abs(first.values).max(), np.abs(second.values).max()) - 1e-6
    assert difference.scale.kind == "diverging"


@pytest.mark.parametrize("view", ["pattern", "qk_residual", "mosaic"])
def test_that_a_second_checkpoint_is_shown_the_same_prompt(here: Session, there: Path, view: str) -> None:
    other = opened(there)
    first, second, difference = figures(here, view, path=there)
    np.testing.assert_array_equal(first.values, plain(here, view))
    np.testing.assert_array_equal(second.values, plain(other, view))
    np.testing.assert_array_equal(difference.values, first.values - second.values)
    assert "there.safetensors" in second.title


def test_that_a_checkpoint_differs_from_itself_by_nothing(here: Session, tmp_path: Path) -> None:
    assert not figures(here, "pattern", path=tmp_path / "here.safetensors")[2].values.any()


def test_that_another_prompt_is_shown_to_both(here: Session, there: Path) -> None:
    figures(here, "pattern", path=there)
    here.set_prompt(PromptSpec("repeated_random", as_options({"length": "5", "samples": "2"})))
    assert figures(here, "pattern", path=there)[1].values.shape == (10, 10)


def test_that_a_checkpoint_that_was_written_anew_is_read_anew(here: Session, there: Path) -> None:
    before = figures(here, "qk_residual", path=there)[1].values
    checkpoint(there, 3)
    assert not np.array_equal(before, figures(here, "qk_residual", path=there)[1].values)


def test_that_a_checkpoint_of_another_shape_is_refused_in_a_sentence(here: Session, tmp_path: Path) -> None:
    other = checkpoint(tmp_path / "other.safetensors", 1, replace(CONFIG, n_heads=4, n_kv_heads=4, d_head=4))
    with pytest.raises(UserError, match=r"2 layers of 4 heads and 40 tokens, and .* of the same shape"):
        figures(here, "pattern", path=other)
    assert here.loaded.facts.n_heads == 2


def test_that_a_second_checkpoint_is_opened_in_steps_that_a_cancelled_look_leaves_to_the_next(
    here: Session, there: Path
) -> None:
    every = [fraction for fraction, _ in here.other(str(there))]
    assert len(every) > len(list(here.model.weights))
    assert every == sorted(every)
    here._beside.close()
    heard = []

    def tick(fraction: float = 0.0, /) -> None:
        heard.append(fraction)
        if len(heard) == 20:
            raise Cancelled

    options = as_options({"compare_view": "qk_residual", "compare_checkpoint": str(there)})
    with pytest.raises(Cancelled):
        here.look("compare_first", Selection(A, options=options), tick)
    assert [*heard, *(fraction for fraction, _ in here.other(str(there)))] == every


def test_that_the_study_of_a_second_checkpoint_opens_it_in_steps_and_can_be_closed(here: Session, there: Path) -> None:
    with pytest.raises(NotReady):
        here.study("other_scores", str(there))
    (job,) = here.new_jobs()
    opening = 0
    while next(job).fraction < OPENING:
        opening += 1
    assert opening > 2 * len(list(here.model.weights))
    job.close()
    assert figures(here, "qk_residual", path=there)[2].values.any()


def test_that_nothing_pinned_says_what_to_do(here: Session) -> None:
    with pytest.raises(UserError, match="Nothing is pinned"):
        figures(here, "pattern")


def test_that_a_head_of_another_kind_is_not_laid_over_a_pattern() -> None:
    session = Session("cpu")
    session.open("demo:handwriting")
    session.set_prompt(None)
    with pytest.raises(UserError, match="read different things"):
        figures(session, "pattern", "L1X0")


def training(session: Session, folder: Path, what: str = "scores") -> Curves:
    options = as_options({"training_folder": str(folder), "training_view": what})
    figure = session.figure("training", Selection(A, options=options))
    assert isinstance(figure, Curves)
    return figure


def test_that_a_folder_is_scored_in_the_order_of_its_steps(here: Session, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    files = {step: checkpoint(folder / f"step-{step}.safetensors", step) for step in (1, 10, 2)}
    curves = training(here, folder, "heads")
    assert curves.x.tolist() == [1, 2, 10]
    for place, step in enumerate((1, 2, 10)):
        alone = opened(files[step])
        for job in alone.start_jobs():
            list(job)
        for line in curves.series:
            assert line.y[place] == alone.study("scores")[0].value("induction", HeadId.parse(line.label))
    best = training(here, folder).series[0]
    assert best.y.tolist() == np.max([line.y for line in curves.series], axis=0).tolist()
    first, second = training(here, folder, "loss").series
    assert first.y.shape == second.y.shape == (3,)
    assert np.isfinite(second.y).all()


def test_that_a_file_of_the_folder_that_cannot_be_scored_is_a_gap_with_its_reason(
    here: Session, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    checkpoint(folder / "a1.safetensors", 1)
    (folder / "a2.safetensors").write_bytes(b"nothing")
    curves = training(here, folder)
    assert np.isnan(curves.series[0].y[1])
    assert np.isfinite(curves.series[0].y[0])
    assert "a2.safetensors" in curves.note


def test_that_files_without_numbers_are_counted(tmp_path: Path) -> None:
    for name in ("begin.pt", "end.pt"):
        (tmp_path / name).touch()
    assert [step for step, _ in checkpoints(str(tmp_path))] == [0, 1]


@pytest.mark.parametrize("empty", [True, False])
def test_that_a_folder_without_checkpoints_is_refused(tmp_path: Path, empty: bool) -> None:
    with pytest.raises(UserError, match="choose a folder"):
        checkpoints(str(tmp_path if empty else tmp_path / "none"))
