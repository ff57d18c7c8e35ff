"""What the verdict on cross-attention rests on: how all of it walks through words, and what the loss does without a
head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.measures.scores.reading._lines import LINES
from analysis.studies import Study, Work
from analysis.values import HeadId, StudyInfo, Word
from analysis.values.work import told, untold
from analysis.verdict.ablation import remove
from analysis.verdict.cross_attention import Reading, gather_reading, reads, with_control, without_reading
from analysis.verdict.verdict import Removal

if TYPE_CHECKING:
    from analysis.session.session import Session


def run(session: Session, what: tuple[str | None, HeadId | None]) -> Work:
    """(the data set in force, None) → Reading; (…, head) → Removal of that head."""
    both = with_control(session.prompts[LINES.source].make(session.model, LINES))
    if what[1] is None:
        return (yield from told(gather_reading(session.model, both)))
    found = yield from told(untold(remove(session.model, both, [(what[1],)])))
    return without_reading(both, found)


def words(found: Reading | Removal) -> dict[HeadId, Word]:
    walks = found.walks if isinstance(found, Reading) else {}
    return {head: "reader" if reads(walk) else "none" for head, walk in walks.items()}


STUDY = Study(
    StudyInfo("reading", "Reading", "Cross-attention on real lines and beside another text", False), run, words
)
