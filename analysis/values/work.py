"""Long work: progress, cancellation, and what the window is told of it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from analysis.values.facts import ModelFacts
from analysis.values.heads import HeadId, Word
from analysis.values.scores import ScoreTable

T = TypeVar("T")
Steps: TypeAlias = Generator[float, None, T]

class Tick(Protocol):
    """Progress and cancellation in one callable: raises Cancelled when the result is no longer wanted."""

    def __call__(self, fraction: float = 0.0, /) -> None: ...


def no_tick(fraction: float = 0.0, /) -> None:
    """A tick for callers who neither show progress nor cancel."""


@dataclass(frozen=True, eq=False)
class JobUpdate:
    """How far a job has come; `scores` holds the partial or final table of the scoring job."""

    key: str
    """"check", or the Dependency whose views are asked for again: "scores", "composition" or a study's key."""
    title: str
    fraction: float
    done: bool = False
    changed: bool = False
    """Whether views that depend on the job would now draw something new."""
    scores: ScoreTable | None = None
    facts: ModelFacts | None = None
    """The model's facts, when the job has found out more about it."""
    words: tuple[tuple[HeadId, Word], ...] = ()
    """The words of heads, when the job has found them: by attention alone, before any ablation."""
    failure: str = ""
    """One sentence, when the job ended because it could not go on."""


def drive(work: Steps[T], tick: Tick = no_tick) -> T:
    """Run the work to its end; `tick` hears of every step and may stop it."""
    while True:
        try:
            tick(next(work))
        except StopIteration as end:
            result: T = end.value
            return result


def stretch(work: Steps[T], low: float, high: float) -> Steps[T]:
    """The same work as one stretch of a longer one: its 0 … 1 is low … high of the whole."""
    while True:
        try:
            fraction = next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        yield low + (high - low) * fraction


def untold(work: Generator[tuple[float, object], None, T]) -> Steps[T]:
    """A study's work without what it has to show on the way."""
    while True:
        try:
            fraction, _ = next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        yield fraction


def told(work: Steps[T]) -> Generator[tuple[float, None], None, T]:
    """The same work as a study tells of it: how much is done, and nothing to show yet."""
    while True:
        try:
            fraction = next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        yield fraction, None

