"""Work in steps: a generator that yields how much is done (0 … 1) and returns its result."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

from .values import Tick, no_tick

T = TypeVar("T")
Steps: TypeAlias = Generator[float, None, T]


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
