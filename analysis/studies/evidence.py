"""What every head attends to in the second copy, and by chance: what its verdict rests on."""

from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import HeadId, StudyInfo, Word
from analysis.values.work import Work
from analysis.verdict.evidence import Evidence, gather
from analysis.verdict.verdict import word_of


def run(session: Session, what: None) -> Work[Evidence]:
    """→ Evidence, on the prompt of the induction score with the session's seed and samples."""
    return gather(session.model, session.scoring_prompt(), session.seed)


def words(found: Evidence) -> dict[HeadId, Word]:
    return {head: word_of(shares) for head, shares in found.by_head.items()}


STUDY = Study(
    StudyInfo("evidence", "Evidence", "Attention in the second copy, and by chance", follows_prompt=False), run, words
)
