"""The scores of the second checkpoint's heads, on the prompts that the open model's are measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.loading.certificate import fetching
from analysis.measures.scoring import Scoring
from analysis.studies import Study, Work
from analysis.values import StudyInfo
from analysis.values.work import stretch, told

if TYPE_CHECKING:
    from analysis.session.session import Session

OPENING = 0.2
"""The share of the work that is opening the checkpoint and fetching its weights."""


def run(session: Session, what: str) -> Work:
    """`what` is the checkpoint's path; the result a ScoreTable."""
    there = yield from told(stretch(session.other(what), 0.0, OPENING / 2))
    if not there.model.weights.limited:
        yield from told(stretch(fetching(there.model), OPENING / 2, OPENING))
    scoring = Scoring(there.model, there.scores, there.prompts, session.seed, session.samples)
    yield from told(stretch(scoring.run(), OPENING, 1.0))
    return scoring.table()


STUDY = Study(StudyInfo("other_scores", "Scoring the second checkpoint", follows_prompt=False), run)
