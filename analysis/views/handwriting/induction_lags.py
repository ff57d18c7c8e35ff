"""Where one head looks around a token's earlier occurrence: on random strokes and on real words."""

import numpy as np

from analysis.figures.curves import Curves, Series
from analysis.session.session import Session
from analysis.values import FloatArray, NotReady, Selection, Tick, UserError, ViewInfo
from analysis.views import View
from analysis.views.handwriting.induction import LINES, UNFINISHED, check, options

WINDOW = 16
"""Places to either side."""


def compute(session: Session, selection: Selection, tick: Tick) -> Curves:
    """Mean attention above the control at every place near the earlier occurrence, of the selected self-attention
    head."""
    head = selection.head
    session.model.head(head)
    if head.kind == "cross":
        raise UserError(f"{head} attends to the text, where nothing repeats; choose a self-attention head.")
    check(session)
    if not session.study("answer")[1]:
        raise NotReady("Random strokes are being asked for induction.")
    found, whole = session.study("repeats", options(session, selection))
    x = np.arange(-WINDOW, WINDOW + 1)
    asked = [("random strokes", found.random), *([("real words", found.words)] if found.words else [])]
    lines = [(name, _around(one.places.excess[one.places.heads.index(head)], one.places.offsets, x))
             for name, one in asked]  # fmt: skip
    top = max(float(np.nanmax(y)) for _, y in lines)
    bottom = min(float(np.nanmin(y)) for _, y in lines)
    return Curves(
        f"{head} around the earlier occurrence", x.astype(np.float32),
        tuple(Series(name, y, emphasis=True) for name, y in lines), "places past it", "attention above the control",
        note="0 is the earlier occurrence of the query's token, 1 what followed it; controls as in Induction?"
        + ("" if whole else UNFINISHED),
        y_range=(1.05 * min(0.0, bottom), 1.05 * max(0.0, top) or 1.0),
        marks=((1.0, "follower"),),
    )


def _around(excess: FloatArray, offsets: np.ndarray, x: np.ndarray) -> FloatArray:
    """NaN at places that were not asked."""
    asked = dict(zip(offsets.tolist(), excess.tolist(), strict=True))
    return np.array([asked.get(place, np.nan) for place in x.tolist()], np.float32)


VIEW = View(
    ViewInfo(
        "induction_lags", "attention", "Repeats",
        "Mean attention around the earlier occurrence of a token, above the control: on random strokes and on real "
        "words. An induction head peaks at 1, or a few places past it.",
        (LINES,),
        frozenset({"head", "answer", "repeats", "prompt"}),  # another data set comes with a prompt
        39,
        formula="mean over i of A[i, j + k] above the control, j the earlier occurrence of token i",
    ),
    compute,
)
