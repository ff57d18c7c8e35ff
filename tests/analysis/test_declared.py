"""What a view reads is what it declares: the window asks again for nothing else, and keeps its options."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import torch

from analysis.figures.figure import Figure
from analysis.loading.demos import DEMOS
from analysis.model.model import Model
from analysis.prompts.repeated_random import repeated_random_spec
from analysis.session.session import Session
from analysis.values import Asked, HeadId, NotReady, Selection, Tick, UserError, ViewInfo, as_options, no_tick
from analysis.views import View


class Reads:
    """What is read while somebody looks; "option:KEY" for options."""

    now: set[str] | None = None

    @classmethod
    def note(cls, fact: str) -> None:
        if cls.now is not None:
            cls.now.add(fact)

    @classmethod
    @contextmanager
    def kept_in(cls, found: set[str] | None) -> Iterator[None]:
        before, cls.now = cls.now, found
        try:
            yield
        finally:
            cls.now = before


class WatchedLoaded:
    def __init__(self, loaded: Any) -> None:
        self.__dict__["inner"] = loaded

    def __getattr__(self, name: str) -> Any:
        if name in ("prompt", "prompt_facts"):
            Reads.note("prompt")
        return getattr(self.__dict__["inner"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__dict__["inner"], name, value)


class WatchedModel(Model):
    def __getattribute__(self, name: str) -> Any:
        if name == "data":
            Reads.note("data")
        return super().__getattribute__(name)


class WatchedSelection(Selection):
    def __getattribute__(self, name: str) -> Any:
        # A copy with another head reads all that it takes over, which says nothing.
        if name in ("head", "pair", "sample") and sys._getframe(1).f_globals["__name__"] != "dataclasses":
            Reads.note(name)
        return super().__getattribute__(name)

    def option(self, key: str, default: str) -> str:
        Reads.note(f"option:{key}")
        return super().option(key, default)


class WatchedSession(Session):
    @property
    def loaded(self) -> Any:
        loaded = super().loaded
        if loaded.model is not None:
            loaded.model.__class__ = WatchedModel
        return WatchedLoaded(loaded)

    def study(self, key: str, what: Any = None) -> tuple[Any, bool]:
        """What a study reads is its own affair: it is forgotten with it."""
        Reads.note(key)
        with Reads.kept_in(None):
            return super().study(key, what)



@pytest.fixture(scope="module")
def sessions() -> Iterator[list[Session]]:
    """Both demos, on prompts and nulls so short that every study is short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.studies.effects.random_weights.MODELS", 1)
        made = [WatchedSession("cpu") for _ in DEMOS]
        for session, demo in zip(made, DEMOS, strict=True):
            session.samples, session.asked = 2, Asked(samples=2)
            session.open(demo.info.key)
            session.set_prompt(repeated_random_spec(length=12, samples=2))
        yield made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of each demo, each in a folder of its own."""
    made = tmp_path_factory.mktemp("checkpoints")
    for demo in DEMOS:
        (made / demo.info.title).mkdir()
        shutil.copy(demo.path, made / demo.info.title / "step_1.safetensors")
    return made


def selections(session: Session, info: ViewInfo, folder: Path) -> Iterator[Selection]:
    """Heads of both kinds, one sample and the mean, a pair; then the last choice of every option."""
    place = folder / session.model.name
    fixed = {option.key: str(int(max(option.low, min(4, float(option.default))))) for option in info.options
             if option.kind == "number"}  # fmt: skip
    fixed |= {"compare_head": "L0H0", "training_folder": str(place)}
    for head in {head.kind: head for head in session.model.heads}.values():
        for sample in (0, None):
            yield WatchedSelection(head, HeadId(0, 0), sample, as_options(fixed))
    fixed["compare_checkpoint"] = str(place / "step_1.safetensors")
    for option in info.options:
        values = [value for value, _ in option.choices]
        for value in values if option.key == "compare_view" else values[-1:]:
            yield WatchedSelection(HeadId(1, 0), HeadId(0, 0), 0, as_options(fixed | {option.key: value}))


def reads(session: Session, view: View, selection: Selection) -> set[str]:
    """What the view reads, beyond the model."""
    session._cache.clear()
    found: set[str] = set()
    with Reads.kept_in(found), torch.no_grad(), suppress(UserError, NotReady):
        view.compute(session, selection, no_tick)
    return found


@pytest.mark.parametrize("key", sorted(Session("cpu").views))
def test_that_a_view_declares_what_it_reads_and_nothing_else(sessions: list[Session], key: str, folder: Path) -> None:
    view, found = sessions[0].views[key], set[str]()
    for session in sessions:
        for selection in selections(session, view.info, folder):
            with suppress(UserError):
                session.figure(key, selection)  # All studies that it asks for come to their ends.
            found |= reads(session, view, selection)
    options = {fact.removeprefix("option:") for fact in found if fact.startswith("option:")}
    assert options == {option.key for option in view.info.options}
    facts, depends = {fact for fact in found if not fact.startswith("option:")}, set(view.info.depends)
    if any(study.info.follows_prompt for key, study in sessions[0].studies.items() if key in facts):
        facts.add("prompt")  # Its results are forgotten with the prompt.
    if "data" in facts:  # Another data set comes with another prompt, and with other scores.
        assert depends & {"prompt", "scores"}
        facts |= depends & {"prompt"}
    assert facts - {"data"} == depends


def test_that_undeclared_reading_is_seen(sessions: list[Session]) -> None:
    def compute(session: Session, selection: Selection, tick: Tick) -> Figure:
        session.losses(selection.sample)
        assert selection.pair is None and session.found("scores") is None  # noqa: PT018
        assert session.model.data or selection.option("secret", "yes")
        session.study("published")
        raise AssertionError("a study was not new")

    view = View(ViewInfo("spy", "card", "Spy", "Reads.", depends=frozenset()), compute)
    sessions[1].loaded.studies.forget(following_prompt=False)
    found = reads(sessions[1], view, WatchedSelection(HeadId(0, 0)))
    assert found == {"prompt", "sample", "pair", "scores", "data", "option:secret", "published"}
