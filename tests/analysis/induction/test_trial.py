"""Trials part content from position by how they are made."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from analysis.handwriting.codec import PUBLIC
from analysis.model.vocabulary import handwriting, plain
from analysis.verdict.trials.trial import Asked, Trial, repeated, rotated, units_of

from ..handmade import SMALL, induction_model, random_model


def made(length: int = 12, samples: int = 10, **asked: int) -> Trial:
    return rotated(induction_model(), Asked(**asked), length, samples, seed=3)  # type: ignore[arg-type]


def test_that_the_second_copy_is_the_first_one_rotated_by_another_amount_for_each_sample() -> None:
    trial = made()
    turns = []
    for row in trial.ordered.tolist():
        first, second = row[:12], row[12:]
        turn = first.index(second[0])
        assert second == first[turn:] + first[:turn]
        turns.append(turn)
    assert 0 not in turns
    assert len(set(turns)) == len(turns)


def test_that_queries_know_where_their_token_stood_and_what_followed_it() -> None:
    trial = made()
    for row, earlier, told in zip(
        trial.ordered.tolist(), trial.earlier[:, 0].tolist(), trial.told.tolist(), strict=True
    ):
        assert earlier[:13] == [-1] * 13  # the first copy, and the first token of the second
        for query in range(13, 24):
            assert row[earlier[query]] == row[query]
            assert told[query] == (query < 23 and earlier[query] < 11)
            if told[query]:
                assert row[query + 1] == row[earlier[query] + 1]
        assert not any(told[:13])


def test_that_the_control_keeps_the_tokens_and_loses_every_place_and_every_successor() -> None:
    trial = made(samples=40)
    for ordered, shuffled in zip(trial.ordered.tolist(), trial.shuffled.tolist(), strict=True):
        first, second, mixed = ordered[:12], ordered[12:], shuffled[12:]
        assert shuffled[:12] == first
        assert sorted(mixed) == sorted(second)
        follows = dict(pairwise(first))
        assert all(one != other for one, other in zip(mixed, second, strict=True))
        assert all(follows.get(here) != after for here, after in pairwise(mixed))
        assert all(follows.get(there) != here for here, there in zip(mixed, second, strict=True))


def test_that_plain_repeats_are_not_rotated() -> None:
    trial = repeated(induction_model(), Asked(), 12, 8, seed=0)
    assert torch.equal(trial.ordered[:, :12], trial.ordered[:, 12:])
    assert torch.equal(trial.earlier[0, 0, 13:], torch.arange(1, 12))


def test_that_strokes_of_handwriting_stay_whole() -> None:
    model = random_model(replace(SMALL, d_vocab=PUBLIC.size))
    model.vocabulary = handwriting(PUBLIC)
    trial = rotated(model, Asked(), 24, 6, seed=0)
    (angle_low, angle_high), (radius_low, radius_high) = model.vocabulary.cycle
    for tokens in (trial.ordered, trial.shuffled):
        assert ((tokens[:, ::2] >= angle_low) & (tokens[:, ::2] < angle_high)).all()
        assert ((tokens[:, 1::2] >= radius_low) & (tokens[:, 1::2] < radius_high)).all()
    first = {tuple(pair) for pair in trial.ordered[0, :24].view(-1, 2).tolist()}
    assert {tuple(pair) for pair in trial.shuffled[0, 24:].view(-1, 2).tolist()} == first


def test_that_a_bos_comes_first_and_is_no_part_of_a_copy() -> None:
    model = random_model(SMALL)
    model.vocabulary = plain(SMALL.d_vocab, bos=0)
    trial = rotated(model, Asked(), 10, 4, seed=0)
    assert trial.ordered.shape[1] == 21
    assert (trial.ordered[:, 0] == 0).all()
    assert trial.first.tolist() == [[1]] * 4
    assert trial.stop.tolist() == [[11]] * 4
    assert (trial.ordered[:, 1:] > 0).all()


def test_that_each_of_several_copies_is_rotated_anew_and_known_to_the_last_one() -> None:
    trial = made(copies=3)
    assert trial.ordered.shape[1] == 36
    assert trial.earlier.shape[1] == 2
    for row, earlier in zip(trial.ordered.tolist(), trial.earlier.tolist(), strict=True):
        assert row[:12] != row[12:24]
        for copy, places in enumerate(earlier):
            for query in range(25, 36):
                assert 12 * copy <= places[query] < 12 * (copy + 1)
                assert row[places[query]] == row[query]


def test_that_pieces_are_drawn_from_the_ids_that_are_asked_for() -> None:
    ids = tuple(range(20, 40))
    trial = rotated(induction_model(), Asked(ids=ids), 12, 8, seed=0)
    assert set(trial.ordered.flatten().tolist()) <= set(ids)
    assert units_of(induction_model(), Asked(ids=ids)) == 20


@pytest.mark.parametrize("seed", [0, 1])
def test_that_the_same_seed_makes_the_same_trial_and_another_seed_another(seed: int) -> None:
    model = induction_model()
    one, same, other = (rotated(model, Asked(), 12, 8, number) for number in (seed, seed, seed + 1))
    assert torch.equal(one.ordered, same.ordered)
    assert torch.equal(one.shuffled, same.shuffled)
    assert not torch.equal(one.ordered, other.ordered)
