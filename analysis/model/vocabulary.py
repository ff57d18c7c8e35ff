"""What token ids mean: how they are written for a person, and from which ranges random prompts draw them."""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.handwriting.codec import PUBLIC, StrokeCodec
from analysis.values import IntArray

Span = tuple[int, int]  # [first, past the last)
LEAST = 4
"""Ids that a place of the cycle must have: of fewer no piece can be made whose order tells anything."""


@dataclass(frozen=True)
class Vocabulary:
    """Token ids 0 … size − 1. `cycle` holds the spans that positions draw random tokens from, in turn."""

    size: int
    cycle: tuple[Span, ...]
    names: tuple[str, ...] = ()
    """One text for each id; empty: ids are written as numbers."""
    unit: str = "token"
    """What one step of the cycle is called: "token", or "stroke" for (θ, r) pairs."""
    bos: int | None = None
    namer: Callable[[int], str] | None = None
    """Names ids where there is no list of names."""
    codec: StrokeCodec | None = None
    """How the ids stand for movements; None: they cannot be drawn as handwriting."""
    ordinary: Callable[[], Collection[int]] | None = None
    """The ids that text is made of, where a tokenizer knows them: no special, added or unused ones."""

    @cached_property
    def spans(self) -> tuple[IntArray, ...]:
        """The ids that each place of the cycle draws random tokens from.

        Ids that text is never made of are left out where they are known: most were never trained, and what a model
        does with them says nothing. A place that would be left with fewer than LEAST keeps all of its span.
        """
        whole = tuple(np.arange(low, high) for low, high in self.cycle)
        if self.ordinary is None:
            return whole
        chosen = self.chosen(self.ordinary())
        return tuple(some if len(some) >= LEAST else span for some, span in zip(chosen, whole, strict=True))

    def chosen(self, ids: Collection[int]) -> tuple[IntArray, ...]:
        """These ids, for each place of the cycle those within its span, in order."""
        known = np.unique(np.fromiter(ids, np.int64, len(ids)))
        return tuple(known[(known >= low) & (known < high)] for low, high in self.cycle)

    def label(self, token: int) -> str:
        if self.namer is not None:
            return self.namer(token)
        return self.names[token] if token < len(self.names) else str(token)


def plain(size: int, bos: int | None = None) -> Vocabulary:
    """Ids without meaning: every id but the BOS may be drawn at random."""
    return Vocabulary(size, ((0, size) if bos is None else (bos + 1, size) if bos == 0 else (0, bos),), bos=bos)


_ALPHABETS = {len(PUBLIC.alphabet) + 1: PUBLIC.alphabet, 28: "abcdefghijklmnopqrstuvwxyz "}
"""By the number of characters, padding included: the public cursive models', and the other fork's."""
_OTHER_RADII, _OTHER_ANGLES = 151, 151
"""The other fork's bins (zwimpee/cursivetransformer, train.py), with PAD and END; it does not say where they lie."""


def handwriting(codec: StrokeCodec) -> Vocabulary:
    """The tokens of a model that writes with this codec."""
    return replace(_movements(len(codec.radii), codec.angles, ("PAD", "END", "WORD")), codec=codec)


def strokes(size: int, letters: int = len(PUBLIC.alphabet) + 1) -> Vocabulary | None:
    """Handwriting tokens for a vocabulary of `size` ids and a context of `letters` ids; None for no known layout."""
    if size == PUBLIC.size:
        return handwriting(replace(PUBLIC, alphabet=_ALPHABETS.get(letters, "")))
    other = _movements(_OTHER_RADII, _OTHER_ANGLES, ("PAD", "END"))
    return other if size == other.size else None


def _movements(n_radii: int, n_angles: int, special: tuple[str, ...]) -> Vocabulary:
    """Radii (pen down, then pen up), angles, then special tokens; a movement is θ, then r."""
    radii = [f"r{step}{pen}" for pen in ("", "↑") for step in range(n_radii)]
    angles = [f"θ {math.degrees(-math.pi + 2 * math.pi * step / (n_angles - 1)):.0f}°" for step in range(n_angles)]
    names = (*radii, *angles, *special)
    spans = ((len(radii), len(radii) + n_angles), (0, len(radii)))
    return Vocabulary(len(names), spans, names, unit="stroke")


def characters(size: int, alphabet: str = "") -> Vocabulary:
    """The vocabulary of the text that a handwriting model is given: padding, then its alphabet."""
    letters = alphabet if len(alphabet) + 1 == size else _ALPHABETS.get(size)
    if letters is None:
        return Vocabulary(size, ((1, size),) if size > 1 else ((0, size),))
    return Vocabulary(size, ((1, size),), ("·", *("␣" if letter == " " else letter for letter in letters)))
