"""The window's docks: which there are, where they are placed at first, and which panel was used last."""

from typing import cast

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QTabBar, QWidget

from gui.panels.panel import FigurePanel, Panels
from gui.prompt.prompt_panel import PromptPanel
from gui.window.dock_title import DockTitle

LAYOUT_VERSION = 5
"""Raised when docks are added or renamed, so that older saved layouts are ignored."""
LINE = 15
"""Height in pixels of a line of text at which the widths and heights below fit."""
LOW = 780
"""A window of fewer pixels has no room for two panels one above the other."""
PANELS = (("attention", "Attention"), ("qk", "QK"), ("ov", "OV"), ("composition", "Composition"), ("card", "Head"),
          ("effects", "Effects"))


class Docks(QObject):
    """The docks of a window, by key."""

    sight_changed = Signal()
    """A dock may have come into sight."""

    def __init__(self, frame: QMainWindow, contents: dict[str, tuple[str, QWidget]]) -> None:
        """One dock for each (title, widget); not yet placed."""
        super().__init__(frame)
        self._frame = frame
        # A tab that comes to the front signals that before it has its place.
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.sight_changed)
        self._docks = {key: self._make(key, title, widget) for key, (title, widget) in contents.items()}

    def _make(self, key: str, title: str, widget: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self._frame)
        dock.setObjectName(f"dock_{key}")
        dock.setAccessibleName(title)
        dock.setTitleBarWidget(DockTitle(dock))
        dock.setWidget(widget)
        dock.toggleViewAction().setToolTip(f"Show or hide {title}")
        dock.visibilityChanged.connect(self._shown)
        # A dock that floats away from behind a tab comes in sight without visibilityChanged.
        dock.topLevelChanged.connect(self._later.start)
        return dock

    @Slot(bool)
    def _shown(self, visible: bool) -> None:
        if visible:
            self.sight_changed.emit()
            self._later.start()

    def __getitem__(self, key: str) -> QDockWidget:
        return self._docks[key]

    def values(self) -> list[QDockWidget]:
        return list(self._docks.values())

    def of(self, widget: QWidget) -> QDockWidget:
        """The dock that the widget is in."""
        return next(dock for dock in self._docks.values() if dock.isAncestorOf(widget))

    def bring_to_front(self, dock: QDockWidget) -> None:
        """Show it, in front of the docks that share its place."""
        dock.show()
        dock.raise_()

    def in_sight(self, widget: QWidget) -> bool:
        """Whether it can be seen: its dock is not closed, nor behind another tab, where Qt calls it visible too."""
        dock = widget if isinstance(widget, QDockWidget) else self.of(widget)
        behind = bool(self._frame.tabifiedDockWidgets(dock)) and dock.visibleRegion().isEmpty()
        return widget.isVisible() and not behind

    def tidy_tabs(self) -> None:
        """Hide tab bars that Qt leaves behind at former places; those in use lie right under a dock."""
        under = {(dock.x(), dock.geometry().bottom() + 1) for dock in self._docks.values() if dock.isVisible()}
        for bar in self._frame.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if bar.isVisible() and (bar.x(), bar.y()) not in under:
                bar.hide()

    def place(self) -> None:
        """Heads | attention over QK | composition, effects behind it, over OV | head card; the prompt below all.

        In a low window QK and OV are tabs behind the others. The comparison stands above the prompt and is hidden until
        something is pinned.
        """
        text = max(1.0, self._frame.fontMetrics().height() / LINE)
        low = self._frame.height() < LOW * text
        self._take_out()
        self._arrange(low)
        for key in ("attention", "composition"):
            self[key].raise_()
        self._resize(text, low)

    def _take_out(self) -> None:
        for key, dock in self._docks.items():
            if dock.isFloating():  # setFloating(False) lays out all docks even where this one does not float.
                dock.setFloating(False)
            self._frame.removeDockWidget(dock)
            dock.setVisible(key != "compare")

    def _arrange(self, low: bool) -> None:
        def split(first: str, second: str, direction: Qt.Orientation) -> None:
            self._frame.splitDockWidget(self[first], self[second], direction)

        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self._frame.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self["heads"])
        self._frame.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self["compare"])
        split("compare", "prompt", down)
        split("heads", "attention", across)
        split("attention", "composition", across)
        split("composition", "card", across)
        if not low:
            split("attention", "qk", down)
            split("composition", "ov", down)
        self._frame.tabifyDockWidget(self["composition"], self["effects"])
        if low:
            self._frame.tabifyDockWidget(self["attention"], self["qk"])
            self._frame.tabifyDockWidget(self["effects"], self["ov"])

    def _resize(self, text: float, low: bool) -> None:
        def resize(sizes: dict[str, int], direction: Qt.Orientation) -> None:
            self._frame.resizeDocks([self[key] for key in sizes], list(sizes.values()), direction)

        wide, high, down = self._frame.width(), self._frame.height(), Qt.Orientation.Vertical
        side, card = (290, 250) if wide >= 1200 else (190, 205)
        side, card = (min(round(width * text), wide // 4) for width in (side, card))
        half = max(100, (wide - side - card) // 2)
        resize({"heads": side, "attention": half, "composition": half, "card": card}, Qt.Orientation.Horizontal)
        strip = min(round((120 if high >= 800 else 90) * text), high // 5)
        tall = max(100, (high - strip - 100) // 2)
        if low:
            resize({"attention": 2 * tall}, down)
        else:
            for upper, lower in (("attention", "qk"), ("composition", "ov")):
                resize({upper: tall, lower: tall}, down)
        resize({"prompt": strip}, down)


class CurrentPanel(QObject):
    """The panel used last: exports and keys mean it. It leads to any other panel and view."""

    view_shown = Signal()

    def __init__(self, docks: Docks, panels: Panels, prompt_panel: PromptPanel) -> None:
        super().__init__(docks)
        self._docks, self._panels, self._prompt_panel = docks, panels, prompt_panel
        self.panel = panels["attention"]
        for panel in panels.values():
            panel.activated.connect(self._activated)
        cast(QApplication, QApplication.instance()).focusChanged.connect(self._focus_changed)

    def focus(self, key: str) -> None:
        """Show a panel, in front, and give it the keyboard."""
        panel = self._panels[key]
        if key == "ink":
            self._prompt_panel.tabs.setCurrentIndex(0)
        self._docks.bring_to_front(self._docks.of(panel))
        self.panel = panel
        tabs = panel.findChild(QTabBar)
        target = tabs if tabs is not None and tabs.isVisible() else panel
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_view(self, key: str, view: str) -> None:
        """A view, in front, with the keyboard in its panel."""
        self._panels[key].set_current_view(view)
        self.focus(key)
        self.view_shown.emit()

    def toggle_floating(self) -> None:
        """Take the panel out of the window, or put it back."""
        panel, dock = self.panel, self._docks.of(self.panel)
        dock.setFloating(not dock.isFloating())
        self.panel = panel  # A dock that moves leaves the keyboard to another one.

    @Slot()
    def _activated(self) -> None:
        self.panel = cast(FigurePanel, self.sender())

    @Slot(QWidget, QWidget)
    def _focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        for panel in self._panels.values():
            if new is not None and (new is panel or panel.isAncestorOf(new)):
                self.panel = panel
        if new is self._prompt_panel.tabs and self._prompt_panel.shows_ink():
            self.panel = self._panels["ink"]
