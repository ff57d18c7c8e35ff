"""The window's docks: which there are, and how they stand at first."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QWidget

from gui.panels.panel import FigurePanel
from gui.window.dock_title import DockTitle

LAYOUT_VERSION = 5
"""Counted up when docks are added or renamed: older saved layouts are then left alone."""
LINE = 15
"""Pixels of a line of the text that the widths and heights below are made for."""
LOW = 780
"""A window of fewer pixels has no room for two panels one above the other."""
PANELS = (("attention", "Attention"), ("qk", "QK"), ("ov", "OV"), ("composition", "Composition"), ("card", "Head"),
          ("effects", "Effects"))


def make_panels() -> dict[str, FigurePanel]:
    return {key: FigurePanel(key, title) for key, title in PANELS}


def make_docks(window: QMainWindow, contents: dict[str, tuple[str, QWidget]]) -> dict[str, QDockWidget]:
    """One dock for each (title, widget), by key; not yet placed."""
    docks = {}
    for key, (title, widget) in contents.items():
        dock = QDockWidget(title, window)
        dock.setObjectName(f"dock_{key}")
        dock.setAccessibleName(title)
        dock.setTitleBarWidget(DockTitle(dock))
        dock.setWidget(widget)
        dock.toggleViewAction().setToolTip(f"Show or hide {title}")
        docks[key] = dock
    return docks


def place_docks(window: QMainWindow, docks: dict[str, QDockWidget]) -> None:
    """Heads | attention over QK | composition, effects behind it, over OV | head card; the prompt below all.

    In a low window QK and OV are tabs behind the others. The comparison stands above the prompt and is hidden until
    something is pinned.
    """
    text = max(1.0, window.fontMetrics().height() / LINE)
    low = window.height() < LOW * text
    across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    left = Qt.DockWidgetArea.LeftDockWidgetArea
    for dock in docks.values():
        if dock.isFloating():  # Qt lays all out anew even where it is not.
            dock.setFloating(False)
        window.removeDockWidget(dock)
    for key, dock in docks.items():
        dock.setVisible(key != "compare")
    window.addDockWidget(left, docks["heads"])
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, docks["compare"])
    window.splitDockWidget(docks["compare"], docks["prompt"], down)
    window.splitDockWidget(docks["heads"], docks["attention"], across)
    window.splitDockWidget(docks["attention"], docks["composition"], across)
    window.splitDockWidget(docks["composition"], docks["card"], across)
    if not low:
        window.splitDockWidget(docks["attention"], docks["qk"], down)
        window.splitDockWidget(docks["composition"], docks["ov"], down)
    window.tabifyDockWidget(docks["composition"], docks["effects"])
    if low:
        window.tabifyDockWidget(docks["attention"], docks["qk"])
        window.tabifyDockWidget(docks["effects"], docks["ov"])
    for key in ("attention", "composition"):
        docks[key].raise_()
    side, card = (290, 250) if window.width() >= 1200 else (190, 205)
    side, card = (min(round(width * text), window.width() // 4) for width in (side, card))
    half = max(100, (window.width() - side - card) // 2)
    window.resizeDocks([docks[key] for key in ("heads", "attention", "composition", "card")],
                       [side, half, half, card], across)
    strip = min(round((120 if window.height() >= 800 else 90) * text), window.height() // 5)
    tall = max(100, (window.height() - strip - 100) // 2)
    if low:
        window.resizeDocks([docks["attention"]], [2 * tall], down)
    else:
        for upper, lower in (("attention", "qk"), ("composition", "ov")):
            window.resizeDocks([docks[upper], docks[lower]], [tall, tall], down)
    window.resizeDocks([docks["prompt"]], [strip], down)


def in_sight(window: QMainWindow, dock: QDockWidget) -> bool:
    """Whether a dock can be seen: not closed, and not behind another tab, where Qt calls it visible all the same."""
    behind = bool(window.tabifiedDockWidgets(dock)) and dock.visibleRegion().isEmpty()
    return dock.isVisible() and not behind


def tidy_tabs(window: QMainWindow, docks: dict[str, QDockWidget]) -> None:
    """Hide the tabs of former places, which Qt leaves behind: those in use lie right under a dock."""
    under = {(dock.x(), dock.geometry().bottom() + 1) for dock in docks.values() if dock.isVisible()}
    for bar in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if bar.isVisible() and (bar.x(), bar.y()) not in under:
            bar.hide()


def give_ink_room(window: QMainWindow, docks: dict[str, QDockWidget]) -> None:
    """Handwriting needs more height than tokens do."""
    wanted = 200 if window.height() >= 800 else 150
    if docks["prompt"].height() < wanted:
        window.resizeDocks([docks["prompt"]], [wanted], Qt.Orientation.Vertical)
