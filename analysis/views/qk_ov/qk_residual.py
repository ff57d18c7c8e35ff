"""QK in the residual basis: the notebook's picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.axis import Axis
from analysis.figures.heatmap import Heatmap
from analysis.measures.circuits import qk
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import LAG, NORM, folded, norm_words, number, numpy, shared_words, signed

if TYPE_CHECKING:
    from analysis.session.session import Session


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """W_Q W_Kᵀ, [D (query), D or d_context (key)]."""
    head = selection.head
    values = numpy(qk(session.model, head, folded(selection), number(selection, "lag")).block())
    lag = f", lag {number(selection, 'lag')}" if session.model.config.positions == "rotary" else ""
    return Heatmap(
        f"{head} QK = W_Q W_Kᵀ",
        values,
        Axis("query dimension", len(values)),
        Axis("key dimension", values.shape[1]),
        signed(values, "score · √d_head"),
        note=norm_words(selection) + lag + shared_words(session, head),
    )


VIEW = View(
    ViewInfo(
        "qk_residual",
        "qk",
        "Residual",
        "W_Q W_Kᵀ: which direction of the query seeks which direction of the key.",
        (NORM, LAG),
        order=10,
        formula="QK = W_Q W_Kᵀ",
    ),
    compute,
)
