"""What the views of effects share: their options, and how sure a number is."""

from typing import cast

import numpy as np

from analysis.causal.effects import Effects
from analysis.causal.interventions import How
from analysis.causal.statistics import mean_there
from analysis.session.session import Session
from analysis.values import BoolArray, FloatArray, Option, Selection
from analysis.verdict.chance import LEVEL, MINIMUM, changes, of_mean

HOW = Option(
    "ablate", "output", "zero", choices=(("zero", "zero"), ("mean", "mean"), ("resample", "resampled")),
    tip="What takes the place of the head's output z: 0, its mean over samples and positions, or the same head's "
    "output in another sample.",
)
KEEP = Option(
    "ablate_patterns", "patterns", "free", choices=(("free", "free"), ("frozen", "frozen")),
    tip="free: later heads recompute their attention. frozen: all attention patterns stay as in the intact model.",
)


def check_runs(session: Session) -> None:
    """Raises UserError for a model that cannot be run, or before there is a prompt."""
    _ = session.model, session.prompt


def wanted(selection: Selection) -> tuple[How, bool]:
    return cast(How, selection.option(HOW.key, HOW.default)), selection.option(KEEP.key, KEEP.default) == "frozen"


def words(how: How, frozen: bool) -> str:
    text = {"zero": "output set to zero", "mean": "output set to its mean", "resample": "output of another sample"}[how]
    return text + (", patterns frozen" if frozen else "")


def significant(values: FloatArray) -> BoolArray:
    """Whose mean over the samples differs from 0, [N, B] → [N], at LEVEL false discoveries among the N."""
    return changes(values.T).found


def faint(values: FloatArray, whole: bool) -> tuple[BoolArray | None, str]:
    """Which cells are drawn faint, and the words that say why; none before all are known."""
    if not whole:
        return None, ""
    if values.shape[1] < MINIMUM:
        return None, f"fewer than {MINIMUM} samples: too few to tell what is significant"
    return ~significant(values), f"hatched: not significant ({LEVEL:.0%} false discoveries over all heads)"


def interval(values: FloatArray) -> str:
    """ "+1.23 [+1.10, +1.31]": the mean of one row [B] and its 95 % interval."""
    low, high = of_mean(values)
    text = f"{float(mean_there(values)):+.2f}"
    return text if np.isnan(low) else f"{text} [{low:+.2f}, {high:+.2f}]"


def remarks(found: Effects) -> str:
    """What happened on the way, as the end of a note."""
    return "".join(f"; {note}" for note in (*found.notes, found.problem) if note)
