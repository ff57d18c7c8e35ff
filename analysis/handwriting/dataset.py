"""A file of handwritten words: JSON as the cursive transformers' collecting page writes it, plain or zipped.

A list of {"metadata": {"asciiSequence", "aspectRatio", "author", …}, "points": [[x, y, pen], …]}.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..values import Tick, UserError, no_tick
from .codec import Points

_BASELINE = 0.65  # where the page draws the line that is written on
_LARGEST = 2**30  # bytes of text


@dataclass(frozen=True, eq=False)
class Word:
    """One handwritten word; points [n, 3]: x from 0, y from the baseline, pen (1 down, 0 up)."""

    text: str
    author: str
    points: Points


def read_words(path: str | os.PathLike[str], limit: int | None = None, tick: Tick = no_tick) -> tuple[Word, ...]:
    """The words of a data set, at most `limit` of them; raises UserError for a file that holds none or a bad one."""
    file = Path(path)
    words: list[Word] = []
    for number, item in enumerate(_items(_text(file), file.name)):
        if limit is not None and number >= limit:
            break
        tick(0.0)
        words.append(_word(item, number, file.name))
    if not words:
        raise UserError(f"{file.name} holds no handwriting; choose a data set with at least one word.")
    return tuple(words)


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            zipped = stream.read(2) == b"PK"
        return (_unzipped(file) if zipped else file.read_bytes()).decode("utf-8")
    except FileNotFoundError:
        raise UserError(f"{file} does not exist; check the path.") from None
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror or error}); choose another file.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise UserError(f"{file.name} is a damaged zip archive; download or copy it again.") from None
    except UnicodeDecodeError:
        raise UserError(f"{file.name} is not a handwriting data set; choose a .json or .json.zip file.") from None


def _unzipped(file: Path) -> bytes:
    with zipfile.ZipFile(file) as archive:
        inside = [info for info in archive.infolist() if not info.is_dir() and not info.filename.startswith("__MACOSX")]
        found = next((info for info in inside if info.filename.endswith(".json")), None)
        if found is None:
            raise UserError(f"{file.name} holds no .json file; choose a zipped handwriting data set.")
        if found.file_size > _LARGEST:
            raise UserError(f"{file.name} unpacks to more than 1 GB; choose a smaller data set.")
        return archive.read(found)


def _items(text: str, name: str) -> Iterator[object]:
    """The items of a JSON list one by one: parsing all at once would hold the interpreter for most of a second."""
    decoder, place = json.JSONDecoder(), _skip(text, 0)
    if text[place : place + 1] != "[":
        raise UserError(f"{name} is not a handwriting data set: it should be a JSON list of words.")
    place, number = _skip(text, place + 1), 0
    while text[place : place + 1] != "]":
        try:
            item, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            raise UserError(f"Item {number} of {name} is not valid JSON; the file may be incomplete.") from None
        yield item
        place, number = _skip(text, place), number + 1
        if text[place : place + 1] == ",":
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "]":
            raise UserError(f"{name} ends or breaks off after item {number - 1}; the file may be incomplete.")


def _skip(text: str, place: int) -> int:
    while text[place : place + 1] and text[place] in " \t\r\n\ufeff":
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
        raise _bad(number, name, f"its aspectRatio is {ratio!r}, not a number above 0")
    return Word(text, str(metadata.get("author", "")), _scaled(_points(points, number, name), float(ratio)))


def _points(points: object, number: int, name: str) -> Points:
    try:
        array = np.array(points, dtype=np.float64)
    except (ValueError, TypeError):
        raise _bad(number, name, "its points are not rows of three numbers") from None
    if array.ndim != 2 or array.shape[1] != 3 or len(array) == 0:
        raise _bad(number, name, "its points are not rows of three numbers")
    if not np.isfinite(array).all() or not np.abs(array).max() < 1e6:
        raise _bad(number, name, "its points hold NaN, infinite or huge numbers")
    if not np.isin(array[:, 2], (0, 1)).all():
        raise _bad(number, name, "its pen states are not all 0 or 1")
    return array


def _scaled(points: Points, ratio: float) -> Points:
    points[:, 0] *= ratio
    points[:, 0] -= points[0, 0]
    points[:, 1] -= _BASELINE
    return points


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _bad(number: int, name: str, reason: str) -> UserError:
    return UserError(f"Item {number} of {name} is no handwriting: {reason}; correct or remove it.")
