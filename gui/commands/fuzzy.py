"""How well a few typed letters fit a text."""

import re
from functools import cache
from typing import NamedTuple

LONGEST = 60
"""Letters of what is typed that count."""


class Fit(NamedTuple):
    """Smaller is better: first how, then how early and in how short a text."""

    how: int
    """0 the whole text, 1 its beginning, 2 beginnings of words, 3 a piece of it, 4 letters in this order."""
    spread: int
    """From the first to the last letter that fits."""
    start: int
    length: int
    letters: tuple[int, ...] = ()
    """The places of the letters that fit."""


def fit(typed: str, text: str) -> Fit | None:
    """None where the letters do not all come, in this order. Case and spaces in `typed` do not matter."""
    typed = typed[:LONGEST]
    wanted, folded = re.sub(r"\s+", "", typed).lower(), text.lower()
    if not wanted:
        return Fit(4, 0, 0, len(text))
    if len(folded) != len(text):  # some letters have no lower case of one letter: "İ"
        folded = text
    whole = folded.find(typed.strip().lower())
    if whole >= 0:
        end = whole + len(typed.strip())
        starts_word = whole == 0 or not folded[whole - 1].isalnum()
        how = 0 if end - whole == len(text) else 1 if whole == 0 else 2 if starts_word else 3
        return Fit(how, end - whole, whole, len(text), tuple(range(whole, end)))
    in_order = _in_order(wanted, folded)
    if in_order is None:
        return None
    by_words = _by_words(wanted, folded)
    how, places = (4, in_order) if by_words is None else (2, by_words)
    return Fit(how, places[-1] - places[0] + 1, places[0], len(text), places)


def _by_words(wanted: str, text: str) -> tuple[int, ...] | None:
    """Each letter continues a word or begins a later one: "exnu" in "Export numbers"."""
    words = [(found.start(), found.group()) for found in re.finditer(r"[^\W_]+", text)]

    @cache  # each place in the letters and the words is tried once: no more work than their product
    def place(at: int, first: int) -> tuple[int, ...] | None:
        if at == len(wanted):
            return ()
        for number in range(first, len(words)):
            start, word = words[number]
            common = 0
            while common < len(word) and at + common < len(wanted) and word[common] == wanted[at + common]:
                common += 1
            for length in range(common, 0, -1):
                rest = place(at + length, number + 1)
                if rest is not None:
                    return (*range(start, start + length), *rest)
        return None

    return place(0, 0)


def _in_order(wanted: str, text: str) -> tuple[int, ...] | None:
    """The letters one after the other, found from the end so that they stand close together."""
    at = -1
    for letter in wanted:
        at = text.find(letter, at + 1)
        if at < 0:
            return None
    places, at = [], at + 1
    for letter in reversed(wanted):
        at = text.rfind(letter, 0, at)
        places.append(at)
    return tuple(reversed(places))
