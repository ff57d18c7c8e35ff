"""A few letters and the texts they find."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.commands.fuzzy import fit

TEXTS = ("Export numbers…", "Open…", "Open demo", "Open recent: model.pt", "L1H6", "L11H6", "Attention: Pattern",
         "Reset layout", "Theme: Dark", "Score again")


def best(typed: str) -> str:
    fits = [(how, text) for text in TEXTS if (how := fit(typed, text)) is not None]
    return min(fits)[1]


@pytest.mark.parametrize(("typed", "text"), [
    ("open", "Open…"), ("opendemo", "Open demo"), ("od", "Open demo"), ("exnu", "Export numbers…"),
    ("numbers", "Export numbers…"), ("l1h6", "L1H6"), ("L11", "L11H6"), ("ap", "Attention: Pattern"),
    ("pattern", "Attention: Pattern"), ("dark", "Theme: Dark"), ("rlay", "Reset layout"), ("sag", "Score again"),
    ("OPEN DEMO", "Open demo"),
])
def test_that_what_was_meant_is_best(typed: str, text: str) -> None:
    assert best(typed) == text


def test_that_what_does_not_come_in_order_does_not_fit() -> None:
    assert all(fit("demo open", text) is None for text in TEXTS)


def test_that_how_it_fits_ranks_before_where() -> None:
    order = ["dark", "darker", "so dark", "undarkened", "d-a_x r.k", "daxrxk"]
    found = [fit("dark", text) for text in order]
    ranked = [how.how for how in found if how is not None]
    assert ranked[:4] == [0, 1, 2, 3]
    assert ranked[-1] == 4


@given(st.text(max_size=6), st.text(max_size=14))
def test_that_exactly_the_texts_with_the_letters_in_order_fit(typed: str, text: str) -> None:
    how = fit(typed, text)
    letters = [letter for letter in typed.lower() if not letter.isspace()]
    folded = text.lower() if len(text.lower()) == len(text) else text
    slow = any([folded[place] for place in places] == letters
               for places in itertools.combinations(range(len(folded)), len(letters)))
    if typed.lower().strip() and typed.strip().lower() in folded:
        assert how is not None
    elif letters and not any(letter.isspace() for letter in typed.strip()):
        assert (how is not None) == slow
    if how is not None and how.letters and how.how in (2, 4) and len(how.letters) == len(letters):
        assert [folded[place] for place in how.letters] == letters


def test_that_long_texts_of_one_letter_take_no_time() -> None:
    """No more work than the square of the length: this would not end where every split is tried anew."""
    words = " ".join("a" * random.Random(1).randint(1, 9) for _ in range(60))
    assert fit("a" * 40 + "b", words) is None
