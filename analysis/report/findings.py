"""Computes everything that a report says, as one value; words, tables and pictures are made from it elsewhere."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from analysis.causal.effects import Effects, effects
from analysis.causal.interventions import Cut, Experiment, Into
from analysis.measures.composition import Composition
from analysis.measures.patterns import head_pattern
from analysis.model.transformer import forward
from analysis.report.cross_attention import Readers, gather_readers
from analysis.session.head_case import case, peers
from analysis.session.session import Session
from analysis.values import FloatArray, HeadId, ModelFacts, ScoreTable, UserError
from analysis.values.work import Work, part
from analysis.verdict import chance
from analysis.verdict.ablation import ablation_effect, without
from analysis.verdict.evidence import Evidence, mean_of
from analysis.verdict.verdict import PARTNER, AblationEffect, Case, Measured, Verdict, judge, kinds

SOURCES = 6
"""Edges of at most so many earlier heads are cut."""
INTO: tuple[Into, ...] = ("k", "q")
SHOWN = 4
"""Patterns of at most so many heads are drawn."""


@dataclass(frozen=True)
class Circuit:
    """An earlier head, the induction heads whose keys it feeds, and what cutting these edges does."""

    earlier: HeadId
    later: tuple[HeadId, ...]
    z: tuple[float, ...]
    """K-composition of each."""
    cut_k: Measured
    """Change of the second copy's loss in nats when the output of `earlier` is left out of all their keys."""
    cut_q: Measured
    """The same for their queries, as a control: induction does not need this input."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What was found in one checkpoint."""

    facts: ModelFacts
    seed: int
    samples: int
    evidence: Evidence
    scores: ScoreTable
    composition: Composition
    ablations: Effects
    """Each head alone, in the model's order; last, if there are several, all induction heads at once."""
    cases: dict[HeadId, Case]
    verdicts: dict[HeadId, Verdict]
    removals: dict[HeadId, AblationEffect]
    """Of all heads, cross-attention included."""
    q: dict[HeadId, float]
    """False-discovery rate of each head's ablation over all heads, against no change of the second copy's loss."""
    circuits: tuple[Circuit, ...]
    patterns: dict[HeadId, FloatArray]
    """Attention in the first sample, [T, T] each."""
    readers: Readers | None
    """None if the model reads no letters or no handwriting data set is open."""

    @property
    def heads(self) -> tuple[HeadId, ...]:
        return self.facts.heads

    def called(self, word: str) -> list[HeadId]:
        """The heads whose attention says this word, the largest share first."""
        found = [head for head, one in self.cases.items() if word in kinds(one.shares)]
        return sorted(found, key=lambda head: -share_of(self.cases[head], word).value)

    @property
    def together(self) -> Measured | None:
        """Change of the second copy's loss without all induction heads; None if there are fewer than two."""
        if len(self.ablations.experiments) == len(self.heads):
            return None
        return mean_of(self.ablations.change[-1])


def share_of(known: Case, word: str) -> Measured:
    shares = known.shares
    every = {"induction": shares.induction, "previous-token": shares.previous, "duplicate": shares.duplicate}
    return every.get(word, shares.sink)


@torch.no_grad()
def gather(session: Session) -> Work[Findings]:
    """Collect what the session knows and compute the rest; raises UserError."""
    if session.loaded.facts.weights_only:
        raise UserError(session.loaded.facts.weights_only)
    yield from part(session.complete("loading"), 0.0, 0.05)
    composition: Composition = yield from part(session.complete("composition"), 0.05, 0.1)
    scores: ScoreTable = yield from part(session.complete("scores"), 0.1, 0.2)
    if scores.problems:
        raise UserError("; ".join(scores.problems))
    evidence: Evidence = yield from part(session.complete("evidence"), 0.2, 0.3)
    heads = session.model.heads
    group = next((same for head in evidence.heads if (same := peers(evidence, head))), ())
    sets = [*((head,) for head in heads), *([group] if group else [])]
    ablations = yield from part(_effects(session, [without(one) for one in sets]), 0.3, 0.8)
    removals = {head: _removal(ablations, number, head, group, len(heads)) for number, head in enumerate(heads)}
    cases = {head: case(session, head, evidence, removals[head]) for head in evidence.heads}
    circuits = yield from part(_circuits(session, composition, cases), 0.8, 0.9)
    readers = yield from part(gather_readers(session), 0.9, 0.98)
    verdicts = {head: judge(one) for head, one in cases.items()}
    q = dict(zip(heads, chance.changes(ablations.change[: len(heads)].T).q.tolist(), strict=True))
    found = Findings(session.loaded.facts, session.seed, session.samples, evidence, scores, composition, ablations,
                     cases, verdicts, removals, q, circuits, {}, readers)
    shown = [*found.called("induction")[: SHOWN - 1], *found.called("previous-token")[:1]]
    found.patterns.update((yield from part(_patterns(session, shown or [heads[0]]), 0.98, 1.0)))
    return found


def _effects(session: Session, experiments: Sequence[Experiment]) -> Work[Effects]:
    return effects(session.model, session.scoring_prompt(), experiments)


def _removal(
    found: Effects, number: int, head: HeadId, group: tuple[HeadId, ...], family: int
) -> AblationEffect:
    together, peers = (len(found.experiments) - 1, len(group)) if head in group else (None, 1)
    return ablation_effect(found, number, together, peers, family)


def _circuits(session: Session, composition: Composition, cases: dict[HeadId, Case]) -> Work[tuple[Circuit, ...]]:
    """The earlier heads with the highest K-composition z into induction heads, with the K cut and the Q cut."""
    place = {head: number for number, head in enumerate(composition.heads)}
    induction = [head for head, one in cases.items() if "induction" in kinds(one.shares)]
    feeds: dict[HeadId, dict[HeadId, float]] = {}
    for head in induction:
        for earlier in cases:
            z = float(composition.z["k"][place[earlier], place[head]])
            if PARTNER <= z < math.inf:  # Undefined pairs are NaN.
                feeds.setdefault(earlier, {})[head] = z
    best = sorted(feeds, key=lambda head: -max(feeds[head].values()))[:SOURCES]
    experiments = [Experiment(tuple(Cut(head, later, into) for later in feeds[head])) for head in best for into in INTO]
    if not experiments:
        return ()
    found = yield from _effects(session, experiments)
    changes = iter(map(mean_of, found.change))
    return tuple(Circuit(head, tuple(feeds[head]), tuple(feeds[head].values()), next(changes), next(changes))
                 for head in best)


def _patterns(session: Session, heads: Sequence[HeadId]) -> Work[dict[HeadId, FloatArray]]:
    prompt = session.scoring_prompt()[:1]
    run = yield from forward(session.model, prompt.tokens, prompt.context)
    patterns = {head: head_pattern(session.model, run.layers[head.layer, head.kind], head, 0) for head in heads}
    return {head: pattern.float().cpu().numpy() for head, pattern in patterns.items()}
