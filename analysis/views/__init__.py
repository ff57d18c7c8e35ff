"""Views. A module in here that defines VIEW, a `View`, or VIEWS, a tuple, is found and needs no other edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from analysis.figures.figure import Figure
from analysis.values import Selection, Tick, ViewInfo


@dataclass(frozen=True)
class View:
    """A figure as a pure function of the model and the selection."""

    info: ViewInfo
    compute: Callable[[Any, Selection, Tick], Figure]
    """(session state, selection, tick) → figure; raises UserError when the figure does not exist for this selection
    (the panel shows the sentence), NotReady while a job it needs is running."""
