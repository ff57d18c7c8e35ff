"""Checkpoint families. A module in here that defines FORMAT, a `Format`, is found and needs no other edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analysis.files.checkpoint import Checkpoint
from analysis.model.model import ModelSpec


@dataclass(frozen=True)
class Format:
    """A checkpoint family. `recognise` looks at names and shapes alone; `read` says where each weight comes from."""

    key: str
    title: str
    recognise: Callable[[Checkpoint], str | None]
    """The evidence in words when the checkpoint is of this family, else None. Cheap; never raises."""
    read: Callable[[Checkpoint, int | None], ModelSpec]
    """(checkpoint, head count or None) → specification; raises UserError when something does not fit."""
    order: int = 100
    """Families are asked in this order; the first that recognises the file wins."""
