"""The scores of the second checkpoint's heads, on the prompts that the open model's are measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry import Study, Work
from ..scoring import Scoring
from ..values import StudyInfo

if TYPE_CHECKING:
    from ..session import Session


def run(session: Session, what: str) -> Work:
    """`what` is the checkpoint's path; the result a ScoreTable."""
    there = session.other(what)
    scoring = Scoring(there.model, there.scores, there.prompts, session.seed, session.samples)
    for fraction in scoring.run():
        yield fraction, None
    return scoring.table()


STUDY = Study(StudyInfo("other_scores", "Scoring the second checkpoint", follows_prompt=False), run)
