"""Handwriting as tokens, as the cursive transformers of 525 tokens read and write it (greydanus/cursivetransformer).

Points are float64 [n, 3]: x, y, pen (1: the movement to this point draws, 0: it does not). A movement is two tokens,
θ then r. Ids: r 0 … 301 (151 radii with the pen down, then 151 up), θ 302 … 521, PAD 522, END 523, WORD 524.
Words are encoded one by one and joined by two WORD tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..vocabulary import ALPHABET, Vocabulary

Points = NDArray[np.float64]
Tokens = NDArray[np.int64]

RADII = np.concatenate([[0.0], np.linspace(0.0001, 0.060, 30), np.geomspace(0.06001, 0.90, 120)])
"""Lower edges of the 151 bins of a movement's length."""
ANGLES = np.linspace(-np.pi, np.pi, 220)
"""Lower edges of the 220 bins of a movement's direction."""
FIRST_ANGLE = 2 * len(RADII)
PAD = FIRST_ANGLE + len(ANGLES)
END = PAD + 1
WORD = PAD + 2
SIZE = PAD + 3

# What a token is read as: the middle of its bin; bins without another edge stand for that edge.
_LENGTHS = np.concatenate([[0.0], (RADII[1:-1] + RADII[2:]) / 2, RADII[-1:]])
_DIRECTIONS = np.concatenate([(ANGLES[:-1] + ANGLES[1:]) / 2, ANGLES[-1:]])


def is_handwriting(vocabulary: Vocabulary) -> bool:
    """Whether these tokens are movements that this module can draw."""
    return vocabulary.unit == "stroke" and vocabulary.size == SIZE


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


def encode(polar: Points) -> Tokens:
    """Movements [n, 3] to tokens [2 n]."""
    radius = np.digitize(polar[:, 0], RADII) - 1 + np.where(polar[:, 2] == 0, len(RADII), 0)
    angle = np.digitize(polar[:, 1], ANGLES) - 1 + FIRST_ANGLE
    return np.column_stack([angle, radius]).reshape(-1).astype(np.int64)


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


def decode(tokens: Tokens) -> Decoded:
    """Tokens [T] to movements in the middle of their bins. Whatever is not a θ followed by its r is passed over.

    Words end at WORD, END and PAD.
    """
    is_angle = (tokens >= FIRST_ANGLE) & (tokens < PAD)
    is_radius = (tokens >= 0) & (tokens < FIRST_ANGLE)
    first = np.flatnonzero(is_angle[:-1] & is_radius[1:])
    lifted, radius = np.divmod(tokens[first + 1], len(RADII))
    polar = np.column_stack([_LENGTHS[radius], _DIRECTIONS[tokens[first] - FIRST_ANGLE], 1.0 - lifted])
    begins = {0, *np.searchsorted(first, np.flatnonzero(tokens >= PAD)).tolist()}
    return Decoded(polar, np.column_stack([first, first + 1]), tuple(sorted(begins - {len(first)})))


def encode_words(words: Sequence[Points]) -> Tokens:
    """Words to the tokens of one line, two WORD tokens between words; no END, no padding."""
    pieces: list[Tokens] = []
    for place, points in enumerate(words):
        pieces += [np.array([WORD, WORD], dtype=np.int64)] if place else []
        pieces.append(encode(movements(points, words[place - 1] if place else None)))
    return np.concatenate(pieces)


def fit(tokens: Tokens, length: int) -> Tokens:
    """Cut or pad to `length` tokens, of which one is the END."""
    kept = tokens[: length - 1]
    return np.concatenate([kept, [END], np.full(length - 1 - len(kept), PAD)]).astype(np.int64)


def encode_text(text: str, length: int) -> Tokens:
    """Characters to ids, 1 … 71, cut or padded with 0 to `length`; a character outside the alphabet becomes 0."""
    ids = [ALPHABET.find(letter) + 1 for letter in text[:length]]
    return np.array(ids + [0] * (length - len(ids)), dtype=np.int64)


def shear(points: Points, factor: float) -> Points:
    """Slant the writing: x grows by factor · y."""
    slanted = points.copy()
    slanted[:, 0] += factor * points[:, 1]
    return slanted


def downsample(points: Points, fraction: float) -> Points:
    """Leave out this fraction (0 … 1) of the points of every stroke, evenly; both of its ends and every pen-up stay."""
    lifted = points[:, 2] != 1
    kept: list[int] = []
    begin = 0
    for end in [*np.flatnonzero(lifted), len(points)]:
        if end > begin:
            count = max(2, int((end - begin) * (1 - fraction)))
            kept += (begin + np.linspace(0, end - begin - 1, count, dtype=int)).tolist()
        kept += [int(end)] if end < len(points) else []
        begin = end + 1
    return points[kept]


SHEAR, DOWNSAMPLE = -0.2, 0.65
"""The middle of what the public models were trained with."""


def prepared(points: Points) -> Points:
    """A word as those models were shown it, slanted and thinned, without the random part."""
    return downsample(shear(points, SHEAR), DOWNSAMPLE)
