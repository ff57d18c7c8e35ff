"""Is there induction? Every head on lines that repeat and on lines that do not."""

from dataclasses import dataclass

from analysis.measures.repeats import Repeats, measure
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import StudyInfo
from analysis.values.work import Work


@dataclass(frozen=True)
class RepeatsOptions:
    """How many lines are measured of each trial, and of which data set."""

    n_lines: int
    data: str | None


def run(session: Session, what: RepeatsOptions) -> Work[Repeats]:
    """→ Repeats; raises UserError for a model that reads no handwriting."""
    return measure(session.model, session.prompts, what.n_lines, session.seed)


STUDY = Study(
    StudyInfo(
        "repeats", "The induction trial",
        "Every head on random strokes twice, a word twice and two words, with shuffled second parts as the null.",
        follows_prompt=False,
    ),
    run,
)
