"""Lines over one x."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.values import NOWHERE, FloatArray, HeadId, Provenance, frozen


@dataclass(frozen=True, eq=False)
class Series:
    """One line of a Curves figure; NaN leaves a gap."""

    label: str
    y: FloatArray
    head: HeadId | None = None
    emphasis: bool = False


@dataclass(frozen=True, eq=False)
class Curves:
    """Lines over one shared x."""

    title: str
    x: FloatArray
    series: tuple[Series, ...]
    x_name: str
    y_name: str
    provenance: Provenance = NOWHERE
    note: str = ""
    y_range: tuple[float, float] | None = None
    bars: bool = False
    """Draw bars instead of lines (spectra)."""
    marks: tuple[tuple[float, str], ...] = ()
    """Vertical lines with a label, at x (for example the lags 1, L − 1, L)."""

    def __post_init__(self) -> None:
        x = frozen(self.x, (None,), "x")
        object.__setattr__(self, "x", x)
        for line in self.series:
            object.__setattr__(line, "y", frozen(line.y, (len(x),), f"series {line.label!r}"))
