"""What the verdict on cross-attention rests on: how all of it walks through words, and what the loss does without a
head."""

from analysis.measures.scores.reading._lines import LINES
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import Called, HeadId, StudyInfo
from analysis.values.work import Work, part
from analysis.verdict.cross_attention import (
    AblationEffect,
    ReadingEvidence,
    ablate_readers,
    gather_reading,
    reads,
    with_control,
    without_reading,
)


def run(session: Session, what: tuple[str | None, HeadId | None]) -> Work[ReadingEvidence | AblationEffect]:
    """(the data set in force, None) → ReadingEvidence; (…, head) → AblationEffect of that head."""
    both = with_control(session.prompts[LINES.source].make(session.model, LINES))
    if what[1] is None:
        return (yield from gather_reading(session.model, both))
    found = yield from part(ablate_readers(session.model, both, [what[1]]), 0.0, 1.0)
    return without_reading(both, found, family=sum(head.kind == "cross" for head in session.model.heads))


def words(found: ReadingEvidence | AblationEffect) -> dict[HeadId, Called]:
    walks = found.walks if isinstance(found, ReadingEvidence) else {}
    return {head: Called(("reader" if reads(walk) else "none",)) for head, walk in walks.items()}


STUDY = Study(
    StudyInfo("cross_attention", "Reading", "Cross-attention on real lines and beside another text", False), run, words
)
