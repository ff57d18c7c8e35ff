"""One score of every head, layer by head."""

import numpy as np

from analysis.figures.axis import Scale
from analysis.figures.heatmap import Heatmap, mosaic
from analysis.plugins import discover
from analysis.session.session import Session
from analysis.values import Option, ScoreInfo, ScoreTable, Selection, Tick, ViewInfo
from analysis.views import View

INFOS: dict[str, ScoreInfo] = {score.info.key: score.info for score in discover("scores")}
SCORE = Option(
    "mosaic_score", "score", next(iter(INFOS)), choices=tuple((key, info.title) for key, info in INFOS.items())
)


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """[layers, heads], cross-attention heads to the right of the self-attention heads; undefined cells as such."""
    return picture(session, selection, session.study("scores")[0])


def picture(session: Session, selection: Selection, table: ScoreTable) -> Heatmap:
    """The same of scores from elsewhere."""
    info = INFOS[selection.option(SCORE.key, SCORE.default)]
    values = np.array([table.value(info.key, head) for head in session.model.heads], np.float32)
    scale = (
        Scale("diverging", -info.high, info.high, info.title.lower())
        if info.low < 0
        else Scale("sequential", min(info.low, 0.0), info.high, info.title.lower())
    )
    return mosaic(session.loaded.facts, selection.head, values, f"{info.title}, all heads", scale, info.definition)


VIEW = View(
    ViewInfo(
        "mosaic", "attention", "Scores", "One score of every head, layer by head; click a cell to go to its head.",
        (SCORE,), frozenset({"head", "scores"}), 30, formula="one cell a head: [layers, heads]",
    ),
    compute,
)
