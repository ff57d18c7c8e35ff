"""A few sets of heads, each ablated at once, on the prompt that verdicts rest on."""

from analysis.causal.effects import Effects
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import HeadId, StudyInfo
from analysis.values.work import Work
from analysis.verdict.ablation import ablate_sets


def run(session: Session, what: tuple[tuple[HeadId, ...], ...]) -> Work[Effects]:
    """Sets of heads → Effects, one experiment a set."""
    return ablate_sets(session.model, session.scoring_prompt(), what)


STUDY = Study(
    StudyInfo("ablation", "Ablation", "The loss on both copies without the head, and all of its kind", False), run
)
