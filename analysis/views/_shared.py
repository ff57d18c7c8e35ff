"""What several views have in common: axes, scales, options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from analysis.figures.axis import Axis, Scale
from analysis.values import FloatArray, HeadId, Option, Selection

if TYPE_CHECKING:
    from analysis.session.session import Session

BLOCK = 640
"""The most rows and columns of a circuit in tokens or positions that are multiplied out at once."""

NORM = Option(
    "norm",
    "norm",
    "raw",
    choices=(("raw", "raw"), ("folded", "folded")),
    tip="raw: the matrices alone. folded: the layer norm's scale (and centring) multiplied in.",
)
LAG = Option(
    "lag",
    "lag",
    "0",
    "number",
    high=100_000,
    tip="The query stands this many tokens after the key: rotary positions turn one against the other.",
    rotary=True,
)
FIRST_ROW = Option("first_row", "from row", "0", "number", high=10_000_000, tip=f"First row of the {BLOCK} shown.")
FIRST_COL = Option("first_col", "column", "0", "number", high=10_000_000, tip=f"First column of the {BLOCK} shown.")


def numpy(tensor: torch.Tensor) -> FloatArray:
    return tensor.detach().float().cpu().numpy()


def signed(values: FloatArray, label: str) -> Scale:
    """A diverging scale symmetric about 0 that reaches the largest magnitude."""
    top = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.0
    top = top or 1.0
    return Scale("diverging", -top, top, label)


def folded(selection: Selection) -> bool:
    return selection.option("norm", "raw") == "folded"


def norm_words(selection: Selection) -> str:
    return "layer norm folded in" if folded(selection) else "raw weights"


def number(selection: Selection, key: str) -> int:
    text = selection.option(key, "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def window(first: int, size: int) -> slice:
    """The at most BLOCK cells from `first`, moved back where the axis ends."""
    low = max(0, min(first, size - BLOCK))
    return slice(low, min(low + BLOCK, size))


def window_words(rows: slice, n_rows: int, cols: slice, n_cols: int) -> str:
    """What part of a larger matrix is shown; empty when all of it is."""
    if rows.stop - rows.start == n_rows and cols.stop - cols.start == n_cols:
        return ""
    return f", rows {rows.start}–{rows.stop - 1} of {n_rows}, columns {cols.start}–{cols.stop - 1} of {n_cols}"


def token_axis(session: Session, name: str, cells: slice, head: HeadId, context: bool = False) -> Axis:
    """An axis of token ids: of the context's vocabulary for a cross-attention head's keys and sources."""
    vocabulary = session.model.context_vocabulary if context and head.kind == "cross" else session.model.vocabulary
    assert vocabulary is not None
    labels = tuple(vocabulary.label(token) for token in range(cells.start, cells.stop))
    return Axis(name, cells.stop - cells.start, labels, cells.start)


def shared_words(session: Session, head: HeadId) -> str:
    """Says which query heads share this head's keys and values, where they do."""
    config = session.model.config
    if head.kind == "cross" or config.n_heads == config.n_kv_heads:
        return ""
    group = config.n_heads // config.n_kv_heads
    first = head.index // group * group
    return f", keys and values shared by L{head.layer}H{first}–{first + group - 1}"
