"""The QK circuit: which query seeks which key."""

from analysis.measures.circuits import full_qk, position_qk, qk
from analysis.model.model import Config
from analysis.values import ViewInfo
from analysis.views.qk_ov._circuits import Circuit, Side, matrix, singular


def score(config: Config) -> str:
    """The scores that a head gives are these times the model's scale."""
    return f"score ÷ {config.attention_scale:.3g}" if config.attention_scale else "score · √d_head"


def capped(config: Config) -> str:
    return ", before the scores' cap" if config.attention_cap else ""


VIEWS = (
    matrix(
        ViewInfo("qk_residual", "qk", "Residual",
                 "W_Q W_Kᵀ: which direction of the query seeks which direction of the key.",
                 order=10, formula="QK = W_Q W_Kᵀ"),
        "QK = W_Q W_Kᵀ", Circuit(qk, lagged=True), Side("query dimension"), Side("key dimension"), score,
    ),
    matrix(
        ViewInfo("qk_tokens", "qk", "Tokens", "W_E QK W_Eᵀ: which token seeks which, by the embeddings alone.",
                 order=20, formula="W_E W_Q W_Kᵀ W_Eᵀ"),
        "full QK in tokens", Circuit(full_qk, lagged=True, by_rows=True),
        Side("query token", "tokens"), Side("key token", "context tokens"), score, capped,
    ),
    matrix(
        ViewInfo("qk_positions", "qk", "Positions",
                 "W_pos QK W_posᵀ: which position seeks which, by the position embeddings.",
                 order=30, formula="W_pos W_Q W_Kᵀ W_posᵀ"),
        "QK in positions", Circuit(position_qk, by_rows=True),
        Side("query position", "positions"), Side("key position", "positions"), score, capped,
    ),
    singular(
        ViewInfo("qk_singular", "qk", "SVD", "Singular values of W_Q W_Kᵀ: how many directions the head matches on.",
                 order=40, formula="σ of W_Q W_Kᵀ"),
        "QK singular values", Circuit(qk, lagged=True),
    ),
)
