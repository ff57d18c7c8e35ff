"""How strongly every pair of heads composes."""

from analysis.measures.composition import Composition, compose, factor_bytes
from analysis.model import devices
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import StudyInfo, UserError
from analysis.values.work import Work


def run(session: Session, what: str | None) -> Work[Composition]:
    """None or "folded" → Composition of raw weights, or with the norms' gains.

    Raises UserError where the factors of all heads do not fit into memory.
    """
    needed, free = factor_bytes(session.model), devices.free_memory(session.device)
    if session.model.weights.limited and needed > free / 2:
        raise UserError(
            f"Composition of all pairs takes {needed / 2**30:.1f} GB at once and {free / 2**30:.1f} GB are free."
        )
    return (yield from compose(session.model, folded=what == "folded"))


STUDY = Study(StudyInfo("composition", "Composition", follows_prompt=False), run, every_model=True)
