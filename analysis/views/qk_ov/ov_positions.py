"""OV from learned positions to logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.axis import Axis
from analysis.figures.heatmap import Heatmap
from analysis.measures.circuits import position_ov
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import (
    FIRST_COL,
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
    """W_pos OV W_U, [source position, logit]; only the block on show is multiplied out."""
    circuit = position_ov(session.model, selection.head, folded(selection))
    n_rows, n_cols = circuit.left.shape[0], circuit.right.shape[1]
    rows, cols = slice(0, n_rows), window(number(selection, "first_col"), n_cols)
    values = numpy(circuit.block(rows, cols))
    return Heatmap(
        f"{selection.head} OV from positions",
        values,
        Axis("source position", n_rows),
        token_axis(session, "logit of token", cols, selection.head),
        signed(values, "logit"),
        note=norm_words(selection) + window_words(rows, n_rows, cols, n_cols),
    )


VIEW = View(
    ViewInfo(
        "ov_positions",
        "ov",
        "Positions",
        "W_pos OV W_U: what an attended position does to each logit.",
        (NORM, FIRST_COL),
        order=30,
        formula="W_pos W_V W_O W_U",
    ),
    compute,
)
