"""Singular values of OV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.curves import Curves
from analysis.measures.circuits import ov
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import NORM, folded, norm_words
from analysis.views.qk_ov._spectra import singular

if TYPE_CHECKING:
    from analysis.session.session import Session


def compute(session: Session, selection: Selection, tick: Tick) -> Curves:
    """The d_head singular values of W_V W_O."""
    circuit = ov(session.model, selection.head, folded(selection))
    return singular(f"{selection.head} OV singular values", circuit, norm_words(selection))


VIEW = View(
    ViewInfo(
        "ov_singular",
        "ov",
        "SVD",
        "Singular values of W_V W_O: how many directions the head moves.",
        (NORM,),
        order=40,
        formula="σ of W_V W_O",
    ),
    compute,
)
