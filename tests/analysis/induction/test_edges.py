"""Edges and removals, against passes in which something is left out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.causal.clean import clean_run
from analysis.causal.parts import Reader, passed
from analysis.model.transformer import forward
from analysis.prompts.prompt import Prompt
from analysis.values import HeadId
from analysis.values.work import finish
from analysis.verdict.induction.edges import Edge, carried, edge_worth
from analysis.verdict.induction.removing import cut, remove, together, without
from analysis.verdict.trials.trial import Asked, rotated

from ..handmade import CROSSED, SMALL, induction_model, random_model
from .test_writing import margin_written_out, trial_of


def test_that_what_heads_wrote_adds_up_with_the_rest_to_what_a_later_layer_reads() -> None:
    """Without norms the sum over all earlier heads' writes beyond their means is what the stream has of them."""
    model = random_model(replace(SMALL, norm="none", d_mlp=0), biases=False)
    trial = trial_of(model)
    with torch.no_grad():
        clean = finish(clean_run(model, Prompt(trial.ordered, None, "")))
        written = sum(carried(clean, HeadId(layer, h), 2) for layer in range(2) for h in range(4))
        stream = clean.streams[2] - clean.streams[0]
    assert isinstance(written, torch.Tensor)
    torch.testing.assert_close(written, stream - stream.mean((0, 1)), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("place", ["before", "around", "after", "parallel"])
def test_that_a_write_reaches_the_keys_as_another_way_of_taking_the_score_apart_says(place: str) -> None:
    changes = {"parallel": {"parallel": True}, "after": {"norm_place": place, "final_norm": False}}
    model = random_model(replace(SMALL, **changes.get(place, {"norm_place": place})))  # type: ignore[arg-type]
    trial, earlier, later = trial_of(model), HeadId(1, 1), HeadId(2, 0)
    prompt = Prompt(trial.ordered, None, "")
    with torch.no_grad():
        clean, made = finish(clean_run(model, prompt)), finish(passed(model, prompt, 2))
        for kept in (clean.layers[1, "self"], made.layers[1, "self"]):
            assert kept.z is not None
            kept.z = kept.z - kept.z.mean((0, 2), keepdim=True)  # the mean is no part of what is carried
        keys = carried(clean, earlier, 2) @ model.head(later).W_K
        reader = Reader(model, later, "k")
        source = next(one for one in reader.sources if one.head == earlier)
        for sample in range(len(trial)):
            torch.testing.assert_close(keys[sample], reader.part(made, sample, source), atol=1e-5, rtol=1e-4)


def test_that_an_edge_into_the_values_is_worth_what_its_cut_costs_where_all_is_linear() -> None:
    """Without norms, and with nothing after the later head, the margin is linear in its values."""
    model = random_model(replace(SMALL, norm="none", d_mlp=0), spread=0.3)
    trial, later, earlier = trial_of(model), HeadId(2, 3), HeadId(0, 2)
    worth = finish(edge_worth(model, trial, {later: (1,)}))[Edge(later, "v", earlier)]

    def changed(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
        if (site, layer) == ("v", 2):
            tensor = tensor.clone()
            tensor[:, 3] -= missing @ model.head(later).W_V
        return tensor

    with torch.no_grad():
        clean = finish(clean_run(model, Prompt(trial.ordered, None, "")))
        missing = carried(clean, earlier, 2)
        before = margin_written_out(trial, finish(forward(model, trial.ordered)).logits)
        after = margin_written_out(trial, finish(forward(model, trial.ordered, edit=changed)).logits)
    np.testing.assert_allclose(worth.margin, before - after, atol=1e-4)
    assert np.abs(worth.share).max() < 1e-7  # values do not steer


def test_that_the_edge_of_a_textbook_circuit_holds_all_of_the_share_and_all_of_the_copying() -> None:
    model = induction_model()
    trial = rotated(model, Asked(), 24, 8, seed=0)
    worth = finish(edge_worth(model, trial, {HeadId(1, 0): (1,)}))
    keys = worth[Edge(HeadId(1, 0), "k", HeadId(0, 0))]
    assert keys.share.mean() > 0.9
    assert keys.margin.mean() > 8
    others = [one for edge, one in worth.items() if edge != Edge(HeadId(1, 0), "k", HeadId(0, 0))]
    assert max(float(np.abs(one.margin).mean()) for one in others) < 0.1
    lost = finish(remove(model, trial, [cut([Edge(HeadId(1, 0), "k", HeadId(0, 0))]), without((HeadId(1, 0),))]))
    np.testing.assert_allclose(lost.told[0], lost.told[1], atol=0.2)
    assert lost.told[0].mean() > 3


@pytest.mark.parametrize("how", ["mean", "zero"])
def test_that_a_removal_costs_what_a_pass_with_the_output_replaced_by_hand_does(how: str) -> None:
    model = random_model(SMALL)
    trial, head = trial_of(model, 5), HeadId(1, 3)
    with torch.no_grad():
        kept = finish(forward(model, trial.ordered, keep_values=True)).layers[1, "self"].z
    assert kept is not None
    value = kept[:, 3].mean((0, 1)) if how == "mean" else torch.zeros(kept.shape[-1])

    def put(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
        if (site, layer) == ("z", 1):
            tensor = tensor.clone()
            tensor[:, 3] = value
        return tensor

    with torch.no_grad():
        before, after = (finish(finish(forward(model, trial.ordered, edit=edit)).losses()) for edit in (None, put))
    lost = finish(remove(model, trial, [without((head,), how)]))  # type: ignore[arg-type]
    expected = [float((after - before)[n][trial.told[n, :-1]].mean()) for n in range(5)]
    np.testing.assert_allclose(lost.told[0], expected, atol=1e-5)
    first = [float((after - before)[n][:9].mean()) for n in range(5)]
    np.testing.assert_allclose(lost.first[0], first, atol=1e-5)


def test_that_an_edge_cut_to_the_mean_takes_away_what_is_said_beyond_it() -> None:
    """Without norms the values are linear in the write, so they can be changed by hand. (What all keys have in common
    would fall out of the softmax.)"""
    model = random_model(replace(SMALL, norm="none", d_mlp=0), spread=0.3)
    trial, later, earlier = trial_of(model), HeadId(2, 3), HeadId(0, 2)
    with torch.no_grad():
        missing = carried(finish(clean_run(model, Prompt(trial.ordered, None, ""))), earlier, 2)

    def changed(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
        if (site, layer) == ("v", 2):
            tensor = tensor.clone()
            tensor[:, 3] -= missing @ model.head(later).W_V
        return tensor

    with torch.no_grad():
        before, after = (finish(finish(forward(model, trial.ordered, edit=edit)).losses()) for edit in (None, changed))
    lost = finish(remove(model, trial, [cut([Edge(later, "v", earlier)])]))
    expected = [float((after - before)[n][trial.told[n, :-1]].mean()) for n in range(len(trial))]
    assert np.abs(expected).max() > 1e-4
    np.testing.assert_allclose(lost.told[0], expected, atol=1e-5)


def test_that_an_edge_cut_to_the_mean_changes_nothing_where_the_write_is_always_the_same() -> None:
    model = induction_model()  # L0H1 attends evenly and writes nothing
    trial = rotated(model, Asked(), 12, 8, seed=0)
    lost = finish(remove(model, trial, [cut([Edge(HeadId(1, 0), "k", HeadId(0, 1))])]))
    assert np.abs(lost.told).max() < 1e-5


def test_that_shapley_values_add_up_to_what_all_cost_and_greedy_ends_there_too() -> None:
    model = random_model(SMALL, spread=0.4)
    trial = trial_of(model, 8)
    heads = (HeadId(0, 0), HeadId(1, 1), HeadId(2, 2))
    found = finish(together(model, trial, heads, orders=12, seed=1))
    assert float(found.shapley.sum()) == pytest.approx(float(found.joint.mean()), abs=1e-4)
    assert float(found.curve[-1]) == pytest.approx(float(found.joint.mean()), abs=1e-4)
    assert set(found.order) == set(heads)
    alone = finish(remove(model, trial, [without((head,)) for head in heads])).told
    np.testing.assert_allclose(found.alone.told, alone, atol=1e-5)
    assert found.order[0] == heads[int(alone.mean(1).argmax())]
    others = [tuple(other for other in heads if other != head) for head in heads]
    left = finish(remove(model, trial, [without(heads), *map(without, others)])).told
    np.testing.assert_allclose(found.kept, left[0] - left[1:], atol=1e-5)


def test_that_a_model_with_cross_attention_can_be_asked_for_edges() -> None:
    model = random_model(CROSSED)
    trial = rotated(model, Asked(), 10, 4, seed=0)
    worth = finish(edge_worth(model, trial, {HeadId(2, 0): (1,)}))
    assert Edge(HeadId(2, 0), "k", HeadId(0, 1, "cross")) in worth
    assert all(np.isfinite(one.margin).all() for one in worth.values())
