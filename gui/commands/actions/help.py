"""Explanations of everything, what a report of a fault needs, and Headscope in the desktop's menu."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from analysis.values import UserError
from gui.commands.actions import Action, has_model
from gui.commands.help_window import HelpWindow
from gui.commands.hints import Hints
from gui.shared.context import Context
from gui.start import desktop
from gui.start.diagnostics import show_diagnostics
from gui.window.docks import CurrentPanel

ABOUT = """<b>Headscope</b><p>A microscope for the attention heads of transformers: what every head does, by which
circuit, and what it composes with."""


def _show_about(context: Context) -> None:
    box = QMessageBox(QMessageBox.Icon.NoIcon, "About Headscope", ABOUT, QMessageBox.StandardButton.Close,
                      context.frame)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def _explain(context: Context) -> None:
    """The view of the panel used last."""
    panel, catalogue = context[CurrentPanel].panel, context.store.catalogue
    titles = {view.key: view.title for view in catalogue.views} if catalogue else {}
    context[HelpWindow].show_page("Views", titles.get(panel.current_view() or "", ""))


def _toggle_desktop_entry(context: Context) -> None:
    """Add Headscope to the desktop's menu, or take it out where it is in it."""
    try:
        lines = desktop.uninstall() if desktop.installed() else desktop.install()
    except UserError as error:
        context.say(str(error))
    else:
        context.note(lines[-1])


ACTIONS = (
    Action("help.contents", "Headscope help", lambda context: context[HelpWindow].show_page("First steps"), "Help",
           "F1", "First steps, every score and view, symbols and keys", 100),
    Action("help.explain", "Explain this view", _explain, "Help", "Shift+F1",
           "What the panel used last shows, and what its options do", 110, has_model),
    Action("help.shortcuts", "Keyboard shortcuts", lambda context: context[HelpWindow].show_page("Keys"), "Help",
           "Ctrl+/", "All keys", 120),
    Action("help.hints", "Show hints", lambda context: context[Hints].start(), "Help", (),
           "The hints of the first start, once more", 130),
    Action("help.desktop", "In the desktop's menu", _toggle_desktop_entry, "Help", (),
           "List Headscope among the desktop's programs, and under Open with for checkpoints; again: take it out", 300,
           checked=lambda context: desktop.installed()),
    Action("help.diagnostics", "Diagnostics…", show_diagnostics, "Help", (),
           "Versions, devices, memory and log, to copy into a report", 310),
    Action("help.about", "About Headscope", _show_about, "Help", (), "What this program is", 900),
)
