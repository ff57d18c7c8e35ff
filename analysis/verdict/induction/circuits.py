"""The circuits of the heads that were found: all edges to first order, the best cut for real."""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from analysis.causal.score_sources import sources_of
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt
from analysis.values import HeadId
from analysis.values.work import Work, part
from analysis.verdict import chance
from analysis.verdict.induction.edges import Edge, Worth, edge_worth
from analysis.verdict.induction.purse import Purse
from analysis.verdict.induction.removing import Heads, cut, remove, without
from analysis.verdict.measured import Measured, mean_of
from analysis.verdict.trials.trial import Trial
from analysis.verdict.wording.facts import EFFECT, Answer, Circuit, HeadFacts
from analysis.verdict.wording.words import elsewhere, matters, trace

LATER = 16
"""Heads whose edges are asked, those with the largest share first."""
EACH = 12
"""Edges of one head that are cut."""
MOST = 32
"""Edges that are cut in all."""
HELPERS = 4
"""Heads that feed those, whose own edges are asked."""
EXPLAINED = 4
"""Heads whose scores are told by source."""
LEAST, PART = 0.05, 0.1
"""Logits, and the part of the head's best edge: what an edge must be worth to first order to be cut."""
LOOKING = 0.25
"""An edge without which this part of a head's attention by content is gone is how the head finds its place."""


def find(
    model: Model, trial: Trial, found: Answer, purse: Purse
) -> Work[tuple[Circuit, ...]]:
    """The edges that cost at least EFFECT when they are cut (alone, with the same edge into other heads, or with the
    others gone), or without which a head does not find its place; the costliest first."""
    later = _later(found)
    worth = yield from part(edge_worth(model, trial, {facts.head: facts.places for facts in later}), 0.0, 0.4)
    best = [edge for facts in later for edge in _best(facts, worth)]
    most = min(MOST, purse.most(trial, 0.06))
    best = sorted(best, key=lambda edge: -abs(float(worth[edge].margin.mean())))[:most]
    circuits = yield from part(_verified(model, trial, found, worth, best), 0.4, 0.8)
    # What feeds the heads that feed them: a gradient through a saturated head says nothing there.
    asked = {facts.head for facts in later}
    helpers = list(dict.fromkeys(one.earlier for one in circuits if one.earlier not in asked and one.earlier.layer > 0))
    helping = yield from part(edge_worth(model, trial, dict.fromkeys(helpers[:HELPERS], ())), 0.8, 0.9)
    best = sorted((edge for edge in helping if float(helping[edge].output.mean()) >= LOOKING),
                  key=lambda edge: -float(helping[edge].output.mean()))[: min(most, 4 * HELPERS)]  # fmt: skip
    circuits += yield from part(_verified(model, trial, found, helping, best), 0.9, 0.95)
    explained = later[: EXPLAINED if most >= MOST else 1]
    circuits = yield from part(_read(model, trial, explained, circuits), 0.95, 1.0)
    return tuple(sorted(circuits, key=lambda one: -size(one)))


def _read(
    model: Model, trial: Trial, explained: Sequence[HeadFacts], circuits: Sequence[Circuit]
) -> Work[list[Circuit]]:
    """The circuits of these heads with how much of their score the earlier head wrote."""
    few, shares = trial[: chance.MINIMUM], dict[tuple[HeadId, str, HeadId], float]()
    prompt = Prompt(few.ordered, few.context, few.words)
    for number, facts in enumerate(explained):
        if not facts.places:
            continue
        queries, keys = _pairs(few, facts.places[0])
        work = part(sources_of(model, prompt, facts.head, queries, keys), number / len(explained), 1.0)
        sources = yield from work
        for into, named, values in (("q", sources.query_sources, sources.query_shares),
                                    ("k", sources.key_sources, sources.key_shares)):  # fmt: skip
            shares |= {(facts.head, into, one.head): float(share) for one, share in zip(named, values, strict=True)
                       if one.head is not None}  # fmt: skip
    return [replace(one, reads=shares.get((one.later, one.into, one.earlier), math.nan)) for one in circuits]


def _pairs(trial: Trial, offset: int) -> tuple[Tensor, Tensor]:
    """(queries, keys) [samples, tokens]: the last copy, and so far past the earlier occurrence; −1: none."""
    every, exists = trial.places(torch.tensor([offset]))
    keys, there = every[:, -1, :, 0], exists[:, -1, :, 0]
    places = torch.arange(keys.shape[1]).expand_as(keys)
    return torch.where(there, places, -1), torch.where(there, keys, -1)


