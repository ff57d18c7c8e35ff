"""The QK circuit: which query seeks which key."""

from analysis.measures.circuits import full_qk, position_qk, qk
from analysis.values import ViewInfo
from analysis.views.qk_ov._circuits import Circuit, Side, matrix, singular

SCORE = "score · √d_head"

VIEWS = (
    matrix(
        ViewInfo("qk_residual", "qk", "Residual",
                 "W_Q W_Kᵀ: which direction of the query seeks which direction of the key.",
                 order=10, formula="QK = W_Q W_Kᵀ"),
        "QK = W_Q W_Kᵀ", Circuit(qk, lagged=True), Side("query dimension"), Side("key dimension"), SCORE,
    ),
    matrix(
        ViewInfo("qk_tokens", "qk", "Tokens", "W_E QK W_Eᵀ: which token seeks which, by the embeddings alone.",
                 order=20, formula="W_E W_Q W_Kᵀ W_Eᵀ"),
        "full QK in tokens", Circuit(full_qk, lagged=True),
        Side("query token", "tokens"), Side("key token", "context tokens"), SCORE,
    ),
    matrix(
        ViewInfo("qk_positions", "qk", "Positions",
                 "W_pos QK W_posᵀ: which position seeks which, by the position embeddings.",
                 order=30, formula="W_pos W_Q W_Kᵀ W_posᵀ"),
        "QK in positions", Circuit(position_qk),
        Side("query position", "positions"), Side("key position", "positions"), SCORE,
    ),
    singular(
        ViewInfo("qk_singular", "qk", "SVD", "Singular values of W_Q W_Kᵀ: how many directions the head matches on.",
                 order=40, formula="σ of W_Q W_Kᵀ"),
        "QK singular values", Circuit(qk, lagged=True),
    ),
)
