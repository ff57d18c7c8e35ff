"""Every head ablated alone."""

from analysis.causal.effects import Effects, effects
from analysis.causal.interventions import How, ablations
from analysis.session.session import Session
from analysis.studies import Study
from analysis.studies.effects._samples import some_samples
from analysis.values import StudyInfo
from analysis.values.work import Work


def run(session: Session, what: tuple[How, bool]) -> Work[Effects]:
    """(how, patterns frozen) → Effects of one ablation a head, in the model's order."""
    how, frozen = what
    return effects(session.model, some_samples(session), ablations(session.model, how, frozen))


STUDY = Study(StudyInfo("ablations", "Ablating every head", "What the loss does without each head."), run)