def _verified(
    model: Model, trial: Trial, found: Answer, worth: dict[Edge, Worth], best: Sequence[Edge]
) -> Work[list[Circuit]]:
    """These edges cut for real, those that hold."""
    if not best:
        return []
    cuts = yield from _cut(model, trial, found, best)
    made = []
    for edge in best:
        alone, both, single = cuts[edge]
        sizes = float(worth[edge].margin.mean()), float(worth[edge].share.mean())
        made.append(Circuit(edge.later, edge.into, edge.earlier, alone, both, single, *sizes))
    return [one for one in made if _holds(one, found)]


def size(circuit: Circuit) -> float:
    """The largest of its effects."""
    return max(abs(one.value) for one in (circuit.effect, circuit.together, circuit.single))


def _later(found: Answer) -> list[HeadFacts]:
    """Heads that look by content, anywhere, and those without which copying suffers."""
    looking = [one for one in found.heads.values() if one.head.layer > 0 and one.places
               and (trace(one) or elsewhere(one))]  # fmt: skip
    others = [one for one in found.heads.values() if one.head.layer > 0 and one not in looking and matters(one.effect)]
    looking.sort(key=lambda one: -one.share.value)
    return [*looking, *others][:LATER]


def _best(facts: HeadFacts, worth: dict[Edge, Worth]) -> list[Edge]:
    """The edges of a head that are worth a cut, by margin or by attention."""
    own = [edge for edge in worth if edge.later == facts.head]
    margin = {edge: abs(float(worth[edge].margin.mean())) for edge in own}
    least = max(LEAST, PART * max(margin.values(), default=0.0))
    looks = _looks(facts)
    kept = [edge for edge in own if margin[edge] >= least or float(worth[edge].share.mean()) >= LOOKING * looks]
    return sorted(kept, key=lambda edge: -margin[edge])[:EACH]


def _looks(facts: HeadFacts) -> float:
    """Its attention by content, wherever it goes."""
    return max(facts.share.value, facts.before, facts.duplicate.value, 0.05)


Cuts = dict[Edge, tuple[Measured, Measured, Measured]]


def _cut(model: Model, trial: Trial, found: Answer, best: Sequence[Edge]) -> Work[Cuts]:
    """(alone, together, single) of every edge."""
    shared: dict[tuple[HeadId, str], list[Edge]] = {}
    for edge in best:
        shared.setdefault((edge.earlier, edge.into), []).append(edge)
    several = {key: edges for key, edges in shared.items() if len(edges) > 1}
    experiments = [*(cut([edge]) for edge in best), *(cut(edges) for edges in several.values())]
    lost = (yield from part(remove(model, trial, experiments), 0.0, 0.5)).told
    q = chance.adjusted(chance.one_sided(lost[: len(best)].T))
    alone = {edge: mean_of(lost[number], q=float(q[number])) for number, edge in enumerate(best)}
    both = {key: mean_of(values) for key, values in zip(several, lost[len(best) :], strict=True)}
    # Where others stand in for the head, the loss says nothing of its edges until they are gone.
    hidden = [edge for edge in best if abs(alone[edge].value) < EFFECT and _others(found, edge.later)]
    single = yield from part(_single(model, trial, found, hidden), 0.5, 1.0)
    return {edge: (own, both.get((edge.earlier, edge.into), own), single.get(edge, own)) for edge, own in alone.items()}


def _single(model: Model, trial: Trial, found: Answer, hidden: Sequence[Edge]) -> Work[dict[Edge, Measured]]:
    """What these edges cost when all other heads of the group are gone."""
    if not hidden:
        return {}
    others = {edge.later: _others(found, edge.later) for edge in hidden}
    how = found.groups[0].how
    bare = [without(heads, how) for heads in others.values()]
    cuts = [cut([edge], others[edge.later], how) for edge in hidden]
    lost = (yield from remove(model, trial, [*bare, *cuts])).told
    base = dict(zip(others, lost, strict=False))
    return {edge: mean_of(one - base[edge.later]) for edge, one in zip(hidden, lost[len(bare) :], strict=True)}


def _others(found: Answer, head: HeadId) -> Heads:
    """The other heads of its group."""
    for group in found.groups:
        if head in group.heads:
            return tuple(other for other in group.heads if other != head)
    return ()


def _holds(circuit: Circuit, found: Answer) -> bool:
    effects = (circuit.effect, circuit.together, circuit.single)
    if any((one.real and one.value >= EFFECT) or (one.real_below and one.value <= -EFFECT) for one in effects):
        return True
    return circuit.share >= max(LOOKING * _looks(found.heads[circuit.later]), 0.02)
