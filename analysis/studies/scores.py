"""The scores of every head."""

from analysis.measures.scoring import Scoring
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import ScoreTable, StudyInfo, UserError
from analysis.values.work import Work


def run(session: Session, what: None) -> Work[ScoreTable]:
    """→ the table of all scores; raises UserError at once for a model that cannot be run."""
    model = session.model
    if session.loaded.facts.weights_only:
        raise UserError(session.loaded.facts.weights_only)
    return Scoring(model, session.scores, session.prompts, session.seed, session.samples).run()


STUDY = Study(
    StudyInfo("scores", "Scoring", follows_prompt=False, waiting="The heads are being scored."), run,
    problem=lambda found: "; ".join(found.problems), every_model=True,
)
