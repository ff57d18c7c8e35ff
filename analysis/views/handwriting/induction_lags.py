"""The lag spectrum around a repeat: one head on lines that repeat and on lines that do not."""

import numpy as np

from analysis.figures.curves import Curves, Series
from analysis.measures.repeats import WINDOW
from analysis.session.session import Session
from analysis.values import FloatArray, Selection, Tick, UserError, ViewInfo
from analysis.views import View
from analysis.views.handwriting.induction import LINES, UNFINISHED, repeats


def compute(session: Session, selection: Selection, tick: Tick) -> Curves:
    """Mean attention at every distance near that of the repeat, of the selected self-attention head on every trial."""
    head = selection.head
    session.model.head(head)
    if head.kind == "cross":
        raise UserError(f"{head} attends to the text, where nothing repeats; choose a self-attention head.")
    found, whole = repeats(session, selection)
    at = found.heads.index(head)
    x = np.arange(-WINDOW, WINDOW + 1, dtype=np.float32)
    # k past the counterpart is a distance k shorter.
    lines = [(one, _mean(one.stripes[:, at])[::-1]) for one in found.trials.values()]
    series = tuple(Series(one.title, y, emphasis=one.repeats) for one, y in lines)
    top = max(float(np.nanmax(y)) for _, y in lines)
    return Curves(
        f"{head} around the repeat", x, series, "lag − L", "mean attention",
        note="L: the distance between the two parts; −1 is what followed, 0 the same token"
        + ("" if whole else UNFINISHED),
        y_range=(0.0, 1.05 * top or 1.0),
        marks=((-1.0, "follower"),),
    )


def _mean(stripes: FloatArray) -> FloatArray:
    """[lines, distances] → [distances], over the lines that are long enough; NaN where none is."""
    there = np.isfinite(stripes)
    sums, counts = np.where(there, stripes, 0.0).sum(0), there.sum(0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).astype(np.float32)


VIEW = View(
    ViewInfo(
        "induction_lags", "attention", "Repeats",
        "Mean attention near the distance of a repeat: random strokes and words twice, shuffled, and other words. "
        "An induction head peaks at −1 where the line repeats, and only there.",
        (LINES,),
        frozenset({"head", "repeats", "prompt"}),  # another data set comes with a prompt
        39,
        formula="mean over i of A[i, i − L + k], k from −4 to 4",
    ),
    compute,
)
