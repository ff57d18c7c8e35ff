"""Handwriting as tokens, as the cursive transformers read and write it (greydanus/cursivetransformer, data.py).

Points are float64 [n, 3]: x, y, pen (1: the movement to this point draws, 0: it does not). A movement is two tokens,
θ then r. Words are encoded one by one and joined by two WORD tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Tokens = NDArray[np.int64]
_MOST = 100_000
"""Bins of either kind, far more than any model has."""


@dataclass(frozen=True)
class StrokeCodec:
    """How a model numbers movements and letters.

    Ids: r 0 … 2 R − 1 (R radii with the pen down, then R with the pen up), then θ, then PAD, END, WORD. Letters are
    numbered from 1 in the order of the alphabet; 0 is padding. Raises ValueError for bins that cannot be.
    """

    radii: tuple[float, ...]
    """Lower edges of the bins of a movement's length, rising from 0; what falls into the first is read as 0."""
    angles: int
    """How many bins of direction; their lower edges lie evenly from −π to π, both included."""
    alphabet: str = ""
    """The characters that the model is given to write."""

    def __post_init__(self) -> None:
        edges = np.array(self.radii, dtype=np.float64)
        if not 2 <= len(edges) <= _MOST or not np.isfinite(edges).all() or edges[0] != 0 or (np.diff(edges) <= 0).any():
            raise ValueError("the radii must be two or more numbers that rise from 0")
        if not 2 <= self.angles <= _MOST:
            raise ValueError("there must be 2 or more angles")
        if len(set(self.alphabet)) != len(self.alphabet):
            raise ValueError("the alphabet holds a character twice")

    # ---- ids -------------------------------------------------------------------------------------------------

    @property
    def first_angle(self) -> int:
        return 2 * len(self.radii)

    @property
    def pad(self) -> int:
        return self.first_angle + self.angles

    @property
    def end(self) -> int:
        return self.pad + 1

    @property
    def word(self) -> int:
        return self.pad + 2

    @property
    def size(self) -> int:
        return self.pad + 3

    # ---- bins ------------------------------------------------------------------------------------------------

    @cached_property
    def radius_edges(self) -> Points:
        """[radii] lower edges."""
        return np.array(self.radii, dtype=np.float64)

    @cached_property
    def angle_edges(self) -> Points:
        """[angles] lower edges, radians."""
        return np.linspace(-np.pi, np.pi, self.angles)

    @cached_property
    def lengths(self) -> Points:
        """[radii]: what an r is read as: the middle of its bin; the first stands for 0, the last for its edge."""
        edges = self.radius_edges
        return np.concatenate([[0.0], (edges[1:-1] + edges[2:]) / 2, edges[-1:]])

    @cached_property
    def directions(self) -> Points:
        """[angles]: what a θ is read as: the middle of its bin; the last is π."""
        edges = self.angle_edges
        return np.concatenate([(edges[:-1] + edges[1:]) / 2, edges[-1:]])

    # ---- there and back --------------------------------------------------------------------------------------

    def encode(self, polar: Points) -> Tokens:
        """Movements [n, 3] to tokens [2 n]."""
        lifted = np.where(polar[:, 2] == 0, len(self.radii), 0)
        radius = np.digitize(polar[:, 0], self.radius_edges) - 1 + lifted
        angle = np.digitize(polar[:, 1], self.angle_edges) - 1 + self.first_angle
        return np.column_stack([angle, radius]).reshape(-1).astype(np.int64)

    def decode(self, tokens: Tokens) -> Decoded:
        """Tokens [T] to movements in the middle of their bins. Whatever is not a θ followed by its r is passed over.

        Words end at WORD, END and PAD.
        """
        is_angle = (tokens >= self.first_angle) & (tokens < self.pad)
        is_radius = (tokens >= 0) & (tokens < self.first_angle)
        first = np.flatnonzero(is_angle[:-1] & is_radius[1:])
        lifted, radius = np.divmod(tokens[first + 1], len(self.radii))
        polar = np.column_stack(
            [self.lengths[radius], self.directions[tokens[first] - self.first_angle], 1.0 - lifted]
        )
        begins = {0, *np.searchsorted(first, np.flatnonzero(tokens >= self.pad)).tolist()}
        return Decoded(polar, np.column_stack([first, first + 1]), tuple(sorted(begins - {len(first)})))

    def encode_words(self, words: Sequence[Points]) -> Tokens:
        """Words to the tokens of one line, two WORD tokens between words; no END, no padding."""
        pieces: list[Tokens] = []
        for place, points in enumerate(words):
            pieces += [np.full(2, self.word)] if place else []
            pieces.append(self.encode(movements(points, words[place - 1] if place else None)))
        return np.concatenate(pieces)

    def fit(self, tokens: Tokens, length: int) -> Tokens:
        """Cut or pad to `length` tokens, of which one is the END."""
        kept = tokens[: length - 1]
        return np.concatenate([kept, [self.end], np.full(length - 1 - len(kept), self.pad)]).astype(np.int64)

    def encode_text(self, text: str, length: int) -> Tokens:
        """Characters to ids from 1 up, cut or padded with 0 to `length`; one outside the alphabet becomes 0."""
        ids = [self.alphabet.find(letter) + 1 for letter in text[:length]]
        return np.array(ids + [0] * (length - len(ids)), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Decoded:
    """Tokens read back as movements."""

    polar: Points  # [n, 3] length, direction, pen
    places: Tokens  # [n, 2] where its θ and its r stand among the tokens
    words: tuple[int, ...]
    """The first movement of each word; empty when there is no movement."""

    def strokes(self) -> Points:
        """[n, 4]: x, y before and x, y after each movement, from (0, 0) on.

        The step to a later word joins words that were written apart: it is the point where it ends.
        """
        lengths, angles = self.polar[:, 0], self.polar[:, 1]
        ends = np.cumsum(np.column_stack([lengths * np.cos(angles), lengths * np.sin(angles)]), axis=0)
        starts = np.concatenate([np.zeros((1, 2)), ends])[: len(ends)]
        later = list(self.words[1:])
        starts[later] = ends[later]
        return np.column_stack([starts, ends])


def movements(points: Points, previous: Points | None = None) -> Points:
    """Points [n, 3] to movements [n, 3]: length, direction in −π … π, pen.

    The first movement of a word leads from the end of the `previous` word, as if that were written right before it.
    """
    steps = np.zeros_like(points[:, :2])
    steps[1:] = np.diff(points[:, :2], axis=0)
    if previous is not None:
        to_right_edge = previous[:, 0].max() - previous[-1, 0]
        from_left_edge = points[0, 0] - points[:, 0].min()
        steps[0] = to_right_edge + from_left_edge, points[0, 1] - previous[-1, 1]
    return np.column_stack([np.hypot(*steps.T), np.arctan2(steps[:, 1], steps[:, 0]), points[:, 2]])


PUBLIC = StrokeCodec(
    (0.0, *np.linspace(0.0001, 0.060, 30).tolist(), *np.geomspace(0.06001, 0.90, 120).tolist()),
    220,
    " enaitoshrdx.vpukbgfcymzw1lqj804I92637OTAS5N)EHR\"'(BCQLMWYU,ZF!DXV?KPGJ",
)
"""The public models' 525 ids and 71 characters: r 0 … 301, θ 302 … 521, PAD 522, END 523, WORD 524."""
