"""Figures, numbers and the report, for papers, slides and scripts."""

from gui.commands.actions import Action
from gui.export.exporter import Exporter
from gui.export.report import Reporter
from gui.shared.context import Context

SCALES = (1, 2, 3, 4)


def _export_window(scale: int) -> Action:
    return Action(f"file.export_window.{scale}", f"{scale}×", lambda context: context[Exporter].export_window(scale),
                  "File/Export picture of the window", (), "Save the whole window, as it is seen", 320 + scale)


def _can_report(context: Context) -> bool:
    facts = context.store.facts
    return bool(facts and facts.heads and not facts.weights_only)


ACTIONS = (
    Action("file.export_figure", "Export figure…", lambda context: context[Exporter].export_figure(), "File", "Ctrl+E",
           "Save the panel used last, or several on one page, as PDF, SVG or PNG", 300),
    Action("file.export_numbers", "Export numbers…", lambda context: context[Exporter].export_numbers(), "File",
           "Ctrl+Shift+E", "Save the numbers of the panel used last, as NPZ, CSV or JSON", 310),
    *map(_export_window, SCALES),
    Action("file.report", "Export report…", lambda context: context[Reporter].ask(), "File", "Ctrl+Alt+E",
           "Save one page that says which heads are induction heads, by which circuit, and how sure", 340, _can_report),
    Action("edit.copy_figure", "Copy figure", lambda context: context[Exporter].copy_figure(), "Edit", "Ctrl+Shift+C",
           "Copy the panel used last to the clipboard, drawn as for the last export", 500),
    Action("edit.copy_python", "Copy as Python", lambda context: context[Exporter].copy_python(), "Edit", "Ctrl+Alt+C",
           "Copy lines of Python that compute the panel's figure anew", 510),
)
