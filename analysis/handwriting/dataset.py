"""A file of handwritten words: JSON as the cursive transformers' collecting page writes it, plain or zipped.

A list of {"metadata": {"asciiSequence", "aspectRatio", "author", …}, "points": [[x, y, pen], …]}.
"""

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.handwriting.codec import Points
from analysis.handwriting.files import read_text
from analysis.values import Tick, UserError, no_tick
from analysis.values.text import visible
from analysis.values.work import Work, finish

BASELINE = 0.65
"""Where the page draws the line that is written on: y is counted from there."""
SLICE_S = 0.05


@dataclass(frozen=True, eq=False)
class Word:
    """One handwritten word; points [n, 3]: x from 0, y from the baseline, pen (1 down, 0 up)."""

    text: str
    author: str
    points: Points
    ratio: float = 1.0
    """What x was multiplied by: how wide the page was in the units that x is measured in."""
    prepared: bool = False
    """Whether its metadata say that it is as models are shown it: neither slanted nor thinned any more."""


class DataSet:
    """The words of one file, read as far as they were asked for: the first ones are there long before the last.

    Raises UserError, on opening and on reading, if it is not handwriting; an item is named by its number.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = str(path)
        self.name = Path(path).name
        text = read_text(Path(path))
        self._words: list[Word] = []
        self._size = max(1, len(text))
        self._items: Iterator[tuple[object, int]] | None = _items(text, self.name)
        self._read_to, self._problem = 0, ""

    @property
    def complete(self) -> bool:
        """Whether the last word has been read."""
        return self._items is None and not self._problem

    def first(self, count: int, tick: Tick = no_tick) -> Sequence[Word]:
        """At least `count` words, or all where there are fewer."""
        while len(self._words) < count and not self.complete:
            tick(self._read_to / self._size)
            self._read_one()
        return self._words

    def all(self, tick: Tick = no_tick) -> Sequence[Word]:
        """Every word."""
        return finish(self.read(), tick)

    def read(self) -> Work[Sequence[Word]]:
        """Every word: reads what has not been read yet."""
        began = time.monotonic()
        while not self.complete:
            self._read_one()
            if time.monotonic() - began > SLICE_S:
                yield self._read_to / self._size, None
                began = time.monotonic()
        return self._words

    def _read_one(self) -> None:
        if self._problem:
            raise UserError(self._problem)
        assert self._items is not None
        try:
            item, self._read_to = next(self._items)
            self._words.append(_word(item, len(self._words), self.name))
        except StopIteration:
            self._items = None
            if not self._words:
                self._problem = f"{self.name} holds no handwriting; choose a data set with at least one word."
        except UserError as error:
            self._items, self._problem = None, str(error)
        if self._problem:
            raise UserError(self._problem)


def open_data(path: str | os.PathLike[str]) -> DataSet:
    """A data set, opened once for as long as its file stays as it is."""
    name = os.path.abspath(path)
    try:
        stat = os.stat(name)
    except OSError:
        return DataSet(path)  # says what is wrong
    return _kept(name, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=2)
def _kept(path: str, changed: int, size: int) -> DataSet:
    return DataSet(path)


def read_all(path: str | os.PathLike[str], alphabet: str) -> Work[Sequence[Word]]:
    """Every word of a data set; raises UserError for one that a model with this alphabet cannot read."""
    data = open_data(path)
    words = yield from data.read()
    check_letters(enumerate(words), alphabet, data.name)
    return words


def check_letters(words: Iterable[tuple[int, Word]], alphabet: str, name: str) -> None:
    """Raises UserError for a word, given with its number, that has a character outside a model's alphabet."""
    if not alphabet:
        return
    known = set(alphabet)
    for number, word in words:
        for letter in word.text:
            if letter not in known:
                said = f"its text {visible(word.text, 40)!r} holds {visible(letter)!r}, which this model cannot read"
                raise _bad(number, name, said)


def _items(text: str, name: str) -> Iterator[tuple[object, int]]:
    """The items of a JSON list one by one, each with the place where it ends."""
    decoder, place = json.JSONDecoder(), _skip(text, 0)
    if text[place : place + 1] != "[":
        raise UserError(f"{name} is not a handwriting data set: it should be a JSON list of words.")
    place, number = _skip(text, place + 1), 0
    more = text[place : place + 1] != "]"
    while more:
        try:
            item, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            raise UserError(f"Item {number} of {name} is not valid JSON; the file may be incomplete.") from None
        yield item, place
        place, number = _skip(text, place), number + 1
        more = text[place : place + 1] == ","
        if more:
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "]":
            raise UserError(f"{name} ends or breaks off after item {number - 1}; the file may be incomplete.")
    if _skip(text, place + 1) != len(text):
        raise UserError(f"{name} goes on after the end of its list; it should hold one JSON list of words.")


def _skip(text: str, place: int) -> int:
    while text[place : place + 1] and text[place] in " \t\r\n":
        place += 1
    return place


def _word(item: object, number: int, name: str) -> Word:
    """One item as a word; raises UserError with its number and the reason."""
    try:
        metadata, points = item["metadata"], item["points"]  # type: ignore[index]
        text, ratio = metadata["asciiSequence"], metadata["aspectRatio"]
    except (KeyError, TypeError, IndexError):
        raise _bad(number, name, "metadata with asciiSequence and aspectRatio, or points, are missing") from None
    if not isinstance(text, str) or not text:
        raise _bad(number, name, "its asciiSequence is not a text")
    if not _is_number(ratio) or not 0 < ratio < 1000:
        raise _bad(number, name, f"its aspectRatio is {visible(repr(ratio), 40)}, not a number above 0")
    author = str(metadata.get("author", ""))
    placed = _scaled(_points(points, number, name), float(ratio))
    return Word(text, author, placed, float(ratio), metadata.get("prepared") is True)


def _points(points: object, number: int, name: str) -> Points:
    try:
        array = np.array(points, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        raise _bad(number, name, "its points are not rows of three numbers") from None
    if array.ndim != 2 or array.shape[1] != 3 or len(array) == 0:
        raise _bad(number, name, "its points are not rows of three numbers")
    if not np.isfinite(array).all() or not np.abs(array).max() < 1e6:
        raise _bad(number, name, "its points hold NaN, infinite or huge numbers")
    if not ((array[:, 2] == 0) | (array[:, 2] == 1)).all():
        raise _bad(number, name, "its pen states are not all 0 or 1")
    return array


def _scaled(points: Points, ratio: float) -> Points:
    points[:, 0] *= ratio
    points[:, 0] -= points[0, 0]
    points[:, 1] -= BASELINE
    return points


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _bad(number: int, name: str, reason: str) -> UserError:
    return UserError(f"Item {number} of {name} is not handwriting: {reason}; correct or remove it.")
