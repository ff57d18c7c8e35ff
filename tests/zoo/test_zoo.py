"""The models of the zoo do what is claimed of them, by measurements that share nothing with the program's own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from analysis.model.model import Model
from tests.analysis.plain import Plain
from tests.zoo import Truth, everything
from tests.zoo.handbuilt import built
from tests.zoo.measuring import Lab
from tests.zoo.trained import trained

ZOO, BUILT, TRAINED = everything(), built(), trained()
CONTENT = 0.03
"""More attention to a place than to others like it."""


def lab_for(model: Model, truth: Truth) -> Lab:
    """Enough samples that chance hits of positional heads are few."""
    fits = min((model.config.n_ctx - 1) // 2, model.config.d_vocab - 1)
    return Lab(model, min(20, fits, truth.lengths[1] if truth.lengths else fits), 8 if truth.copies else 24)


@pytest.mark.parametrize("name", BUILT)
def test_that_a_model_built_by_hand_does_what_its_truth_says(name: str) -> None:
    model, truth = BUILT[name]()
    assert truth.name == name
    lab = lab_for(model, truth)
    check_copying(lab, truth)
    for head in truth.induction:
        check_looks(lab, truth, head)
    check_removal(lab, truth)
    check_circuit(lab, truth)
    for word, heads in truth.words.items():
        for head in heads:
            CHECKS[word](lab, truth, head)
    for head, first in truth.backups.items():
        assert max(lab.looks(head).values()) < CONTENT
        assert lab.looks(head, (1,), without=(first,))[1] > 0.5


@pytest.mark.parametrize("name", TRAINED)
def test_that_a_trained_model_does_what_was_measured(name: str) -> None:
    """On other prompts than those that it was measured on."""
    model, truth = TRAINED[name]()
    lab = Lab(model, truth.lengths[1] if truth.lengths else 20, 16, seed=77)
    shares = {str(head): lab.looks(str(head), range(1, 15)) for head in model.heads}
    for head in truth.induction:
        assert sum(shares[head][step] for step in truth.offsets[head]) > 0.06, head
    for head in set(shares) - {*truth.induction, *truth.unclear}:
        assert max(shares[head].values()) < 0.08, head
        assert f"{head} induction" in truth.not_
    if truth.copies:
        assert lab.usual_gain() > 0.3
        assert lab.forgets(truth.induction) > 0.5 * lab.usual_gain()
    else:
        assert not truth.induction
        labs = [Lab(model, length, 64, seed=77) for length in (10, 20, 30)]
        assert all(other.usual_gain() < 0.05 * other.loss() for other in labs)


@pytest.mark.parametrize(
    "name",
    [
        "plain_rotary_interleaved",
        "plain_qk_norm",
        "plain_grouped",
        "plain_capped",
        "plain_parallel",
        "window_24",
        "gate",
    ],
)
def test_that_a_slow_decoder_says_the_same(name: str) -> None:
    model, _ = BUILT[name]()
    lab = Lab(model, 14, samples=1)
    slow = Plain(model).logits(lab.trial().tokens[0].tolist())
    assert np.allclose(lab.run().logits[0].numpy(), slow, atol=1e-3)


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


def check_copying(lab: Lab, truth: Truth) -> None:
    """A model that copies gains by the order of a rotated repeat; others by no more than chance gives."""
    found, config = lab.gain(), lab.model.config
    assert found > 0.5 if truth.copies else found < 0.3
    if truth.lengths and 2 * truth.lengths[1] + 20 < config.n_ctx:
        longer = min((config.n_ctx - 1) // 2, config.d_vocab - 1, 2 * truth.lengths[1] + 10)
        assert Lab(lab.model, longer).gain() < 0.75 * found


def check_looks(lab: Lab, truth: Truth, head: str) -> None:
    found, offsets = lab.looks(head), truth.offsets[head]
    assert sum(found[step] for step in offsets) > 0.08
    assert all(found[step] > CONTENT for step in offsets)
    assert all(share < CONTENT for step, share in found.items() if step not in offsets), found


def check_removal(lab: Lab, truth: Truth) -> None:
    """Without a group nothing is copied; without one head of it something still is."""
    grouped = {head for group in truth.groups for head in group}
    for head in set(truth.induction) - grouped:
        assert lab.gain((head,)) < 0.1 * lab.gain()
    for group in truth.groups:
        assert lab.gain(group) < 0.1
        assert lab.gain(group[:1]) > 0.2 * lab.gain()


def check_circuit(lab: Lab, truth: Truth) -> None:
    """Without an edge its reader no longer finds the place, or reads other values there.

    Of many edges the first and the last few are enough.
    """
    for edge in {*truth.circuit[:2], *truth.circuit[-2:]}:
        reader, letter, _ = edge.split()
        assert lab.reads(edge) > 0.2, edge
        offsets = truth.offsets.get(reader, ())
        if letter in "qk" and (steps := [step for step in offsets if step] or offsets):
            found, less = (lab.looks(reader, steps, edge=given) for given in ("", edge))
            assert sum(less.values()) < 0.5 * sum(found.values()), edge


def check_previous(lab: Lab, truth: Truth, head: str) -> None:
    assert lab.attends_back(head)[1] > 0.8


def check_one_distance(lab: Lab, truth: Truth, head: str) -> None:
    config = lab.model.config
    longest = min((config.n_ctx - 1) // 2, config.d_vocab - 1)
    assert max(Lab(lab.model, longest, 4).attends_back(head)) > 0.8
    assert max(lab.looks(head).values()) < 0.1


def check_first(lab: Lab, truth: Truth, head: str) -> None:
    assert float(lab.pattern(head)[:, :, 0].mean()) > 0.8


def check_duplicate(lab: Lab, truth: Truth, head: str) -> None:
    assert lab.looks(head)[0] > 0.4


def check_carries(lab: Lab, truth: Truth, head: str) -> None:
    assert sum(lab.attends_back(head)[:13]) > 0.8
    assert max(lab.looks(head).values()) < CONTENT


def check_mover(lab: Lab, truth: Truth, head: str) -> None:
    assert lab.attends_back(head)[0] > 0.8


def check_uniform(lab: Lab, truth: Truth, head: str) -> None:
    assert float(lab.pattern(head).max()) < 0.1
    assert max(lab.looks(head).values()) < CONTENT


def check_anti(lab: Lab, truth: Truth, head: str) -> None:
    check_looks(lab, truth, head)
    assert lab.rise(head) < -1
    assert lab.loss("rotated", (head,)) < lab.loss("rotated")


def check_no_copying(lab: Lab, truth: Truth, head: str) -> None:
    check_looks(lab, truth, head)
    assert lab.gain((head,)) > lab.gain() - 0.1


def check_gate(lab: Lab, truth: Truth, head: str) -> None:
    """Its attention is by content, and the copying stops without it."""
    check_looks(lab, truth, head)
    assert lab.gain((head,)) < 0.1 * lab.gain()


CHECKS: dict[str, Callable[[Lab, Truth, str], None]] = {
    "previous": check_previous,
    "positional": check_one_distance,
    "first": check_first,
    "duplicate": check_duplicate,
    "finds": check_duplicate,
    "anti_induction": check_anti,
    "attends_without_copying": check_no_copying,
    "gates": check_gate,
    "carries": check_carries,
    "mover": check_mover,
    "uniform": check_uniform,
}
