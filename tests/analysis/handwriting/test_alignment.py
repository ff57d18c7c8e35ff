"""Letters of strokes: the best path against trying all paths, and strokes whose letter is known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from analysis.handwriting.alignment import FLOOR, PRICE, best_path, letters_of
from analysis.handwriting.codec import PUBLIC
from analysis.handwriting.lines import writing


def worth(path: tuple[int, ...], read: np.ndarray, lifted: np.ndarray) -> float:
    """Σ ln attention less the price of leaps; −inf for a path that the rule forbids."""
    if path[0] != 0:
        return -np.inf
    total = sum(np.log(max(read[stroke, letter], FLOOR)) for stroke, letter in enumerate(path))
    for stroke in range(1, len(path)):
        if path[stroke] - path[stroke - 1] not in (0, 1):
            if not (lifted[stroke] or lifted[stroke - 1]):
                return -np.inf
            total -= PRICE
    return total


@pytest.mark.parametrize("seed", range(12))
def test_that_no_allowed_path_gathers_more(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n, m = int(draw.integers(1, 8)), int(draw.integers(1, 5))
    read = draw.dirichlet(np.full(m + 1, 0.3), n)[:, :m].astype(np.float32)
    lifted = draw.random(n) < 0.3
    found = best_path(read, lifted)
    best = max(worth(path, read, lifted) for path in itertools.product(range(m), repeat=n))
    assert worth(tuple(found.tolist()), read, lifted) == pytest.approx(best, abs=1e-5)


def test_that_a_dot_drawn_last_goes_back_to_its_letter() -> None:
    read = np.full((8, 3), 0.01, np.float32)
    for stroke, letter in enumerate((0, 0, 1, 1, 2, 2, 0, 0)):
        read[stroke, letter] = 0.5
    pen_up = np.array([False] * 6 + [True, False])
    assert best_path(read, pen_up).tolist() == [0, 0, 1, 1, 2, 2, 0, 0]
    assert best_path(read, np.zeros(8, bool)).tolist() == [0, 0, 1, 1, 2, 2, 2, 2]  # a line does not turn back


def test_that_tokens_are_given_the_letter_that_the_tokens_before_them_read() -> None:
    stroke, between = [PUBLIC.first_angle, 3], [PUBLIC.word] * 2
    tokens = torch.tensor([[*stroke * 4, *between, *stroke * 2, PUBLIC.end, PUBLIC.pad]])
    context = torch.from_numpy(PUBLIC.encode_text("no a", 6))[None]
    reading = torch.full((1, 16, 6), 0.01)
    for place, letter in enumerate((0, 0, 0, 0, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 0, 0)):
        reading[0, max(0, place - 1), letter] = 0.9  # read one token ahead
    found = letters_of(PUBLIC, tokens, writing(PUBLIC, tokens, context), reading)
    assert found[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, -1, -1]


def test_that_words_without_letters_and_a_separator_without_a_space_belong_nowhere() -> None:
    stroke, between = [PUBLIC.first_angle, 3], [PUBLIC.word] * 2
    tokens = torch.tensor([[*stroke, *between, *stroke]])
    context = torch.from_numpy(PUBLIC.encode_text("n", 4))[None]
    found = letters_of(PUBLIC, tokens, writing(PUBLIC, tokens, context), torch.full((1, 6, 4), 0.25))
    assert found[0].tolist() == [0, 0, -1, -1, -1, -1]
