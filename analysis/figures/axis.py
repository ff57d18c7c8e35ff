"""Axes and colour scales."""

from dataclasses import dataclass
from typing import Literal

from analysis.values import HeadId


@dataclass(frozen=True)
class Axis:
    """One axis of a figure: `size` cells, named; cells are labelled, or numbered from `first`."""

    name: str
    size: int
    labels: tuple[str, ...] = ()
    first: int = 0
    unit: str = ""
    heads: tuple[HeadId, ...] = ()
    """The head that each cell stands for, where cells are heads: a click on the cell selects it."""
    tokens: tuple[int, ...] = ()
    """Where in the prompt each cell begins, rising, where cells are strokes or words of it."""

    def __post_init__(self) -> None:
        for what in (self.labels, self.heads, self.tokens):
            if what and len(what) != self.size:
                raise ValueError(f"axis {self.name!r} has {self.size} cells but {len(what)} labels")

    @property
    def full_name(self) -> str:
        return self.name + (f" ({self.unit})" if self.unit else "")

    def label(self, cell: int) -> str:
        return self.labels[cell] if self.labels else str(self.first + cell)


@dataclass(frozen=True)
class Scale:
    """How values become colours; travels with the figure, so that nothing auto-levels.

    sequential: low … high, linear. log: logarithmic, low > 0. diverging: symmetric about 0, low = −high.
    """

    kind: Literal["sequential", "log", "diverging"]
    low: float
    high: float
    label: str

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"a scale from {self.low} to {self.high} is empty")
        if self.kind == "diverging" and self.low != -self.high:
            raise ValueError("a diverging scale is symmetric about 0")
        if self.kind == "log" and self.low <= 0:
            raise ValueError("a logarithmic scale starts above 0")
