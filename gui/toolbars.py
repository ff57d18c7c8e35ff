"""The toolbar: the buttons of actions that have an icon, the prompt, and where the model computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QToolBar, QToolButton

from .actions import Action
from .colors import icon

if TYPE_CHECKING:
    from .main_window import MainWindow

EDGES = 90
"""Pixels of two toolbars' margins and gaps."""


class Toolbars(QObject):
    """Two bars in one row; the prompt goes on a row of its own where it does not fit beside the buttons."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._tools: dict[str, QToolButton] = {}
        self.device = QLabel()
        self.device.setContentsMargins(6, 0, 8, 0)
        self.device.setAccessibleName("Device")
        self.device.setToolTip("Where the model computes; change it under Model ▸ Device")
        self._buttons, self._prompt = self._bar("Tools", "tools"), self._bar("Prompt", "prompt_row")
        for entry, action in window.commands.entries():
            if entry.icon:
                self._buttons.addWidget(self._button(entry, action))
        self._prompt.addWidget(window.prompt_bar)
        self._prompt.addWidget(self.device)
        self.draw_icons()
        window.prompt_bar.source_shown.connect(self.wrap)

    def draw_icons(self) -> None:
        """In the colours of the palette and the size of the text."""
        size = round(self._window.fontMetrics().height() * 1.6)
        for name, button in self._tools.items():
            button.setIcon(icon(name, self._window.palette()))
            button.setIconSize(QSize(size, size))

    @Slot()
    def wrap(self) -> None:
        """One row or two, by the window's width."""
        window, prompt = self._window, self._prompt
        needed = sum(button.sizeHint().width() for button in self._tools.values())
        needed += window.prompt_bar.sizeHint().width() + self.device.sizeHint().width() + EDGES
        if (needed > window.width()) != window.toolBarBreak(prompt):
            if window.toolBarBreak(prompt):
                window.removeToolBarBreak(prompt)
            else:
                window.insertToolBarBreak(prompt)

    def _bar(self, title: str, name: str) -> QToolBar:
        bar = QToolBar(title)
        bar.setObjectName(name)
        bar.setMovable(False)
        self._window.addToolBar(bar)
        return bar

    def _button(self, entry: Action, action: QAction) -> QToolButton:
        button = self._tools[entry.icon] = QToolButton(autoRaise=True)
        button.setText(entry.short or entry.text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(action.toolTip())
        button.setAccessibleName(entry.text)
        button.setEnabled(action.isEnabled())
        action.enabledChanged.connect(button.setEnabled)
        button.clicked.connect(action.trigger)
        if entry.more:
            button.setMenu(self._window.commands.menu(entry.more))
            button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        return button
