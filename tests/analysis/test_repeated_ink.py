"""Repeated words and repeated random strokes: what repeats, exactly."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from analysis.handwriting.dataset import DataSet, Word
from analysis.handwriting.preparation import Preparation, downsample, shear
from analysis.prompts import handwriting, repeated_strokes, repeated_word
from analysis.prompts.handwriting import PROMPT as HANDWRITING
from analysis.values import PromptSpec, UserError, as_options
from tests.analysis.handmade import SMALL, random_model
from tests.analysis.handwriting.writing import COARSE, data_set, items, writer


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return data_set(tmp_path / "words.json")


def spec(data: Path | None = None, **options: str) -> PromptSpec:
    return PromptSpec("", as_options(options | ({"data": str(data)} if data else {})))


def test_that_a_word_in_the_same_ink_repeats_with_its_period(data: Path) -> None:
    prompt = repeated_word.make(writer(), spec(data, first="1", count="3"))
    ink = COARSE.encode_words([Preparation().points(DataSet(data).all()[1])])
    period, tokens = len(ink) + 2, prompt.tokens[0].numpy()
    assert prompt.period == period
    assert prompt.tokens.shape == (1, 3 * period)
    assert tokens[period - 2 : period].tolist() == [COARSE.word] * 2
    assert tokens[-2:].tolist() == [COARSE.end, COARSE.pad]
    # The first movement leads from the word before; all others are the same ones.
    for copy in range(3):
        assert (tokens[copy * period + 2 : (copy + 1) * period - 2] == ink[2:]).all()
    assert (tokens[period : period + 2] == tokens[2 * period : 2 * period + 2]).all()
    assert prompt.context is not None
    letters = COARSE.encode_text("cat cat cat", 20)
    assert (prompt.context[0].numpy() == letters).all()


def test_that_only_words_of_one_length_have_a_common_period(data: Path) -> None:
    options = {"count": "2", "samples": "2", "thinning": "0"}
    assert repeated_word.make(writer(), spec(data, **options)).period == 26  # 12 points each
    made = items()
    made[1]["points"] = made[1]["points"][:7]  # type: ignore[index]
    data.write_text(json.dumps(made))
    assert repeated_word.make(writer(), spec(data, **options)).period is None


def test_that_a_repeated_word_that_is_cut_has_no_period(data: Path) -> None:
    prompt = repeated_word.make(writer(n_ctx=30), spec(data, count="3"))
    assert prompt.tokens.shape[1] == 30
    assert prompt.period is None
    assert "cut" in prompt.description


def test_that_a_word_by_other_samples_is_other_ink(data: Path) -> None:
    prompt = repeated_word.make(writer(), spec(data, first="2", ink="other", count="2", samples="3"))
    words = DataSet(data).all()
    for line, pair in enumerate([(2, 4), (4, 0), (0, 2)]):
        ink = COARSE.encode_words([Preparation().points(words[number]) for number in pair])
        assert (prompt.tokens[line, : len(ink)].numpy() == ink).all()
    assert prompt.period is None
    typed = repeated_word.make(writer(), spec(data, text="the", ink="other", count="2", samples="1"))
    ink = COARSE.encode_words([Preparation().points(words[number]) for number in (0, 2)])
    assert (typed.tokens[0, : len(ink)].numpy() == ink).all()


def test_that_a_typed_word_is_repeated_in_all_the_hands_there_are(data: Path) -> None:
    prompt = repeated_word.make(writer(), spec(data, text="the", count="2", samples="9"))
    assert len(prompt.tokens) == 3
    assert len({tuple(row) for row in prompt.tokens.tolist()}) == 3


def test_that_random_words_are_drawn_without_a_word_twice(data: Path) -> None:
    given = spec(data, write="random", count="5", samples="4", thinning="0", seed="1")
    prompt = handwriting.make(writer(), given)
    wanted = sorted("cat dog the the the")
    for line in prompt.context if prompt.context is not None else ():
        letters = "".join(COARSE.alphabet[token - 1] for token in line.tolist() if token)
        assert sorted(letters) == wanted
    assert len({tuple(row) for row in prompt.tokens.tolist()}) > 1
    assert torch.equal(prompt.tokens, handwriting.make(writer(), given).tokens)


def test_that_random_strokes_are_pairs_from_their_own_ranges() -> None:
    prompt = repeated_strokes.make(writer(), spec(strokes="20", copies="3", samples="4", seed="2"))
    assert prompt.tokens.shape == (4, 120)
    assert (prompt.period, prompt.cycle) == (40, 2)
    angles, radii = prompt.tokens[:, ::2], prompt.tokens[:, 1::2]
    assert angles.min() >= COARSE.first_angle
    assert angles.max() < COARSE.pad
    assert radii.max() < COARSE.first_angle
    assert torch.equal(prompt.tokens[:, :80], prompt.tokens[:, 40:])
    assert all(len(set(row[:20].tolist())) == 20 for row in (*angles, *radii))


def test_that_strokes_that_do_not_fit_are_fewer() -> None:
    prompt = repeated_strokes.make(writer(n_ctx=50), spec(strokes="25"))
    assert prompt.period == 24
    assert dict(prompt.settled) == {"strokes": "12"}


@pytest.mark.parametrize("source", [handwriting, repeated_word, repeated_strokes])
def test_that_a_model_of_another_kind_is_told(source, data: Path) -> None:
    with pytest.raises(UserError, match="does not read handwriting"):
        source.make(random_model(SMALL), spec(data))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"first": "5"}, "numbered 0 to 4"),
        ({"text": "cow"}, "no word 'cow'"),
        ({"count": "1"}, "copies is 1, but goes from 2"),
        ({"ink": "green"}, "same or other"),
        ({"shear": "steep"}, "not a number"),
        ({"shear": "nan"}, "goes from -2 to 2"),
        ({"thinning": "1"}, "goes from 0 to 0.99"),
        ({"width": "0"}, "goes from 0.1"),
    ],
)
def test_that_what_cannot_be_written_is_told(options: dict[str, str], words: str, data: Path) -> None:
    with pytest.raises(UserError, match=words):
        repeated_word.make(writer(), spec(data, **options))


def test_that_unknown_letters_are_told_by_item(data: Path) -> None:
    data_set(data, ["the", "Cat"])
    with pytest.raises(UserError, match=r"Item 1 of words\.json.*'C'"):
        HANDWRITING.make(writer(), spec(data))


def test_that_preparing_is_shear_then_scale_then_thinning(data: Path) -> None:
    model, words = writer(), DataSet(data).all()[:1]
    options = {"shear": "-0.5", "width": "1.5", "height": "0.5", "thinning": "0.4", "count": "1", "samples": "1"}
    prompt = handwriting.make(model, spec(data, **options))
    points = shear(words[0].points, -0.5)
    points[:, 0] *= 1.5
    points[:, 1] *= 0.5
    ink = COARSE.encode_words([downsample(points, 0.4)])
    assert (prompt.tokens[0, : len(ink)].numpy() == ink).all()
    assert prompt.tokens.shape[1] == len(ink) + 1


POINTS = st.lists(
    st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.sampled_from([0.0, 1.0])), min_size=1, max_size=25
)


@given(POINTS, st.floats(0.1, 20))
def test_that_without_normalisation_x_is_as_the_file_has_it(rows: list[tuple[float, ...]], ratio: float) -> None:
    raw = np.array(rows)
    read = raw * [ratio, 1, 1]
    word = Word("a", "", read, ratio)
    plain = Preparation(normalised=False, shear=0, thinning=0).points(word)
    np.testing.assert_allclose(plain, raw, atol=1e-12)
    np.testing.assert_array_equal(Preparation(shear=0, thinning=0).points(word), read)


@given(POINTS, st.floats(0, 0.99))
def test_that_thinning_keeps_the_order_the_lifts_and_the_ends(rows: list[tuple[float, ...]], fraction: float) -> None:
    points = np.array(rows)
    kept = downsample(points, fraction)
    places = iter(map(tuple, points.tolist()))
    lifted = points[points[:, 2] == 0]
    np.testing.assert_array_equal(kept[kept[:, 2] == 0], lifted)
    np.testing.assert_array_equal(kept[[0, -1]], points[[0, -1]])
    # A stroke of one point is kept twice, as the public code does; else the kept points are some of them, in order.
    seen: list[tuple[float, ...]] = []
    for row in map(tuple, kept.tolist()):
        if seen and row == seen[-1]:
            continue
        assert any(row == other for other in places)
        seen.append(row)


def test_that_a_word_that_says_it_is_prepared_is_left_as_it_is() -> None:
    points = np.column_stack([np.linspace(0, 1, 9), np.linspace(0, 1, 9), np.ones(9)])
    assert Preparation().points(Word("a", "", points, prepared=True)).tolist() == points.tolist()
    assert len(Preparation().points(Word("a", "", points))) < len(points)


def test_that_a_prepared_word_is_changed_only_as_far_as_is_asked_beyond_the_usual() -> None:
    points = np.column_stack([np.linspace(0, 1, 40), np.linspace(0, 2, 40), np.ones(40)])
    word = Word("a", "", points, prepared=True)
    np.testing.assert_allclose(Preparation(shear=-0.5).points(word), shear(points, -0.3))
    np.testing.assert_array_equal(Preparation(height=2).points(word)[:, 1], 2 * points[:, 1])
    np.testing.assert_array_equal(Preparation(thinning=0.1).points(word), points)
    twice = Preparation(thinning=0.825).points(word)  # half of the points that the usual 0.65 has left
    np.testing.assert_array_equal(twice, downsample(points, 0.5))
