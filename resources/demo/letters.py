"""Handwriting that can only be copied: letters of a single-stroke script font, in other shapes for every writer.

The faces are the Hershey fonts (A. V. Hershey, U.S. National Bureau of Standards, 1967), in the package Hershey-Fonts.
A writer's letter is one of them, thinned to a few points at random places, turned, stretched, slanted and jittered;
within one writer it is always the same, point for point. So nothing but its first occurrence tells how its second is
drawn.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from HersheyFonts import HersheyFonts

from analysis.handwriting.codec import Points, StrokeCodec, Tokens

CODEC = StrokeCodec(
    radii=(0.0, *(round(float(edge), 4) for edge in np.geomspace(0.02, 0.9, 31))), angles=64,
    alphabet="abcdefghijklmnopqrstuvwxyz ",
)  # fmt: skip
FACE = "scripts"
X_HEIGHT = 0.3
"""Of a lower-case letter, in units of the data."""
JOINT = 0.03
"""What joins a letter to its neighbours is at least this wide, on either side."""
FEWEST, MOST = 7, 10
"""Points of a letter, before it is joined to its neighbours on the line."""


@cache
def glyph(letter: str) -> tuple[Points, ...]:
    """The pen strokes of a letter, each [points, 2], from x = 0, y from the line downwards."""
    font = HersheyFonts()
    font.load_default_font(FACE)
    font.normalize_rendering(1.0)
    drawn = [np.array(stroke, dtype=np.float64) for stroke in font.strokes_for_text(letter)]
    line, unit = 4 / 11, X_HEIGHT / (14 / 33)  # Where this face has its line, and how high its x is.
    left = min(stroke[:, 0].min() for stroke in drawn)
    return tuple((stroke - (left, line)) * (unit, -unit) for stroke in drawn)


def along(path: Points, count: int, rng: np.random.Generator) -> Points:
    """Its ends and points between them, `count` in all, at places that are unlike from one writer to the next."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    gaps = np.exp(rng.normal(0, 0.5, count - 1))
    places = np.concatenate([[0.0], np.cumsum(gaps) / gaps.sum()]) * length[-1]
    return np.column_stack([np.interp(places, length, axis) for axis in path.T])


def letter(name: str, rng: np.random.Generator) -> Points:
    """One writer's letter as movements, [n, 3]: dx, dy, pen. It begins on the line, and ends there but for the bins."""
    strokes = glyph(name)
    share = int(rng.integers(FEWEST, MOST + 1)) / sum(len(stroke) for stroke in strokes)
    thin = [along(stroke, max(2, round(share * len(stroke))), rng) for stroke in strokes]
    turn, slant = rng.normal(0, 0.12), rng.normal(0, 0.25)
    wide, high = np.exp(rng.normal(0, 0.2, 2))
    shape = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    shape = shape @ np.array([[wide, slant], [0.0, high]])
    middle = np.concatenate(thin).mean(axis=0)
    bent = [(stroke - middle) @ shape.T + middle + rng.normal(0, 0.012, stroke.shape) for stroke in thin]
    left = min(stroke[:, 0].min() for stroke in bent) - JOINT
    bent = [stroke - (left, 0.0) for stroke in bent]
    end = np.array([[max(stroke[:, 0].max() for stroke in bent) + JOINT, 0.0]])
    path = np.concatenate([[[0.0, 0.0]], *bent, end])
    pen = np.concatenate([[float(place > 0 or not number) for place in range(len(s))] for number, s in enumerate(bent)])
    return snapped(np.column_stack([np.diff(path, axis=0), [*pen, 1.0]]))


def snapped(moves: Points) -> Points:
    """The same movements in the middle of their bins, none of them too short for a direction: written down and read
    again, they are the same tokens."""
    lengths = np.maximum(np.hypot(*moves[:, :2].T), CODEC.radii[1])
    polar = np.column_stack([lengths, np.arctan2(moves[:, 1], moves[:, 0]), moves[:, 2]])
    middle = CODEC.decode(CODEC.encode(polar)).polar
    return np.column_stack([middle[:, 0] * np.cos(middle[:, 1]), middle[:, 0] * np.sin(middle[:, 1]), middle[:, 2]])


class Writer:
    """Draws a letter the same way every time."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng, self._letters = rng, dict[str, Points]()

    def letter(self, name: str) -> Points:
        if name not in self._letters:
            self._letters[name] = letter(name, self._rng)
        return self._letters[name]

    def word(self, text: str) -> Points:
        """Points [n, 3]: x, y, pen; the first is where the pen is set down."""
        moves = np.concatenate([[[0.0, 0.0, 1.0]], *(self.letter(name) for name in text)])
        return np.column_stack([np.cumsum(moves[:, :2], axis=0), moves[:, 2]])


@dataclass(frozen=True)
class Line:
    """What one writer wrote: tokens [n], and which of them its earlier letters tell."""

    text: str
    tokens: Tokens
    known: Tokens


def line(text: str, writer: Writer) -> Line:
    """Words as tokens. Known are a letter's later occurrences but for the first token, and the joints of WORDs."""
    words, known, seen = text.split(" "), list[bool](), set[str]()
    for number, word in enumerate(words):
        known += [False] * (4 if number else 2)  # WORD WORD, and where the word begins.
        for name in word:
            n_tokens = 2 * len(writer.letter(name))
            known += [name in seen and place > 0 for place in range(n_tokens)]
            seen.add(name)
    return Line(text, CODEC.encode_words([writer.word(word) for word in words]), np.array(known))


def babble(rng: np.random.Generator) -> str:
    """Few letters in dense repetition, in words of one to six."""
    letters = rng.choice(list(CODEC.alphabet[:26]), int(rng.choice([1, 2, 2, 3, 3, 4])), replace=False)
    words = ["".join(rng.choice(letters, int(rng.integers(1, 7)))) for _ in range(int(rng.integers(1, 5)))]
    return " ".join(words)
