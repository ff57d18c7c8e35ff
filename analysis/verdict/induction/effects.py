"""What is lost without the heads that were found: each alone, all together, and who takes over."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch

from analysis.causal.interventions import How
from analysis.model.model import Model
from analysis.values import HeadId
from analysis.values.work import Work, part
from analysis.verdict import chance
from analysis.verdict.induction.attention import content, look
from analysis.verdict.induction.purse import Purse
from analysis.verdict.induction.removing import Heads, Together, remove, together, without
from analysis.verdict.measured import mean_of
from analysis.verdict.trials.trial import Trial
from analysis.verdict.wording.facts import EFFECT, Answer, Effect, Group, HeadFacts
from analysis.verdict.wording.words import PARTIAL, SHARE, by_content, copies

MOST = 24
"""Heads whose removal is asked, the largest first."""
WORTH = 0.1
"""Logits: what a head must be worth to first order to be removed although it does not look by content."""
ORDERS = 4
"""Random orders of removal, of up to 16 heads."""

@dataclass(frozen=True)
class Effects:
    alone: Mapping[HeadId, Effect]
    groups: tuple[Group, ...]
    backups: tuple[HeadId, ...]


def measure_effects(
    model: Model, trial: Trial, found: Answer, worth: Mapping[HeadId, float], purse: Purse, few: int
) -> Work[Effects]:
    """Remove what looks by content or is worth something; then together those that copy, on `few` samples."""
    asked = _asked(found, worth)[: purse.most(trial, 0.15)]
    if not asked:
        return Effects({}, (), ())
    some = trial[: purse.samples(trial, len(asked), 0.15)]
    lost = yield from part(remove(model, some, [without((head,)) for head in asked]), 0.0, 0.4)
    q = chance.adjusted(chance.one_sided(lost.told.T))
    alone = {
        head: Effect(mean_of(lost.told[n], q=float(q[n])), float(lost.first[n].mean()),
                     mean_of(lost.told[n] - lost.first[n]))
        for n, head in enumerate(asked)
    }  # fmt: skip
    copying = tuple(head for head in found.heads if copies(found.heads[head].copying))
    if not copying:
        return Effects(alone, (), ())
    trial = trial[:few]
    some = trial[: purse.samples(trial, 8.0, 0.1)]
    backups = yield from part(_backups(model, some, found, copying), 0.4, 0.5)
    every = (*copying, *backups)
    if len(every) < 2:
        return Effects(alone, (), backups)
    quick = purse.samples(trial, 10.0 * len(every), 0.3) >= len(trial)
    asked_of = trial if quick else trial[: purse.samples(trial, 1.0 + len(every), 0.12)]
    most = len(every) if quick else purse.most(trial, 0.12) // 2
    # A backup wakes when another head is silent; one that says what it says on the average is not.
    how: How = "zero" if backups else "mean"
    work = together(model, asked_of, every, how, most=most, greedy=8 if quick else 0, orders=ORDERS if quick else 0)
    group = yield from part(work, 0.5, 1.0)
    return Effects(_in_group(alone, group, how), (_group(group, found, how),), backups)


def _asked(found: Answer, worth: Mapping[HeadId, float]) -> list[HeadId]:
    """The heads that are removed one by one."""
    looking = [head for head, facts in found.heads.items() if by_content(facts) or copies(facts.copying)]
    looking.sort(key=lambda head: -found.heads[head].share.value)
    others = [head for head in worth if head not in looking
              and (abs(worth[head]) >= WORTH or _feeds(found.heads[head]))]  # fmt: skip
    others.sort(key=lambda head: (not _feeds(found.heads[head]), -abs(worth[head])))
    return [*looking, *others][:MOST]


def _feeds(facts: HeadFacts) -> bool:
    """Whether it does what circuits read, of which a gradient through a saturated head says nothing."""
    return max(facts.previous.value, facts.duplicate.value) >= SHARE


def _in_group(alone: Mapping[HeadId, Effect], group: Together, how: How) -> dict[HeadId, Effect]:
    """The effects of all heads, those of the group with what they bring back in it."""
    found = dict(alone)
    q = chance.adjusted(chance.one_sided(group.alone.told.T))
    for number, head in enumerate(group.heads):
        told, first = group.alone.told[number], group.alone.first[number]
        one = alone.get(head)
        if not np.isfinite(told).all():
            continue  # not asked: too many for what the answer may cost
        if one is None or how == "zero":
            one = Effect(mean_of(told, q=float(q[number])), float(first.mean()), mean_of(told - first))
        found[head] = replace(one, kept=mean_of(group.kept[number]), shapley=float(group.shapley[number]), how=how)
    return found


def _group(group: Together, found: Answer, how: How) -> Group:
    effect, saved = mean_of(group.joint), found.copies.saved
    share = float(np.clip(effect.value / saved, 0.0, 1.0)) if saved >= EFFECT else float("nan")
    each = {head: float(value) for head, value in zip(group.heads, group.shapley, strict=True) if np.isfinite(value)}
    return Group(group.heads, effect, share, sum(found.heads[head].share.value for head in group.heads),
                 group.order, tuple(map(float, group.curve)), each, how)


def _backups(model: Model, trial: Trial, found: Answer, removed: Heads) -> Work[tuple[HeadId, ...]]:
    """Heads that look by content once these write nothing at all, and did so less before."""
    by_layer: dict[int, list[int]] = {}
    for head in removed:
        by_layer.setdefault(head.layer, []).append(head.index)

    def silence(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
        if site == "z" and layer in by_layer:
            tensor = tensor.clone()
            tensor[:, by_layer[layer]] = 0
        return tensor

    looks = yield from look(model, trial, edit=silence)
    shares = content(looks).share
    return tuple(
        head for number, head in enumerate(looks.heads) if head not in removed
        and mean_of(shares[:, number] - found.heads[head].share.value).low > 0
        and float(shares[:, number].mean()) - found.heads[head].share.value >= PARTIAL
    )

