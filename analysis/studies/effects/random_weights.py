"""The scores of random weights of the same shapes and norms."""

from analysis.causal.random_weights import MODELS, Null, null_scores
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import StudyInfo
from analysis.values.work import Work


def run(session: Session, what: None) -> Work[Null]:
    """→ for each score its null, [models, layers, heads]."""
    return null_scores(session.model, session.scores, session.prompts, MODELS)


STUDY = Study(
    StudyInfo("random_weights", "Scoring random weights", "What chance gives: every matrix's entries shuffled.", False),
    run,
)
"""It depends on the model alone."""
