"""Which family a checkpoint belongs to: every known format is asked, the first that recognises it reads it."""

from __future__ import annotations

from .checkpoint import Checkpoint
from .model import ModelSpec
from .registry import Format, discover
from .values import UserError


def identify(checkpoint: Checkpoint, n_head: int | None = None) -> ModelSpec:
    """What the checkpoint holds; raises UserError when no family fits, or `n_head` does not fit the shapes."""
    formats: list[Format] = discover("formats", "FORMAT")
    for known in formats:
        if known.recognise(checkpoint) is not None:
            return known.read(checkpoint, n_head)
    names = list(checkpoint.shapes)
    seen = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    titles = ", ".join(known.title for known in formats)
    raise UserError(
        f"{checkpoint.name} is of no known architecture: its {len(names)} tensors are named {seen}; known are {titles}."
    )
