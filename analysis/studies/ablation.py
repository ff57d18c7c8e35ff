"""A few sets of heads, each ablated at once, on the prompt that verdicts rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.causal.effects import Progress
from analysis.studies import Study
from analysis.values import HeadId, StudyInfo
from analysis.verdict.ablation import remove

if TYPE_CHECKING:
    from analysis.session.session import Session


def run(session: Session, what: tuple[tuple[HeadId, ...], ...]) -> Progress:
    """Sets of heads → Effects, one experiment a set."""
    return remove(session.model, session.scoring_prompt(), what)


STUDY = Study(
    StudyInfo("removal", "Ablation", "The loss on both copies without the head, and all of its kind", False), run
)
