"""What opening a large model has left to do: reading all of its weights, checking them, hashing the file."""

from analysis.loading.opening import check_model
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import ModelFacts, StudyInfo
from analysis.values.work import Work


def run(session: Session, what: None) -> Work[ModelFacts]:
    """→ the model's facts, which are the session's from then on. Raises UserError for a weight that is not finite."""
    loaded = session.loaded
    if not loaded.checked:
        loaded.facts = yield from check_model(loaded)
    return loaded.facts


STUDY = Study(StudyInfo("loading", "Loading", follows_prompt=False), run, every_model=True)
