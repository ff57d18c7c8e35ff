"""The rest of a handwriting data set: its first words were read when they were asked for."""

from analysis.handwriting.dataset import read_all
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import StudyInfo
from analysis.values.work import Work


def run(session: Session, what: None) -> Work[int]:
    """→ how many words there are; raises UserError for an item that is malformed or that the model cannot read."""
    model = session.model
    assert model.data is not None
    assert model.vocabulary.codec is not None
    return len((yield from read_all(model.data, model.vocabulary.codec.alphabet)))


STUDY = Study(StudyInfo("handwriting", "Reading handwriting", follows_prompt=False), run, every_model=True)
