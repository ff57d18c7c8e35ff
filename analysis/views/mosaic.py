"""One score of every head, layer by head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..registry import View, discover
from ..values import Axis, HeadId, Heatmap, NotReady, Option, Scale, ScoreInfo, Selection, Tick, UserError, ViewInfo

if TYPE_CHECKING:
    from ..session import Session

INFOS: dict[str, ScoreInfo] = {score.info.key: score.info for score in discover("scores", "SCORE")}
SCORE = Option(
    "mosaic_score", "score", next(iter(INFOS)), choices=tuple((key, info.title) for key, info in INFOS.items())
)


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """[layers, heads], cross-attention heads to the right of the self-attention heads; undefined cells as such."""
    if session.loaded.facts.weights_only:
        raise UserError(session.loaded.facts.weights_only)
    if session.loaded.scores is None:
        raise NotReady("The heads are being scored.")
    info = INFOS[selection.option(SCORE.key, SCORE.default)]
    config = session.model.config
    kinds = ("self", "cross") if config.cross_layers else ("self",)
    cells = tuple(
        tuple(HeadId(layer, index, kind) for kind in kinds for index in range(config.n_heads))  # type: ignore[arg-type]
        for layer in range(config.n_layers)
    )
    table = session.loaded.scores
    values = np.array([[table.value(info.key, head) for head in row] for row in cells], np.float32)
    there = set(session.model.heads)
    heads = tuple(tuple(head if head in there else None for head in row) for row in cells)
    columns = tuple(f"{'H' if head.kind == 'self' else 'X'}{head.index}" for head in cells[0])
    rows = Axis("layer", config.n_layers, tuple(f"L{layer}" for layer in range(config.n_layers)))
    scale = (
        Scale("diverging", -info.high, info.high, info.title.lower())
        if info.low < 0
        else Scale("sequential", min(info.low, 0.0), info.high, info.title.lower())
    )
    return Heatmap(
        f"{info.title}, all heads",
        values,
        rows,
        Axis("head", len(columns), columns),
        scale,
        note=info.definition,
        cell_heads=heads,
        marked=_place(cells, selection.head),
    )


def _place(cells: tuple[tuple[HeadId, ...], ...], head: HeadId) -> tuple[int, int] | None:
    places = [(row, col) for row, line in enumerate(cells) for col, cell in enumerate(line) if cell == head]
    return places[0] if places else None


VIEW = View(
    ViewInfo(
        "mosaic",
        "attention",
        "Scores",
        "One score of every head, layer by head; click a cell to go to its head.",
        (SCORE,),
        frozenset({"head", "scores"}),
        30,
        formula="one cell a head: [layers, heads]",
    ),
    compute,
)
