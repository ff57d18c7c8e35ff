"""One sentence on top of the window, until it is dismissed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolBar, QToolButton, QWidget

PROBLEM, NOTICE = "#b3261e", "#35618f"
MARGIN = 10


class Banner(QToolBar):
    """Hidden while there is nothing to say; never modal."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Message", parent)
        self.setObjectName("banner")
        self.setMovable(False)
        self.toggleViewAction().setEnabled(False)
        self._words = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._words.setAccessibleName("Message")
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._dismiss = QToolButton(autoRaise=True)
        self._dismiss.setText("Dismiss")
        self._dismiss.setAccessibleName("Dismiss message")
        self._dismiss.setToolTip("Hide this message")
        self._dismiss.clicked.connect(self.dismiss)
        self._body = QWidget()
        self._body.setObjectName("banner_body")
        layout = QHBoxLayout(self._body)
        layout.setContentsMargins(MARGIN, 4, 4, 4)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._dismiss)
        self.addWidget(self._body)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while hidden."""
        return "" if self.isHidden() else self._words.text()

    def say(self, sentence: str, notice: bool = False) -> None:
        """A problem, in red; a notice, where nothing went wrong, in blue."""
        color = NOTICE if notice else PROBLEM
        self._body.setStyleSheet(
            f"#banner_body {{background: {color}; border-radius: 3px}} QLabel, QToolButton {{color: white}}"
        )
        self._words.setText(sentence)
        self.show()
        self._fit()

    @Slot()
    def dismiss(self) -> None:
        self.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as the words are at this width: a toolbar asks its widgets at their narrowest."""
        width = self.width() - self._dismiss.sizeHint().width() - 3 * MARGIN
        height = max(self._words.heightForWidth(max(100, width)), self._dismiss.sizeHint().height())
        self._body.setFixedHeight(height + 8)
