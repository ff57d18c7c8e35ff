"""What token ids mean: how they are written for a person, and from which ranges random prompts draw them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Span = tuple[int, int]  # [first, past the last)


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

    def label(self, token: int) -> str:
        if self.namer is not None:
            return self.namer(token)
        return self.names[token] if token < len(self.names) else str(token)


def plain(size: int, bos: int | None = None) -> Vocabulary:
    """Ids without meaning: every id but the BOS may be drawn at random."""
    return Vocabulary(size, ((0, size) if bos is None else (bos + 1, size) if bos == 0 else (0, bos),), bos=bos)


@dataclass(frozen=True)
class StrokeLayout:
    """How a cursive transformer numbers its tokens: radii (pen down, then pen up), angles, then special tokens."""

    radii: int  # for each pen state
    angles: int
    special: tuple[str, ...]

    @property
    def size(self) -> int:
        return 2 * self.radii + self.angles + len(self.special)


STROKE_LAYOUTS = (
    StrokeLayout(151, 220, ("PAD", "END", "WORD")),  # greydanus/cursivetransformer, data.py
    StrokeLayout(151, 151, ("PAD", "END")),  # zwimpee/cursivetransformer, train.py
)


def strokes(size: int) -> Vocabulary | None:
    """The vocabulary of handwriting tokens for a vocabulary of `size` ids, or None when no known layout has it."""
    layout = next((item for item in STROKE_LAYOUTS if item.size == size), None)
    if layout is None:
        return None
    radii = [f"r{step}{pen}" for pen in ("", "↑") for step in range(layout.radii)]
    angles = [
        f"θ {math.degrees(-math.pi + 2 * math.pi * step / (layout.angles - 1)):.0f}°" for step in range(layout.angles)
    ]
    first_angle = 2 * layout.radii
    spans = ((first_angle, first_angle + layout.angles), (0, first_angle))  # a movement is θ, then r
    return Vocabulary(size, spans, (*radii, *angles, *layout.special), unit="stroke")


ALPHABET = " enaitoshrdx.vpukbgfcymzw1lqj804I92637OTAS5N)EHR\"'(BCQLMWYU,ZF!DXV?KPGJ"
"""The characters of the public cursive models, in their order; id 0 is padding (greydanus/cursivetransformer)."""


def characters(size: int) -> Vocabulary:
    """The vocabulary of the text that a handwriting model is given: padding, then its alphabet."""
    letters = {len(ALPHABET) + 1: ALPHABET, 28: "abcdefghijklmnopqrstuvwxyz "}.get(size)
    if letters is None:
        return Vocabulary(size, ((1, size),) if size > 1 else ((0, size),))
    return Vocabulary(size, ((1, size),), ("·", *("␣" if letter == " " else letter for letter in letters)))
