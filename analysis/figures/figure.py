"""What all figures have in common."""

from dataclasses import dataclass, field

from analysis.values import NOWHERE, Provenance


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure as data. Each kind is a file of this package: its class, and its `KIND`."""

    title: str
    provenance: Provenance = field(default=NOWHERE, kw_only=True)
    note: str = field(default="", kw_only=True)
    """One short line under the title: what a reader must know to read the picture (norm folded, lag, block)."""
