"""What every head adds to the logit of the right next token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..causal.attribution import attribute
from ..registry import Study, Work
from ..values import StudyInfo
from ._samples import some_samples

if TYPE_CHECKING:
    from ..session import Session


def run(session: Session, what: None) -> Work:
    """→ Attribution of all heads."""
    return (yield from attribute(session.model, some_samples(session)))


STUDY = Study(StudyInfo("attribution", "Attribution", "What each head adds to the right next token's logit."), run)
