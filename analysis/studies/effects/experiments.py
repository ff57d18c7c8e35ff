"""A few changes, each made in a pass of its own: one head ablated, some edges cut."""

from analysis.causal.effects import Effects, effects
from analysis.causal.interventions import Experiment
from analysis.session.session import Session
from analysis.studies import Study
from analysis.studies.effects._samples import some_samples
from analysis.values import StudyInfo
from analysis.values.work import Work


def run(session: Session, what: tuple[Experiment, ...]) -> Work[Effects]:
    """Experiments → their Effects."""
    return effects(session.model, some_samples(session), what)


STUDY = Study(StudyInfo("experiments", "The changed run", "What the loss does when heads or edges are taken out."), run)
