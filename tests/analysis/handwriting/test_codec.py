"""Strokes to tokens, token for token against values computed with the models' own code, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.handwriting.codec import PUBLIC, Points, StrokeCodec, movements
from analysis.handwriting.dataset import DataSet
from analysis.handwriting.preparation import downsample, shear
from tests.shared_data import HANDWRITING, REFERENCE, needs_shared


@needs_shared
@pytest.mark.parametrize("row", range(4))
def test_that_tokens_equal_the_reference(row: int) -> None:
    with np.load(REFERENCE) as reference:
        items = [item for item in reference["items"][row].tolist() if item >= 0]
        plain, prepared = reference["plain_tokens"][row], reference["prepared_tokens"][row]
        context = reference["plain_context"][row]
    every = DataSet(HANDWRITING).first(max(items) + 1)
    words = [every[item] for item in items]
    slim = [downsample(shear(word.points, -0.2), 0.65) for word in words]
    assert PUBLIC.fit(PUBLIC.encode_words([word.points for word in words]), 600).tolist() == plain.tolist()
    assert PUBLIC.fit(PUBLIC.encode_words(slim), 600).tolist() == prepared.tolist()
    assert PUBLIC.encode_text(" ".join(word.text for word in words), 50).tolist() == context.tolist()


@needs_shared
def test_that_bins_and_alphabet_equal_the_reference() -> None:
    with np.load(REFERENCE) as reference:
        assert np.array_equal(PUBLIC.radius_edges, reference["r_bins"][:151])
        assert np.array_equal(PUBLIC.angle_edges, reference["theta_bins"])
        assert str(reference["alphabet"]) == PUBLIC.alphabet


def points(*rows: tuple[float, float, float]) -> Points:
    return np.array(rows, dtype=np.float64)


def test_that_a_movement_is_an_angle_then_a_radius() -> None:
    polar = movements(points((0, 0, 1), (0, 0.5, 1), (0.5, 0.5, 0)))
    assert polar[1].tolist() == [0.5, math.pi / 2, 1]
    assert polar[2].tolist() == [0.5, 0.0, 0]
    tokens = PUBLIC.encode(polar)
    assert [302 <= token < 522 for token in tokens] == [True, False] * 3
    assert tokens[5] - tokens[3] == 151  # the same length with the pen up
    assert tokens[1] == 0


def test_that_every_bin_begins_at_its_edge_and_the_ends_hold() -> None:
    radii = PUBLIC.encode(np.column_stack([PUBLIC.radius_edges, np.zeros(151), np.ones(151)]))[1::2]
    assert radii.tolist() == list(range(151))
    angles = PUBLIC.encode(np.column_stack([np.ones(220), PUBLIC.angle_edges, np.ones(220)]))[::2]
    assert angles.tolist() == list(range(302, 522))
    assert PUBLIC.encode(points((50.0, math.pi, 0))).tolist() == [521, 301]


def test_that_words_are_joined_by_two_word_tokens_and_a_step_from_the_word_before() -> None:
    first, second = points((0, 0, 1), (1, 0, 1), (0.8, 0.1, 1)), points((0.2, 0.3, 1), (0, 0, 1))
    polar = movements(second, first)
    assert polar[0, :2] == pytest.approx([math.hypot(0.4, 0.2), math.atan2(0.2, 0.4)])
    tokens = PUBLIC.encode_words([first, second])
    assert tokens.tolist() == [*PUBLIC.encode(movements(first)), 524, 524, *PUBLIC.encode(polar)]


def test_that_tokens_are_cut_or_padded_with_one_end() -> None:
    assert PUBLIC.fit(np.arange(3), 6).tolist() == [0, 1, 2, 523, 522, 522]
    assert PUBLIC.fit(np.arange(9), 4).tolist() == [0, 1, 2, 523]
    assert PUBLIC.fit(np.arange(3), 4).tolist() == [0, 1, 2, 523]


def test_that_text_is_cut_padded_and_unknown_characters_become_padding() -> None:
    assert PUBLIC.encode_text(" eé", 5).tolist() == [1, 2, 0, 0, 0]
    assert PUBLIC.encode_text("   ", 2).tolist() == [1, 1]


def test_that_downsampling_keeps_the_ends_of_every_stroke_and_every_lift() -> None:
    line = [(float(x), 0.0, 1.0) for x in range(20)]
    drawn = points(*line, (20, 0, 0), (21, 0, 0), (22, 0, 1), *((23.0 + x, 0.0, 1.0) for x in range(9)))
    kept = downsample(drawn, 0.75)
    assert kept[:, 0].tolist() == [0, 4, 9, 14, 19, 20, 21, 22, 31]
    assert kept[:, 2].tolist() == [1, 1, 1, 1, 1, 0, 0, 1, 1]


def test_that_shear_and_downsampling_leave_their_input_alone() -> None:
    drawn = points((0, 1, 1), (1, 2, 1), (2, 3, 1), (3, 4, 1))
    before = drawn.copy()
    assert shear(drawn, -0.5)[:, 0].tolist() == [-0.5, 0.0, 0.5, 1.0]
    downsample(drawn, 0.5)[:] = 9
    assert np.array_equal(drawn, before)


LENGTHS = st.floats(0, 0.9, exclude_max=True)
DIRECTIONS = st.floats(-math.pi, math.pi)
MOVEMENTS = st.lists(st.tuples(LENGTHS, DIRECTIONS, st.sampled_from([0.0, 1.0])), min_size=1, max_size=30)


@given(MOVEMENTS)
def test_that_a_decoded_movement_is_within_the_bin_of_its_source(rows: list[tuple[float, float, float]]) -> None:
    source = np.array(rows)
    found = PUBLIC.decode(PUBLIC.encode(source))
    assert found.polar[:, 2].tolist() == source[:, 2].tolist()
    edges = np.append(PUBLIC.radius_edges, np.inf)
    place = np.searchsorted(PUBLIC.radius_edges, source[:, 0], side="right") - 1
    assert (np.abs(found.polar[:, 0] - source[:, 0]) <= np.minimum(edges[place + 1], 0.9) - edges[place]).all()
    assert (np.abs(found.polar[:, 1] - source[:, 1]) <= 2 * math.pi / 219 + 1e-9).all()
    assert found.words == (0,)


@given(st.lists(st.tuples(st.integers(302, 521), st.integers(0, 301)), max_size=30), st.sets(st.integers(0, 30)))
def test_that_tokens_come_back_from_their_movements(pairs: list[tuple[int, int]], spaces: set[int]) -> None:
    tokens: list[int] = []
    for place, pair in enumerate(pairs):
        tokens += [PUBLIC.word, PUBLIC.word] if place in spaces else []
        tokens += pair
    found = PUBLIC.decode(PUBLIC.fit(np.array(tokens, dtype=np.int64), 128))
    assert PUBLIC.encode(found.polar).tolist() == [token for pair in pairs for token in pair]
    assert np.array(tokens, dtype=np.int64)[found.places].tolist() == [list(pair) for pair in pairs]
    begins = {place for place in spaces if place < len(pairs)} | ({0} if pairs else set())
    assert found.words == tuple(sorted(begins))


@given(st.lists(st.integers(0, PUBLIC.size - 1), max_size=40))
def test_that_any_tokens_decode_to_pairs_of_an_angle_and_a_radius(tokens: list[int]) -> None:
    array = np.array(tokens, dtype=np.int64)
    found = PUBLIC.decode(array)
    assert np.isfinite(found.strokes()).all()
    for angle, radius in found.places.tolist():
        assert radius == angle + 1
        assert PUBLIC.first_angle <= array[angle] < PUBLIC.pad
        assert array[radius] < PUBLIC.first_angle


def test_that_strokes_follow_one_another_and_a_later_word_begins_with_a_point() -> None:
    first, second = points((0, 0, 1), (0.5, 0, 1), (0.5, 0.25, 1)), points((0, 0, 1), (0.25, 0, 0))
    strokes = PUBLIC.decode(PUBLIC.encode_words([first, second])).strokes()
    assert strokes.shape == (5, 4)
    assert strokes[2] == pytest.approx([0.5, 0, 0.5, 0.25], abs=0.02)
    assert strokes[3].tolist() == [*strokes[3, 2:], *strokes[3, 2:]]
    assert strokes[4] == pytest.approx([0.5, 0, 0.75, 0], abs=0.03)


@needs_shared
def test_that_real_handwriting_decodes_to_its_source() -> None:
    for word in DataSet(HANDWRITING).first(60):
        polar = movements(word.points)
        found = PUBLIC.decode(PUBLIC.encode(polar))
        assert found.polar[:, 2].tolist() == word.points[:, 2].tolist()
        long = polar[:, 0] < 0.9
        assert np.abs(found.polar[long, 0] - polar[long, 0]).max() < 0.013  # half of the widest bin
        turns = np.abs(found.polar[:, 1] - polar[:, 1])
        assert turns.max() <= math.pi / 219 + 1e-9
        ends = found.strokes()[:, 2:] + word.points[0, :2]
        assert np.abs(ends - word.points[:, :2]).max() < 0.08  # errors of single bins add up along the word


BINS = st.builds(
    lambda steps, angles: StrokeCodec((0.0, *np.cumsum(steps).tolist()), angles),
    st.lists(st.floats(0.001, 0.5), min_size=1, max_size=12),
    st.integers(2, 90),
)


@given(BINS, MOVEMENTS)
def test_that_fewer_bins_keep_a_movement_within_its_bin(
    codec: StrokeCodec, rows: list[tuple[float, float, float]]
) -> None:
    source = np.array(rows)
    tokens = codec.encode(source)
    assert (tokens[::2] >= codec.first_angle).all()
    assert tokens.max() < codec.pad
    found = codec.decode(tokens).polar
    assert found[:, 2].tolist() == source[:, 2].tolist()
    assert codec.encode(found).tolist() == tokens.tolist()
    inside = source[:, 0] < codec.radii[-1]
    widest = np.diff(codec.radius_edges).max()
    assert (np.abs(found[inside, 0] - source[inside, 0]) <= widest).all()
    assert (np.abs(found[:, 1] - source[:, 1]) <= 2 * math.pi / (codec.angles - 1) + 1e-9).all()


@pytest.mark.parametrize(
    ("radii", "angles", "alphabet"),
    [((0.0,), 4, ""), ((0.1, 0.2), 4, ""), ((0.0, 0.2, 0.2), 4, ""), ((0.0, math.nan), 4, ""), ((0.0, 1.0), 1, ""),
     ((0.0, 1.0), 4, "aa")],
)  # fmt: skip
def test_that_bins_that_cannot_be_are_refused(radii: tuple[float, ...], angles: int, alphabet: str) -> None:
    with pytest.raises(ValueError, match=r"radii|angles|alphabet"):
        StrokeCodec(radii, angles, alphabet)
