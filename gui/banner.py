"""One sentence on top of the window, until it is dismissed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolBar, QToolButton, QWidget


class Banner(QToolBar):
    """Hidden while there is nothing to say; never modal."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Message", parent)
        self.setObjectName("banner")
        self.setMovable(False)
        self.toggleViewAction().setEnabled(False)
        self._words = QLabel(wordWrap=True)
        self._words.setAccessibleName("Message")
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        dismiss = QToolButton(autoRaise=True)
        dismiss.setText("Dismiss")
        dismiss.setAccessibleName("Dismiss message")
        dismiss.setToolTip("Hide this message")
        dismiss.clicked.connect(self.dismiss)
        body = QWidget()
        body.setObjectName("banner_body")
        body.setStyleSheet("#banner_body {background: #b3261e; border-radius: 3px} QLabel, QToolButton {color: white}")
        layout = QHBoxLayout(body)
        layout.setContentsMargins(10, 4, 4, 4)
        layout.addWidget(self._words, 1)
        layout.addWidget(dismiss)
        self.addWidget(body)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while hidden."""
        return "" if self.isHidden() else self._words.text()

    def say(self, sentence: str) -> None:
        self._words.setText(sentence)
        self.show()

    @Slot()
    def dismiss(self) -> None:
        self.hide()
