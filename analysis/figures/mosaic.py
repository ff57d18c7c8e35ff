"""A number of every head as a picture, layer by head."""

import numpy as np

from analysis.figures.axis import Axis, Scale
from analysis.figures.heatmap import Heatmap
from analysis.values import BoolArray, FloatArray, HeadId, ModelFacts


def mosaic(
    facts: ModelFacts, selected: HeadId | None, numbers: FloatArray, title: str, scale: Scale, note: str,
    faint: BoolArray | None = None,
) -> Heatmap:
    """[layers, heads] of one number (and one mark) a head in the model's order; cross-attention heads to the right."""
    wide = facts.n_heads * (2 if facts.has_cross else 1)
    values = np.full((facts.n_layers, wide), np.nan, np.float32)
    hatched = np.zeros(values.shape, bool)
    cells: list[list[HeadId | None]] = [[None] * wide for _ in range(facts.n_layers)]
    for place, head in enumerate(facts.heads):
        at = head.layer, column(head, facts.n_heads)
        values[at], cells[at[0]][at[1]] = numbers[place], head
        hatched[at] = faint is not None and faint[place]
    columns = tuple(f"{kind}{index}" for kind in "HX" for index in range(facts.n_heads))[:wide]
    rows = Axis("layer", facts.n_layers, tuple(f"L{layer}" for layer in range(facts.n_layers)))
    return Heatmap(
        title, values, rows, Axis("head", wide, columns), scale, note=note, cell_heads=tuple(map(tuple, cells)),
        marked=(selected.layer, column(selected, facts.n_heads)) if selected in facts.heads else None,
        faint=hatched if faint is not None else None,
    )


def column(head: HeadId, n_heads: int) -> int:
    """Where a head stands in its layer's row."""
    return head.index + (n_heads if head.kind == "cross" else 0)
