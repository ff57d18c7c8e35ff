"""QK in learned positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.axis import Axis
from analysis.figures.heatmap import Heatmap
from analysis.measures.circuits import position_qk
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import NORM, folded, norm_words, numpy, signed

if TYPE_CHECKING:
    from analysis.session.session import Session


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """W_pos QK W_posᵀ, [query position, key position]."""
    values = numpy(position_qk(session.model, selection.head, folded(selection)).block())
    return Heatmap(
        f"{selection.head} QK in positions",
        values,
        Axis("query position", len(values)),
        Axis("key position", values.shape[1]),
        signed(values, "score · √d_head"),
        note=norm_words(selection),
    )


VIEW = View(
    ViewInfo(
        "qk_positions",
        "qk",
        "Positions",
        "W_pos QK W_posᵀ: which position seeks which, by the position embeddings.",
        (NORM,),
        order=30,
        formula="W_pos W_Q W_Kᵀ W_posᵀ",
    ),
    compute,
)
