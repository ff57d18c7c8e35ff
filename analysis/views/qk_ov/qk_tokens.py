"""The full QK circuit, in tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.heatmap import Heatmap
from analysis.measures.circuits import full_qk
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import (
    FIRST_COL,
    FIRST_ROW,
    LAG,
    NORM,
    folded,
    norm_words,
    number,
    numpy,
    signed,
    token_axis,
    window,
    window_words,
)

if TYPE_CHECKING:
    from analysis.session.session import Session


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """W_E QK W_Eᵀ, [query token, key token]; only the block on show is multiplied out."""
    head, lag = selection.head, number(selection, "lag")
    circuit = full_qk(session.model, head, folded(selection), lag)
    n_rows, n_cols = circuit.left.shape[0], circuit.right.shape[1]
    rows, cols = window(number(selection, "first_row"), n_rows), window(number(selection, "first_col"), n_cols)
    values = numpy(circuit.block(rows, cols))
    turned = f", lag {lag}" if session.model.config.positions == "rotary" else ""
    return Heatmap(
        f"{head} full QK in tokens",
        values,
        token_axis(session, "query token", rows, head),
        token_axis(session, "key token", cols, head, context=True),
        signed(values, "score · √d_head"),
        note=norm_words(selection) + turned + window_words(rows, n_rows, cols, n_cols),
    )


VIEW = View(
    ViewInfo(
        "qk_tokens",
        "qk",
        "Tokens",
        "W_E QK W_Eᵀ: which token seeks which, by the embeddings alone.",
        (NORM, LAG, FIRST_ROW, FIRST_COL),
        order=20,
        formula="W_E W_Q W_Kᵀ W_Eᵀ",
    ),
    compute,
)
