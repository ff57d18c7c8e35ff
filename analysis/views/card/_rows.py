"""Rows of the head card: a number with its interval and the marks from which it counts."""

import math
from collections.abc import Iterable

from analysis.figures.table import Row
from analysis.verdict.measured import Measured

COLUMNS = ("", "value", "±", "mark")
COMPUTED = "being computed"
MOST_DIGITS = 5


def heading(words: str, folds: bool = False, tip: str = "") -> Row:
    return Row((words, "", "", ""), tip, heading=True, folds=folds)


def prose(words: str) -> Row:
    return Row((words, "", "", ""), prose=True)


def line(name: str, found: Measured, tip: str, marks: Iterable[float] = (), signed: bool = False) -> Row:
    """[name, value, half of the 95 % interval, the highest mark that it reaches, or else the first].

    `signed`: a change, which may be below nothing.
    """
    marks, known = tuple(marks), math.isfinite(found.low)
    half = f"{(found.high - found.low) / 2:.2f}" if known else ""
    plus = "+" if signed else ""
    if known:
        tip += f"\n95 % interval {found.low:{plus}.3f} … {found.high:{plus}.3f}, by Student's t over the samples."
    if math.isfinite(found.q):
        tip += f"\nFalse-discovery rate over all that were asked: at most {found.q:.1g}."
    reached = max((mark for mark in marks if abs(found.value) >= mark), default=min(marks, default=math.nan))
    return Row((name, written(found.value, marks, signed), half, f"{reached:.2f}" if marks else ""), tip)


def written(value: float, marks: Iterable[float] = (), signed: bool = False) -> str:
    """The number with two digits, or as many as it takes to stand on the same side of every mark as it does."""
    digits, marks = 2, tuple(marks)
    while digits < MOST_DIGITS and any((abs(value) >= one) != (abs(round(value, digits)) >= one) for one in marks):
        digits += 1
    return number(value, digits, signed)


def number(value: float, digits: int = 2, signed: bool = False) -> str:
    """Without the sign of a zero that was less than nothing."""
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if signed else ''}.{digits}f}"


def plain(name: str, value: float, tip: str, signed: bool = True) -> Row:
    """A number without an interval."""
    return Row((name, number(value, 2, signed) if math.isfinite(value) else "–", "", ""), tip)
