"""The toolbar: the buttons of actions that have an icon, the prompt, and where the model computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QToolBar, QToolButton

from gui.commands.actions import Action
from gui.theme.colors import icon

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow

EDGES = 90
"""Pixels of two toolbars' margins and gaps."""
WORDS = Qt.ToolButtonStyle.ToolButtonTextBesideIcon


class Toolbars(QObject):
    """Two bars in one row; where there is not room for all, buttons lose their words and the prompt takes two lines."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._tools: dict[str, QToolButton] = {}
        self.device = QLabel()
        self.device.setContentsMargins(6, 0, 8, 0)
        self.device.setAccessibleName("Device")
        self.device.setToolTip("Where the model computes; change it under Model ▸ Device")
        buttons, prompt = self._bar("Tools", "tools"), self._bar("Prompt", "prompt_row")
        for entry, action in window.commands.entries():
            if entry.icon:
                buttons.addWidget(self._button(entry, action))
        prompt.addWidget(window.prompt_bar)
        prompt.addWidget(self.device)
        self.draw_icons()
        window.prompt_bar.source_shown.connect(self.wrap)

    def draw_icons(self) -> None:
        """In the colours of the palette and the size of the text, which also says how wide the bars are."""
        size = round(self._window.fontMetrics().height() * 1.6)
        for name, button in self._tools.items():
            button.setIcon(icon(name, self._window.palette()))
            button.setIconSize(QSize(size, size))
        self._set_style(WORDS)
        self._with_words = sum(button.sizeHint().width() for button in self._tools.values())
        self.wrap()

    @Slot()
    def wrap(self) -> None:
        """Words beside the icons or none, by the window's width."""
        needed = self._with_words + self._window.prompt_bar.sizeHint().width() + self.device.sizeHint().width() + EDGES
        self._set_style(WORDS if needed <= self._window.width() else Qt.ToolButtonStyle.ToolButtonIconOnly)

    def _set_style(self, style: Qt.ToolButtonStyle) -> None:
        for button in self._tools.values():
            button.setToolButtonStyle(style)

    def _bar(self, title: str, name: str) -> QToolBar:
        bar = QToolBar(title)
        bar.setObjectName(name)
        bar.setMovable(False)
        self._window.addToolBar(bar)
        return bar

    def _button(self, entry: Action, action: QAction) -> QToolButton:
        button = self._tools[entry.icon] = QToolButton(autoRaise=True)
        button.setText(entry.short or entry.text)
        button.setToolTip(action.toolTip())
        button.setAccessibleName(entry.text)
        button.setEnabled(action.isEnabled())
        action.enabledChanged.connect(button.setEnabled)
        button.clicked.connect(action.trigger)
        if entry.more:
            button.setMenu(self._window.commands.menu(entry.more))
            button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        return button
