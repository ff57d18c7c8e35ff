"""The title of a dock: its name, and buttons to let it float and to close it."""

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from gui.theme.colors import icon, quiet


class DockTitle(QWidget):
    """Follows font and colours; presses beside the buttons move the dock. Qt's own has neither names nor our icons."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._dock = dock
        self._label = QLabel(dock.windowTitle())
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        title = dock.windowTitle()
        self._float = self._button("float", f"Float {title}", "Take this out of the window, or put it back")
        self._close = self._button("close", f"Close {title}", "Hide this; the View menu brings it back")
        self._float.clicked.connect(self._toggle_floating)
        self._close.clicked.connect(dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 1, 2, 1)
        row.setSpacing(0)
        for widget in (self._label, self._float, self._close):
            row.addWidget(widget, 1 if widget is self._label else 0)
        self._restyle()

    def _button(self, name: str, words: str, tip: str) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setObjectName(name)
        button.setAccessibleName(words)
        button.setAccessibleDescription(tip)
        button.setToolTip(tip)
        # Two stops of the Tab key at every dock would be in the way: the View menu does the same.
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return button

    @Slot()
    def _toggle_floating(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())

    def _restyle(self) -> None:
        size = max(12, self.fontMetrics().height() * 3 // 4)
        for button in (self._float, self._close):
            button.setIcon(icon(button.objectName(), self.palette()))
            button.setIconSize(QSize(size, size))
        palette = self._label.palette()
        palette.setColor(self._label.foregroundRole(), quiet(self.palette()))
        self._label.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # A dock too narrow for its name shows the beginning of it, and all of it in the tooltip.
        self._label.setToolTip(self._dock.windowTitle())
