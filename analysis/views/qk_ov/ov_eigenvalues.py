"""Eigenvalues of OV in the complex plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.scatter import Scatter
from analysis.measures.circuits import full_ov, ov
from analysis.values import Option, Selection, Tick, UserError, ViewInfo
from analysis.views import View
from analysis.views._shared import NORM, folded, norm_words

if TYPE_CHECKING:
    from analysis.session.session import Session

BASIS = Option(
    "eigen_basis",
    "basis",
    "tokens",
    choices=(("tokens", "tokens"), ("residual", "residual")),
    tip="tokens: the full circuit W_E OV W_U, whose positive eigenvalues mean copying. residual: OV alone.",
)


def compute(session: Session, selection: Selection, tick: Tick) -> Scatter:
    """The d_head nonzero eigenvalues of the full OV circuit, or of OV alone."""
    head, tokens = selection.head, selection.option(BASIS.key, BASIS.default) == "tokens"
    if tokens and head.kind == "cross":
        raise UserError(
            "A cross-attention head reads letters and writes strokes, so its full OV circuit has no "
            "eigenvalues; switch the basis to residual."
        )
    circuit = (full_ov if tokens else ov)(session.model, head, folded(selection))
    values = circuit.eigenvalues().numpy()
    size = float(np.abs(values).sum())
    share = f"{float(values.real.sum()) / size:.2f}" if size else "undefined"
    points = np.stack((values.real, values.imag), axis=1).astype(np.float32)
    labels = tuple(f"{value.real:.3g} {value.imag:+.3g}i, |λ| {abs(value):.3g}" for value in values)
    return Scatter(
        f"{head} OV eigenvalues",
        points,
        "Re λ",
        "Im λ",
        labels,
        note=f"{'W_E OV W_U' if tokens else 'W_V W_O'}, {norm_words(selection)}; Re Σλ / Σ|λ| = {share}",
    )


VIEW = View(
    ViewInfo(
        "ov_eigenvalues",
        "ov",
        "Eigenvalues",
        "Eigenvalues of OV: to the right of zero, the head copies.",
        (BASIS, NORM),
        order=50,
        formula="λ of W_V W_O, or of W_E W_V W_O W_U",
    ),
    compute,
)
