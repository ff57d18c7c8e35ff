"""Where the docks are, now and at the next start."""

from functools import partial

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMainWindow

from gui.panels.panel import Panels
from gui.prompt.prompt_panel import PromptPanel
from gui.shared.context import Context
from gui.window.docks import LAYOUT_VERSION, Docks

STEPS = 8
SETTLE_MS = 100
"""By then Qt has laid out docks that were placed."""


class Layouts(QObject):
    """Places the docks of a window, keeps their places in its settings, and restores them."""

    def __init__(self, context: Context, docks: Docks, panels: Panels, prompt_panel: PromptPanel,
                 size: QSize | None) -> None:
        """`size`: asked for on the command line, in place of the saved one."""
        super().__init__(context)
        self._frame, self._settings, self._docks = context.frame, context.settings, docks
        self._panels, self._prompt_panel = panels, prompt_panel
        self._height = PromptHeight(self._frame, docks)
        self._size = size

    @Slot()
    def reset(self) -> None:
        """The first places. Panels are painted one after the other, so that the window never stands still for long."""
        for place, panel in enumerate(self._panels.values()):
            panel.setUpdatesEnabled(False)
            QTimer.singleShot(1 + place, panel, partial(panel.setUpdatesEnabled, True))
        self._docks.place()
        self._height.place_anew()
        if self._prompt_panel.shows_ink():
            self.give_ink_room()
        self.tidy()

    def tidy(self) -> None:
        """Once Qt has laid the docks out."""
        QTimer.singleShot(0, self, self._docks.tidy_tabs)

    @Slot()
    def give_ink_room(self) -> None:
        """Handwriting needs more height than tokens do."""
        prompt, wanted = self._docks["prompt"], 200 if self._frame.height() >= 800 else 150
        if prompt.height() < wanted:
            self._frame.resizeDocks([prompt], [wanted], Qt.Orientation.Vertical)
        self._height.place_anew()

    def restore(self) -> None:
        """Where the docks stood when a window was last closed, else their first places."""
        self._docks.place()
        self._height.place_anew()
        saved = self._settings.layout(LAYOUT_VERSION)
        if saved is not None:
            self.bring_back(*saved)

    def bring_back(self, geometry: QByteArray, places: QByteArray) -> None:
        """Qt checks both, and leaves the window as it is where they are damaged."""
        self._frame.restoreGeometry(geometry)
        if self._size is not None:
            self._frame.setWindowState(Qt.WindowState.WindowNoState)
            self._frame.resize(self._size)
        self._frame.restoreState(places, LAYOUT_VERSION)
        self._height.place_anew()

    def started(self) -> None:
        """From now on a session may say how large the window is."""
        self._size = None

    def keep(self) -> None:
        frame = self._frame
        self._settings.save_layout(LAYOUT_VERSION, frame.saveGeometry(), frame.saveState(LAYOUT_VERSION))


class PromptHeight(QObject):
    """Keeps the prompt as high as it was made, by a person or by the first places, at most a third of the window.

    Qt, for which all docks are alike, gives it the room of a window that grows and of panels that close.
    """

    def __init__(self, frame: QMainWindow, docks: Docks) -> None:
        super().__init__(frame)
        self._frame, self._docks = frame, docks
        self._wanted, self._size = 0, QSize()
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._apply)
        self._placed = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._placed.timeout.connect(self._learn)
        docks["prompt"].installEventFilter(self)

    def place_anew(self) -> None:
        """Docks are being placed: the height that results is the wanted one."""
        self._wanted = 0
        self._placed.start()

    @Slot()
    def _learn(self) -> None:
        self._later.stop()
        self._wanted, self._size = self._docks["prompt"].height(), self._frame.size()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._wanted:
            if QApplication.mouseButtons() and self._frame.size() == self._size:
                self._learn()  # A person drags the line above it.
            else:
                self._later.start()
        return False

    @Slot()
    def _apply(self) -> None:
        frame, dock = self._frame, self._docks["prompt"]
        self._size = frame.size()
        at = {one: frame.dockWidgetArea(one) for one in self._docks.values()
              if frame.isVisible() and one.isVisible() and not one.isFloating()}
        bottom = Qt.DockWidgetArea.BottomDockWidgetArea
        others = [one for one, area in at.items() if area != bottom]
        if not self._wanted or at.get(dock) != bottom or not others:
            return
        tallest, height = max(others, key=lambda one: one.height()), min(self._wanted, frame.height() // 3)
        for _ in range(STEPS):  # Each time Qt goes a part of the way.
            more = dock.height() - height
            if abs(more) <= 1:
                break
            frame.resizeDocks([tallest], [max(1, tallest.height() + more)], Qt.Orientation.Vertical)
