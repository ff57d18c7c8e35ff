"""A few changes, each made in a pass of its own: one head ablated, some edges cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..causal.effects import Progress, effects
from ..causal.interventions import Experiment
from ..registry import Study
from ..values import StudyInfo
from ._samples import some_samples

if TYPE_CHECKING:
    from ..session import Session


def run(session: Session, what: tuple[Experiment, ...]) -> Progress:
    """Experiments → their Effects."""
    return (yield from effects(session.model, some_samples(session), what))


STUDY = Study(StudyInfo("experiments", "The changed run", "What the loss does when heads or edges are taken out."), run)
