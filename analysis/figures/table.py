"""Text in rows and columns."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.values import NOWHERE, HeadId, Provenance


@dataclass(frozen=True)
class Row:
    """One row of a Table: texts, a tooltip, and the head or (earlier, later) pair that a click selects."""

    cells: tuple[str, ...]
    tip: str = ""
    head: HeadId | None = None
    pair: tuple[HeadId, HeadId] | None = None
    heading: bool = False
    folds: bool = False
    """Of a heading: the rows under it are hidden until it is clicked."""
    prose: bool = False
    """The first cell is a sentence: it runs over all columns and as many lines as it needs."""


@dataclass(frozen=True)
class Table:
    """Text in rows and columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    provenance: Provenance = NOWHERE
    note: str = ""
    spare: tuple[str, ...] = ()
    """Columns of these names go, one name after the other, where there is no room: the rows' tooltips say the same."""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"a row of {len(row.cells)} cells under {len(self.columns)} columns")
