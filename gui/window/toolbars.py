"""The toolbar: the buttons of actions that have an icon, the prompt, and where the model computes."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QToolBar, QToolButton

from gui.commands.actions import Action
from gui.commands.menus import Menus
from gui.prompt.prompt_bar import PromptBar
from gui.shared.context import Context
from gui.theme.colors import icon

EDGES = 90
"""Pixels of two toolbars' margins and gaps."""
WORDS = Qt.ToolButtonStyle.ToolButtonTextBesideIcon


class Toolbars(QObject):
    """Two bars in one row; where there is not room for all, buttons lose their words and the prompt takes two lines."""

    def __init__(self, context: Context, menus: Menus, prompt_bar: PromptBar) -> None:
        super().__init__(context)
        self._frame, self._store, self._menus, self._prompt_bar = context.frame, context.store, menus, prompt_bar
        self._tools: dict[str, QToolButton] = {}
        self.device = QLabel()
        self.device.setContentsMargins(6, 0, 8, 0)
        self.device.setAccessibleName("Device")
        self.device.setToolTip("Where the model computes; change it under Model ▸ Device")
        buttons, prompt = self._bar("Tools", "tools"), self._bar("Prompt", "prompt_row")
        for entry, action in menus.entries():
            if entry.icon:
                buttons.addWidget(self._button(entry, action))
        prompt.addWidget(prompt_bar)
        prompt.addWidget(self.device)
        self.draw_icons()
        prompt_bar.source_shown.connect(self.wrap)
        self._store.model_changed.connect(self._show_device)
        self._frame.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.draw_icons()
        elif event.type() == QEvent.Type.Resize:
            self.wrap()
        return False

    @Slot()
    def _show_device(self) -> None:
        self.device.setText(self._store.facts.device if self._store.facts else "")

    def draw_icons(self) -> None:
        """In the colours of the palette and the size of the text, which also says how wide the bars are."""
        size = round(self._frame.fontMetrics().height() * 1.6)
        for name, button in self._tools.items():
            button.setIcon(icon(name, self._frame.palette()))
            button.setIconSize(QSize(size, size))
        self._set_style(WORDS)
        self._with_words = sum(button.sizeHint().width() for button in self._tools.values())
        self.wrap()

    @Slot()
    def wrap(self) -> None:
        """Words beside the icons or none, by the window's width."""
        needed = self._with_words + self._prompt_bar.sizeHint().width() + self.device.sizeHint().width() + EDGES
        self._set_style(WORDS if needed <= self._frame.width() else Qt.ToolButtonStyle.ToolButtonIconOnly)

    def _set_style(self, style: Qt.ToolButtonStyle) -> None:
        for button in self._tools.values():
            button.setToolButtonStyle(style)

    def _bar(self, title: str, name: str) -> QToolBar:
        bar = QToolBar(title)
        bar.setObjectName(name)
        bar.setMovable(False)
        self._frame.addToolBar(bar)
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
            button.setMenu(self._menus.menu(entry.more))
            button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        return button
