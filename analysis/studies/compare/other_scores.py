"""The scores of the second checkpoint's heads, on the prompts that the open model's are measured on."""

from analysis.loading.certificate import fetch_weights
from analysis.measures.scoring import Scoring
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import ScoreTable, StudyInfo
from analysis.values.work import Work, part

OPENING = 0.2
"""The share of the work that is opening the checkpoint and fetching its weights."""


def run(session: Session, what: str) -> Work[ScoreTable]:
    """`what` is the checkpoint's path."""
    there = yield from part(session.other(what), 0.0, OPENING / 2)
    if not there.model.weights.limited:
        yield from part(fetch_weights(there.model), OPENING / 2, OPENING)
    scoring = Scoring(there.model, there.scores, there.prompts, session.seed, session.samples)
    return (yield from part(scoring.run(), OPENING, 1.0))


STUDY = Study(StudyInfo("other_scores", "Scoring the second checkpoint", follows_prompt=False), run)
