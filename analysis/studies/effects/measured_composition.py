"""How strongly every pair of heads composes on the prompt in force."""

from analysis.causal.measured_composition import MeasuredComposition, measure_composition
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import StudyInfo
from analysis.values.work import Work

SAMPLES = 8
"""The first ones: each is a mean over hundreds of scores already."""


def run(session: Session, what: None) -> Work[MeasuredComposition]:
    """→ MeasuredComposition of all pairs."""
    return measure_composition(session.model, session.prompt[:SAMPLES])


STUDY = Study(
    StudyInfo("measured_composition", "Composition on the prompt", "How much of scores and values each head moves."),
    run,
)
