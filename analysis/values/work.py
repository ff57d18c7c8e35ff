"""Long work: progress, cancellation, and what the window is told of it."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from analysis.values.heads import Called, HeadId

T = TypeVar("T")
Work: TypeAlias = Generator[tuple[float, object], None, T]
"""Long work: yields (how much is done, 0 … 1; the result so far, or None) at least every 100 ms, returns the result."""


class Tick(Protocol):
    """Progress and cancellation in one callable: raises Cancelled when the result is no longer wanted."""

    def __call__(self, fraction: float = 0.0, /) -> None: ...


def no_tick(fraction: float = 0.0, /) -> None:
    """A tick for callers that neither show progress nor cancel."""


@dataclass(frozen=True, eq=False)
class JobUpdate:
    """How far a running study has come."""

    key: str
    """The study's."""
    title: str
    fraction: float
    done: bool = False
    changed: bool = False
    """Whether views that depend on the study would now draw something new."""
    result: object = None
    """What it has found so far, where that has changed."""
    words: tuple[tuple[HeadId, Called], ...] = ()
    """What heads are called by what the study has found."""
    failure: str = ""
    """One sentence, when it ended because it could not go on, or could not do all of it."""


def finish(work: Work[T], tick: Tick = no_tick) -> T:
    """Run the work to its end and return its result; `tick` hears of every step and may stop it."""
    while True:
        try:
            fraction, _ = next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        tick(fraction)


def part(work: Work[T], low: float, high: float) -> Generator[tuple[float, None], None, T]:
    """The same work as a part of longer work: its 0 … 1 is low … high of the whole, which has no partial result yet."""
    while True:
        try:
            fraction, _ = next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        yield low + (high - low) * fraction, None
