"""The report on the open model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.commands.actions import Action
from gui.export.report import Reporter

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _can_run(window: MainWindow) -> bool:
    facts = window.store.facts
    return bool(facts and facts.heads and not facts.weights_only)


ACTIONS = (
    Action("file.report", "Export report…", lambda window: window.context[Reporter].ask(), "File", "Ctrl+Alt+E",
           "Save one page that says which heads are induction heads, by which circuit, and how sure", 340, _can_run),
)
