"""The models of the zoo do what is claimed of them, by measurements that share nothing with the program's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analysis.model.model import Model
from tests.zoo import Truth, everything
from tests.zoo.measuring import attends_back, gain, looks, loss, pattern, rise, run, trial

ZOO = everything()
CONTENT = 0.03
"""More attention to a place than to others like it."""


def length_for(model: Model, truth: Truth) -> int:
    fits = (model.config.n_ctx - 1) // 2
    return min(20, fits, truth.lengths[1] if truth.lengths else fits)


@pytest.mark.parametrize("name", ZOO)
def test_that_a_model_does_what_its_truth_says(name: str) -> None:
    model, truth = ZOO[name]()
    assert truth.name == name
    length = length_for(model, truth)
    check_copying(model, truth, length)
    for head in truth.induction:
        check_looks(model, head, truth.offsets[head], length)
    check_removal(model, truth, length)
    for word, heads in truth.words.items():
        for head in heads:
            CHECKS.get(word, check_nothing)(model, truth, head, length)
    for head, first in truth.backups.items():
        assert max(looks(model, head, length).values()) < CONTENT
        assert looks(model, head, length, without=(first,))[1] > 0.5


def test_that_the_words_of_a_truth_name_heads_of_its_model() -> None:
    for name, make in ZOO.items():
        model, truth = make()
        known = {str(head) for head in model.heads}
        named = {*truth.induction, *truth.offsets, *truth.backups, *truth.unclear}
        named |= {head for heads in (*truth.words.values(), *truth.groups) for head in heads}
        named |= {part for edge in truth.circuit for part in edge.split()[::2]}
        named |= {claim.split()[0] for claim in truth.not_}
        assert named <= known, name
        assert not {f"{head} induction" for head in truth.induction} & set(truth.not_), name
        assert all(edge.split()[1] in ("q", "k", "v") for edge in truth.circuit), name


def check_copying(model: Model, truth: Truth, length: int) -> None:
    """A model that copies gains by the order of a rotated repeat; others by no more than chance gives."""
    found = gain(model, length)
    if truth.copies:
        assert found > 0.5
    else:
        assert found < 0.2
    if truth.lengths and 2 * truth.lengths[1] + 20 < model.config.n_ctx:
        longer = min((model.config.n_ctx - 1) // 2, model.config.d_vocab - 1, 2 * truth.lengths[1] + 10)
        assert gain(model, longer) < 0.75 * found


def check_looks(model: Model, head: str, offsets: tuple[int, ...], length: int) -> None:
    found = looks(model, head, length)
    assert sum(found[step] for step in offsets) > 0.08
    assert all(found[step] > CONTENT for step in offsets)
    assert all(share < CONTENT for step, share in found.items() if step not in offsets), found


def check_removal(model: Model, truth: Truth, length: int) -> None:
    """Without a group nothing is copied; without one head of it something still is."""
    grouped = {head for group in truth.groups for head in group}
    for head in set(truth.induction) - grouped:
        assert gain(model, length, (head,)) < 0.1 * gain(model, length)
    for group in truth.groups:
        assert gain(model, length, group) < 0.1
        assert gain(model, length, group[:1]) > 0.4 * gain(model, length)


def check_nothing(model: Model, truth: Truth, head: str, length: int) -> None:
    """Words that only say what a head writes."""


def check_previous(model: Model, truth: Truth, head: str, length: int) -> None:
    assert attends_back(model, head, length)[1] > 0.8


def check_one_distance(model: Model, truth: Truth, head: str, length: int) -> None:
    longest = min((model.config.n_ctx - 1) // 2, model.config.d_vocab - 1)
    assert max(attends_back(model, head, longest)) > 0.8
    assert max(looks(model, head, length).values()) < 0.1


def check_first(model: Model, truth: Truth, head: str, length: int) -> None:
    assert float(pattern(run(model, trial(model, length).tokens), head)[:, :, 0].mean()) > 0.8


def check_duplicate(model: Model, truth: Truth, head: str, length: int) -> None:
    assert looks(model, head, length)[0] > 0.4


def check_anti(model: Model, truth: Truth, head: str, length: int) -> None:
    check_looks(model, head, truth.offsets[head], length)
    assert rise(model, head, length) < -1
    rotated = trial(model, length)
    assert loss(model, rotated, (head,)) < loss(model, rotated)


def check_no_copying(model: Model, truth: Truth, head: str, length: int) -> None:
    check_looks(model, head, truth.offsets[head], length)
    assert gain(model, length, (head,)) > gain(model, length) - 0.1


def check_gate(model: Model, truth: Truth, head: str, length: int) -> None:
    """Its attention is by content, the copying stops without it, and what it writes tells nothing of the token."""
    check_looks(model, head, truth.offsets[head], length)
    assert gain(model, length, (head,)) < 0.1 * gain(model, length)


CHECKS: dict[str, Callable[[Model, Truth, str, int], None]] = {
    "previous": check_previous,
    "positional": check_one_distance,
    "first": check_first,
    "duplicate": check_duplicate,
    "finds": check_duplicate,
    "anti_induction": check_anti,
    "attends_without_copying": check_no_copying,
    "gates": check_gate,
}
