"""Handwriting."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.values import NOWHERE, BoolArray, FloatArray, IntArray, Provenance, frozen


@dataclass(frozen=True, eq=False)
class Ink:
    """Handwriting as strokes in the order of their tokens: a stroke is one pen movement, a θ and an r.

    Lengths are in units of the data; y grows downwards, as on a page. Raises ValueError for parts that do not fit.
    """

    title: str
    strokes: FloatArray  # [n, 4]: x, y where it starts, x, y where it ends; n ≥ 1
    down: BoolArray  # [n]: whether the pen draws
    tokens: IntArray  # [n, 2]: the positions of its θ and its r in the prompt
    words: tuple[int, ...]
    """The first stroke of each word, the first of them 0. Words of one line stand at their places but for the space
    between them; the first stroke of a later word is the point where the word begins."""
    labels: tuple[str, ...]
    """All tokens of the prompt, [T]."""
    letters: tuple[str, ...] = ()
    """The text that is written, [C]; empty without cross-attention."""
    reading: FloatArray = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """Attention of every token to every letter, [T, C]; [0, C] where there is none."""
    reader: str = ""
    """Whose attention that is: one head, or the mean of several."""
    provenance: Provenance = NOWHERE
    note: str = ""

    def __post_init__(self) -> None:
        strokes = frozen(self.strokes, (None, 4), "strokes")
        object.__setattr__(self, "strokes", strokes)
        object.__setattr__(self, "down", frozen(self.down, (len(strokes),), "down", np.bool_))
        object.__setattr__(self, "tokens", frozen(self.tokens, (len(strokes), 2), "tokens", np.int64))
        rows = len(self.labels) if len(self.reading) else 0
        object.__setattr__(self, "reading", frozen(self.reading, (rows, len(self.letters)), "reading"))
        if not len(strokes) or not np.isfinite(strokes).all():
            raise ValueError("ink needs at least one stroke, and finite places")
        if self.tokens.min() < 0 or self.tokens.max() >= len(self.labels):
            raise ValueError(f"a stroke names a token outside 0 … {len(self.labels) - 1}")
        if self.words[:1] != (0,) or list(self.words) != sorted(set(self.words)) or self.words[-1] >= len(strokes):
            raise ValueError(f"{self.words} are not the first strokes of words")
