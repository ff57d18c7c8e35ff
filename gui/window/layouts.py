"""Where the docks stand, now and the next time; and which panel is the current one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QTabBar, QWidget

from gui.panels.panel import FigurePanel
from gui.window.docks import LAYOUT_VERSION, give_ink_room, place_docks, tidy_tabs

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow

STEPS = 8
SETTLE_MS = 100
"""Until then Qt has laid out docks that were placed."""


class Layouts(QObject):
    """Places the docks of a window, keeps their places in its settings, and restores them."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._prompt = window, PromptHeight(window)
        self.size: QSize | None = None
        """The size that the command line asks for, whatever was kept; None once the window has started."""

    @Slot()
    def reset(self) -> None:
        """The first places. Panels are painted one after the other, so that the window never stands still for long."""
        for place, panel in enumerate(self._window.panels.values()):
            panel.setUpdatesEnabled(False)
            QTimer.singleShot(1 + place, panel, partial(panel.setUpdatesEnabled, True))
        place_docks(self._window, self._window.docks)
        self._prompt.place_anew()
        if self._window.prompt_panel.shows_ink():
            self.give_ink_room()
        self.tidy()

    def tidy(self) -> None:
        """Once Qt has laid the docks out."""
        QTimer.singleShot(0, self, lambda: tidy_tabs(self._window, self._window.docks))

    def give_ink_room(self) -> None:
        give_ink_room(self._window, self._window.docks)
        self._prompt.place_anew()

    def restore(self) -> None:
        """Where the docks stood when a window was last closed, else their first places."""
        window = self._window
        place_docks(window, window.docks)
        self._prompt.place_anew()
        saved = window.settings.layout(LAYOUT_VERSION)
        if saved is not None:
            self.bring_back(*saved)

    def bring_back(self, geometry: QByteArray, places: QByteArray) -> None:
        """Qt checks both, and leaves the window as it is where they are damaged."""
        self._window.restoreGeometry(geometry)
        if self.size is not None:
            self._window.setWindowState(Qt.WindowState.WindowNoState)
            self._window.resize(self.size)
        self._window.restoreState(places, LAYOUT_VERSION)
        self._prompt.place_anew()

    def keep(self) -> None:
        window = self._window
        window.settings.save_layout(LAYOUT_VERSION, window.saveGeometry(), window.saveState(LAYOUT_VERSION))


class PromptHeight(QObject):
    """Keeps the prompt as high as it was made, by a person or by the first places, at most a third of the window.

    Qt, for which all docks are alike, gives it the room of a window that grows and of panels that close.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._wanted, self._size = window, 0, QSize()
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._apply)
        self._placed = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._placed.timeout.connect(self._learn)
        window.docks["prompt"].installEventFilter(self)

    def place_anew(self) -> None:
        """Docks are being placed: what comes of it is what is wanted."""
        self._wanted = 0
        self._placed.start()

    @Slot()
    def _learn(self) -> None:
        self._later.stop()
        self._wanted, self._size = self._window.docks["prompt"].height(), self._window.size()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._wanted:
            if QApplication.mouseButtons() and self._window.size() == self._size:
                self._learn()  # A person drags the line above it.
            else:
                self._later.start()
        return False

    @Slot()
    def _apply(self) -> None:
        window, dock = self._window, self._window.docks["prompt"]
        self._size = window.size()
        at = {one: window.dockWidgetArea(one) for one in window.docks.values()
              if window.isVisible() and one.isVisible() and not one.isFloating()}
        bottom = Qt.DockWidgetArea.BottomDockWidgetArea
        others = [one for one, area in at.items() if area != bottom]
        if not self._wanted or at.get(dock) != bottom or not others:
            return
        tallest, height = max(others, key=lambda one: one.height()), min(self._wanted, window.height() // 3)
        for _ in range(STEPS):  # Each time Qt goes a part of the way.
            more = dock.height() - height
            if abs(more) <= 1:
                break
            window.resizeDocks([tallest], [max(1, tallest.height() + more)], Qt.Orientation.Vertical)


class CurrentPanel(QObject):
    """The panel used last: exports and keys mean it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.panel = window.panels["attention"]
        for panel in window.panels.values():
            panel.activated.connect(self._activated)
        cast(QApplication, QApplication.instance()).focusChanged.connect(self._focus_changed)

    def focus(self, key: str) -> None:
        """Show a panel, in front, and give it the keyboard."""
        window, panel = self._window, self._window.panels[key]
        if key == "ink":
            window.prompt_panel.tabs.setCurrentIndex(0)
        dock = next(dock for dock in window.docks.values() if dock.isAncestorOf(panel))
        dock.show()
        dock.raise_()
        self.panel = panel
        tabs = panel.findChild(QTabBar)
        target = tabs if tabs is not None and tabs.isVisible() else panel
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _activated(self) -> None:
        self.panel = cast(FigurePanel, self.sender())

    @Slot(QWidget, QWidget)
    def _focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        window = self._window
        for panel in window.panels.values():
            if new is not None and (new is panel or panel.isAncestorOf(new)):
                self.panel = panel
        if new is window.prompt_panel.tabs and window.prompt_panel.shows_ink():
            self.panel = window.panels["ink"]
