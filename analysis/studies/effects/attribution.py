"""What every head adds to the logit of the right next token."""

from analysis.causal.attribution import Attribution, attribute
from analysis.session.session import Session
from analysis.studies import Study
from analysis.studies.effects._samples import some_samples
from analysis.values import StudyInfo
from analysis.values.work import Work


def run(session: Session, what: None) -> Work[Attribution]:
    """→ Attribution of all heads."""
    return attribute(session.model, some_samples(session))


STUDY = Study(StudyInfo("attribution", "Attribution", "What each head adds to the right next token's logit."), run)
