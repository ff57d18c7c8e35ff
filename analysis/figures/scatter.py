"""Points in a plane."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.values import NOWHERE, FloatArray, Provenance, frozen


@dataclass(frozen=True, eq=False)
class Scatter:
    """Labelled points in a plane with equal axes, for example eigenvalues."""

    title: str
    points: FloatArray  # [n, 2]
    x_name: str
    y_name: str
    labels: tuple[str, ...] = ()
    provenance: Provenance = NOWHERE
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", frozen(self.points, (None, 2), "points"))
        if self.labels and len(self.labels) != len(self.points):
            raise ValueError("one label for each point")
