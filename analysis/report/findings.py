"""Computes everything that a report says, as one value; words, tables and pictures are made from it elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from analysis.measures.composition import Composition
from analysis.measures.patterns import head_pattern
from analysis.model.transformer import forward
from analysis.report.cross_attention import Readers, gather_readers
from analysis.session.session import Session
from analysis.values import Called, FloatArray, HeadId, ModelFacts, ScoreTable, UserError
from analysis.values.work import Work, part
from analysis.verdict.induction.circuits import size
from analysis.verdict.variants import Published
from analysis.verdict.wording.facts import Answer

SHOWN, FEEDERS = 3, 2
"""Patterns of at most so many heads that copy, and of so many that feed them."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What was found in one checkpoint."""

    facts: ModelFacts
    seed: int
    samples: int
    answer: Answer
    published: Published
    scores: ScoreTable
    composition: Composition
    patterns: dict[HeadId, FloatArray]
    """Attention in the first sample of plain repeats, [T, T] each."""
    readers: Readers | None
    """None if the model reads no letters or no handwriting data set is open."""

    @property
    def heads(self) -> tuple[HeadId, ...]:
        return self.facts.heads

    @property
    def notes(self) -> dict[HeadId, tuple[str, ...]]:
        """What stays open about each head."""
        return {head: one.notes for head, one in self.answer.heads.items()}

    def called(self, head: HeadId) -> str:
        """What a head is called, of either kind."""
        if self.readers and head in self.readers.heads:
            return str(self.readers.heads[head].verdict)
        one = self.answer.heads.get(head)
        return str(Called(one.words, one.confirmed)) if one else "–"


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
    answer: Answer = yield from part(session.complete("answer"), 0.2, 0.8)
    published: Published = yield from part(session.complete("published"), 0.8, 0.85)
    readers = yield from part(gather_readers(session), 0.85, 0.98)
    patterns = yield from part(_patterns(session, shown(answer)), 0.98, 1.0)
    return Findings(session.loaded.facts, answer.seed, answer.samples, answer, published, scores, composition,
                    patterns, readers)  # fmt: skip


def shown(found: Answer) -> list[HeadId]:
    """The heads that copy most, and those that they read to do so; where none copies, those that look by content."""
    copying = [facts.head for facts in found.called("induction")][:SHOWN]
    feeding = dict.fromkeys(
        one.earlier for one in sorted(found.circuits, key=size, reverse=True) if one.later in copying
    )
    heads = [*copying, *[head for head in feeding if head not in copying][:FEEDERS]]
    return heads or [max(found.heads.values(), key=lambda facts: facts.share.value).head]


def _patterns(session: Session, heads: Sequence[HeadId]) -> Work[dict[HeadId, FloatArray]]:
    prompt = session.scoring_prompt()[:1]
    run = yield from forward(session.model, prompt.tokens, prompt.context)
    patterns = {head: head_pattern(session.model, run.layers[head.layer, head.kind], head, 0) for head in heads}
    return {head: pattern.float().cpu().numpy() for head, pattern in patterns.items()}
