"""Every head ablated alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.causal.effects import Progress, effects
from analysis.causal.interventions import How, ablations
from analysis.studies import Study
from analysis.studies._samples import some_samples
from analysis.values import StudyInfo

if TYPE_CHECKING:
    from analysis.session.session import Session


def run(session: Session, what: tuple[How, bool]) -> Progress:
    """(how, patterns frozen) → Effects of one ablation a head, in the model's order."""
    how, frozen = what
    return (yield from effects(session.model, some_samples(session), ablations(session.model, how, frozen)))


STUDY = Study(StudyInfo("ablations", "Ablating every head", "What the loss does without each head."), run)
