"""Singular values of QK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.curves import Curves
from analysis.measures.circuits import qk
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import LAG, NORM, folded, norm_words, number
from analysis.views.qk_ov._spectra import singular

if TYPE_CHECKING:
    from analysis.session.session import Session


def compute(session: Session, selection: Selection, tick: Tick) -> Curves:
    """The d_head singular values of W_Q W_Kᵀ."""
    circuit = qk(session.model, selection.head, folded(selection), number(selection, "lag"))
    return singular(f"{selection.head} QK singular values", circuit, norm_words(selection))


VIEW = View(
    ViewInfo(
        "qk_singular",
        "qk",
        "SVD",
        "Singular values of W_Q W_Kᵀ: how many directions the head matches on.",
        (NORM, LAG),
        order=40,
        formula="σ of W_Q W_Kᵀ",
    ),
    compute,
)
