"""OV in the residual basis: the notebook's picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.axis import Axis
from analysis.figures.heatmap import Heatmap
from analysis.measures.circuits import ov
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import NORM, folded, norm_words, numpy, shared_words, signed

if TYPE_CHECKING:
    from analysis.session.session import Session


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """W_V W_O, [D or d_context (source), D (destination)]."""
    values = numpy(ov(session.model, selection.head, folded(selection)).block())
    return Heatmap(
        f"{selection.head} OV = W_V W_O",
        values,
        Axis("source dimension", len(values)),
        Axis("destination dimension", values.shape[1]),
        signed(values, "weight"),
        note=norm_words(selection) + shared_words(session, selection.head),
    )


VIEW = View(
    ViewInfo(
        "ov_residual",
        "ov",
        "Residual",
        "W_V W_O: what the head moves from where it looks, direction by direction.",
        (NORM,),
        order=10,
        formula="OV = W_V W_O",
    ),
    compute,
)
