"""How much of the prompt studies of effects look at."""

from analysis.prompts.prompt import Prompt
from analysis.session.session import Session

SAMPLES = 16
"""The most samples: enough for an interval, few enough for a mosaic."""


def some_samples(session: Session) -> Prompt:
    """The first samples of the prompt in force."""
    return session.prompt[:SAMPLES]
