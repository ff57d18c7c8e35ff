"""One score of every head against what random weights of the same shapes and norms would score."""

import numpy as np

from analysis.causal.random_weights import MODELS
from analysis.causal.statistics import layered_p
from analysis.figures.axis import Scale
from analysis.figures.heatmap import Heatmap, mosaic
from analysis.plugins import discover
from analysis.session.session import Session
from analysis.values import FloatArray, Option, ScoreInfo, ScoreTable, Selection, Tick, ViewInfo
from analysis.verdict.chance import LEVEL, adjusted
from analysis.views import View

INFOS: dict[str, ScoreInfo] = {
    score.info.key: score.info
    for score in discover("scores")
    if score.measure is not None and "self" in score.info.kinds and score.info.key != "stripe_lag"
}
SCORE = Option(
    "chance_score", "score", next(iter(INFOS)), choices=tuple((key, info.title) for key, info in INFOS.items())
)


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """The score, [layers, heads]; heads that random weights could match are faint."""
    table: ScoreTable = session.study("scores")[0]
    info = INFOS[selection.option(SCORE.key, SCORE.default)]
    null, _ = session.study("random_weights")
    values = np.array([
        table.value(info.key, head) if head.kind == "self" else np.nan for head in session.model.heads
    ], np.float32)
    each = layered_p(table.values[info.key]["self"], null[info.key])
    p = np.array([each[head.layer, head.index] if head.kind == "self" else np.nan for head in session.model.heads])
    note = (
        f"hatched: not above random weights of the same shapes and norms ({MODELS} models, {LEVEL:.0%} false "
        f"discoveries); they reach {top(null[info.key]):.2f} in 1 of 100 heads"
    )
    scale = Scale("sequential", min(info.low, 0.0), info.high, info.title.lower())
    faint = np.isfinite(values) & ~(adjusted(p) <= LEVEL)
    return mosaic(session.loaded.facts, selection.head, values, f"{info.title} against chance", scale, note, faint)


def top(null: FloatArray) -> float:
    """The score that 1 % of random heads reach."""
    return float(np.nanquantile(null, 0.99))


VIEW = View(
    ViewInfo(
        "chance", "effects", "Chance",
        "One score of every head; hatched where random weights of the same shapes and norms might score as much.",
        (SCORE,), frozenset({"head", "scores", "random_weights"}), 60,
        formula="p = share of random heads that score as much, adjusted over all heads",
    ),
    compute,
)
