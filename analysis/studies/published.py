"""The induction score of every head as others publish it, on the plain twofold repeat of the scores."""

from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import StudyInfo
from analysis.values.work import Work
from analysis.verdict.variants import Published, measure_published


def run(session: Session, what: None) -> Work[Published]:
    """→ Published, with the session's seed and samples."""
    return measure_published(session.model, session.scoring_prompt())


STUDY = Study(StudyInfo("published", "Published scores", "Induction by other definitions", follows_prompt=False), run)
