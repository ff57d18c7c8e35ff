"""Any figure."""

from __future__ import annotations

from typing import TypeAlias

from analysis.figures.curves import Curves
from analysis.figures.graph import Graph
from analysis.figures.heatmap import Heatmap
from analysis.figures.ink import Ink
from analysis.figures.scatter import Scatter
from analysis.figures.table import Table

Figure: TypeAlias = Heatmap | Curves | Scatter | Ink | Graph | Table
