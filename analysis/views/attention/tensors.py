"""The file's tensors, for any architecture."""

import torch

from analysis.figures.table import Row, Table
from analysis.files.checkpoint import Checkpoint
from analysis.session.session import Session
from analysis.values import Selection, Tick, UserError, ViewInfo
from analysis.values.text import visible
from analysis.views import View

MOST = 1000
MEASURED_BYTES = 512 * 2**20
"""Norms are computed until this much has been read."""


def compute(session: Session, selection: Selection, tick: Tick) -> Table:
    """Name, shape, dtype and Frobenius norm of every tensor."""
    checkpoint, rows, read = session.loaded.checkpoint, [], 0
    names = list(checkpoint.entries)[:MOST]
    for done, name in enumerate(names):
        tick(done / len(names))
        entry = checkpoint.entries[name]
        size = entry.dtype.itemsize * max(1, torch.Size(entry.shape).numel())
        read += size
        norm = _norm(checkpoint, name) if read <= MEASURED_BYTES else "–"
        shape = " × ".join(map(str, entry.shape)) or "number"
        rows.append(Row((visible(name, 120), shape, str(entry.dtype).removeprefix("torch."), norm), visible(name)))
    left = len(checkpoint.entries) - len(rows)
    note = f"{len(checkpoint.entries)} tensors" + (f", the first {MOST} shown" if left else "")
    return Table("Tensors in the file", ("name", "shape", "type", "norm"), tuple(rows), note=note)


def _norm(checkpoint: Checkpoint, name: str) -> str:
    try:
        return f"{float(torch.linalg.vector_norm(checkpoint.tensor(name).double())):.4g}"
    except (UserError, RuntimeError):  # unreadable, or a type without arithmetic
        return "–"


VIEW = View(
    ViewInfo(
        "tensors", "attention", "Tensors", "Every tensor of the file: name, shape, type and Frobenius norm.", (),
        frozenset(), 90, formula="‖W‖ = √ΣW²",
    ),
    compute,
)
