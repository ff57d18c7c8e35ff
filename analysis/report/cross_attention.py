"""Whether cross-attention heads read the letters of the word that is being written."""

from dataclasses import dataclass

from analysis.measures.scores.reading._lines import LINES, reads_lines
from analysis.session.session import Session
from analysis.values import HeadId
from analysis.values.work import Work, part
from analysis.verdict.cross_attention import (
    AblationEffect,
    ReadingEvidence,
    Verdict,
    ablate_readers,
    judge_reader,
    with_control,
    without_reading,
)
from analysis.verdict.measured import Measured


@dataclass(frozen=True)
class Reader:
    """One cross-attention head: its walk through words, the loss without it, and the verdict."""

    walk: Measured
    removal: AblationEffect
    verdict: Verdict


@dataclass(frozen=True)
class Readers:
    """All cross-attention heads. `gain`: how much more a token costs beside the text of another line, in nats."""

    gain: Measured
    heads: dict[HeadId, Reader]

    @property
    def doubts(self) -> dict[HeadId, tuple[str, ...]]:
        """What stays open about each head."""
        return {head: one.verdict.doubts for head, one in self.heads.items()}

    @property
    def reading(self) -> list[HeadId]:
        """The heads that read, the best walk first."""
        heads = [head for head, one in self.heads.items() if one.verdict.word == "reader"]
        return sorted(heads, key=lambda head: -self.heads[head].walk.value)


def gather_readers(session: Session) -> Work[Readers | None]:
    """Measure and ablate each cross-attention head on real lines; None if there are no letters or no lines."""
    model = session.model
    if not reads_lines(model):
        return None
    known: ReadingEvidence = yield from part(session.complete("cross_attention", (model.data, None)), 0.0, 0.3)
    heads = list(known.walks)
    both = with_control(session.prompts[LINES.source].make(model, LINES))
    found = yield from part(ablate_readers(model, both, heads), 0.3, 1.0)
    removals = {head: without_reading(both, found, number, len(heads)) for number, head in enumerate(heads)}
    return Readers(known.gain, {
        head: Reader(known.walks[head], removals[head], judge_reader(known.walks[head], known.gain, removals[head]))
        for head in heads
    })
