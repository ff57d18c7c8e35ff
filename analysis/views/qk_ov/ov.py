"""The OV circuit: what a head moves from where it looks."""

import numpy as np

from analysis.figures.scatter import Scatter
from analysis.measures.circuits import full_ov, ov, position_ov
from analysis.model.model import Config
from analysis.session.session import Session
from analysis.values import Option, Selection, Tick, UserError, ViewInfo
from analysis.views import View
from analysis.views.qk_ov._circuits import NORM, Circuit, Side, matrix, singular

BASIS = Option(
    "eigen_basis", "basis", "tokens", choices=(("tokens", "tokens"), ("residual", "residual")),
    tip="tokens: the full circuit W_E OV W_U, whose positive eigenvalues mean copying. residual: OV alone.",
)


def capped(config: Config) -> str:
    return ", before the logits' cap" if config.logit_cap else ""


def eigenvalues(session: Session, selection: Selection, tick: Tick) -> Scatter:
    """The d_head nonzero eigenvalues of the full OV circuit, or of OV alone, as points of the complex plane."""
    head, tokens = selection.head, selection.option(BASIS.key, BASIS.default) == "tokens"
    if tokens and head.kind == "cross":
        raise UserError(
            "A cross-attention head reads letters and writes strokes, so its full OV circuit has no "
            "eigenvalues; switch the basis to residual."
        )
    circuit, note = Circuit(full_ov if tokens else ov).of(session, selection)
    values = circuit.eigenvalues().numpy()
    size = float(np.abs(values).sum())
    share = f"{float(values.real.sum()) / size:.2f}" if size else "undefined"
    points = np.stack((values.real, values.imag), axis=1).astype(np.float32)
    labels = tuple(f"{value.real:.3g} {value.imag:+.3g}i, |λ| {abs(value):.3g}" for value in values)
    note = f"{'W_E OV W_U' if tokens else 'W_V W_O'}, {note}; Re Σλ / Σ|λ| = {share}"
    return Scatter(f"{head} OV eigenvalues", points, "Re λ", "Im λ", labels, note=note)


VIEWS = (
    matrix(
        ViewInfo("ov_residual", "ov", "Residual",
                 "W_V W_O: what the head moves from where it looks, direction by direction.",
                 order=10, formula="OV = W_V W_O"),
        "OV = W_V W_O", Circuit(ov), Side("source dimension"), Side("destination dimension"), "weight",
    ),
    matrix(
        ViewInfo("ov_tokens", "ov", "Tokens", "W_E OV W_U: attended token (row) to its effect on each logit (column).",
                 order=20, formula="W_E W_V W_O W_U"),
        "full OV in tokens", Circuit(full_ov, by_rows=True),
        Side("source token", "context tokens"), Side("logit of token", "tokens"), "logit", capped,
    ),
    matrix(
        ViewInfo("ov_positions", "ov", "Positions", "W_pos OV W_U: what an attended position does to each logit.",
                 order=30, formula="W_pos W_V W_O W_U"),
        "OV from positions", Circuit(position_ov, by_rows=True),
        Side("source position", "positions"), Side("logit of token", "tokens"), "logit", capped,
    ),
    singular(
        ViewInfo("ov_singular", "ov", "SVD", "Singular values of W_V W_O: how many directions the head moves.",
                 order=40, formula="σ of W_V W_O"),
        "OV singular values", Circuit(ov),
    ),
    View(
        ViewInfo("ov_eigenvalues", "ov", "Eigenvalues", "Eigenvalues of OV: to the right of zero, the head copies.",
                 (BASIS, NORM), order=50, formula="λ of W_V W_O, or of W_E W_V W_O W_U"),
        eigenvalues,
    ),
)
