"""Every head ablated alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..causal.effects import Progress, effects
from ..causal.interventions import How, ablations
from ..registry import Study
from ..values import StudyInfo
from ._samples import some_samples

if TYPE_CHECKING:
    from ..session import Session


def run(session: Session, what: tuple[How, bool]) -> Progress:
    """(how, patterns frozen) → Effects of one ablation a head, in the model's order."""
    how, frozen = what
    return (yield from effects(session.model, some_samples(session), ablations(session.model, how, frozen)))


STUDY = Study(StudyInfo("ablations", "Ablating every head", "What the loss does without each head."), run)
