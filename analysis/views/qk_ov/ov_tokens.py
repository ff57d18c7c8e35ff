"""The full OV circuit, in tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.heatmap import Heatmap
from analysis.measures.circuits import full_ov
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import (
    FIRST_COL,
    FIRST_ROW,
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
    """W_E OV W_U, [source token, logit]; only the block on show is multiplied out."""
    head = selection.head
    circuit = full_ov(session.model, head, folded(selection))
    n_rows, n_cols = circuit.left.shape[0], circuit.right.shape[1]
    rows, cols = window(number(selection, "first_row"), n_rows), window(number(selection, "first_col"), n_cols)
    values = numpy(circuit.block(rows, cols))
    return Heatmap(
        f"{head} full OV in tokens",
        values,
        token_axis(session, "source token", rows, head, context=True),
        token_axis(session, "logit of token", cols, head),
        signed(values, "logit"),
        note=norm_words(selection) + window_words(rows, n_rows, cols, n_cols),
    )


VIEW = View(
    ViewInfo(
        "ov_tokens",
        "ov",
        "Tokens",
        "W_E OV W_U: attended token (row) to its effect on each logit (column).",
        (NORM, FIRST_ROW, FIRST_COL),
        order=20,
        formula="W_E W_V W_O W_U",
    ),
    compute,
)
