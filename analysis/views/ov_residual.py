"""OV in the residual basis: the notebook's picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..circuits import ov
from ..registry import View
from ..values import Axis, Heatmap, Selection, Tick, ViewInfo
from ._shared import NORM, folded, norm_words, numpy, shared_words, signed

if TYPE_CHECKING:
    from ..session import Session


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
