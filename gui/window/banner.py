"""One sentence over the lower edge of the window, until it is dismissed."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Slot
from PySide6.QtGui import QColor, QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMainWindow, QToolButton

PROBLEM, NOTICE = "#b3261e", "#35618f"
MARGIN = 10


class Banner(QFrame):
    """Hidden while there is nothing to say; never modal. It lies over the panels: nothing moves when it comes."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.setAutoFillBackground(True)
        self._words = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._words.setAccessibleName("Message")
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._dismiss = QToolButton(autoRaise=True)
        self._dismiss.setText("Dismiss")
        self._dismiss.setAccessibleName("Dismiss message")
        self._dismiss.setToolTip("Hide this message (Esc)")
        self._dismiss.clicked.connect(self.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(MARGIN, 4, 4, 4)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._dismiss)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), window)
        self._escape.activated.connect(self.dismiss)
        self._escape.activatedAmbiguously.connect(self.dismiss)  # a hint is on show as well
        window.installEventFilter(self)
        self.dismiss()

    @property
    def text(self) -> str:
        """What it says; empty while hidden."""
        return "" if self.isHidden() else self._words.text()

    @Slot(str)
    def say(self, sentence: str, notice: bool = False) -> None:
        """A problem, in red, or a notice, where nothing went wrong, in blue."""
        palette, color = self.palette(), QColor(NOTICE if notice else PROBLEM)
        # The button under the pointer too: in the theme's own colour its white text could not be read.
        for role, shade in (("Window", color), ("Button", color.darker(130)), ("WindowText", QColor("white")),
                            ("ButtonText", QColor("white"))):
            palette.setColor(QPalette.ColorRole[role], shade)
        self.setPalette(palette)
        self._words.setText(sentence)
        self._escape.setEnabled(True)
        self.show()
        self._place()

    @Slot(str)
    def forget(self, sentence: str) -> None:
        """Hide, if this is the sentence on show: it no longer holds."""
        if sentence == self.text:
            self.dismiss()

    @Slot()
    def dismiss(self) -> None:
        self._escape.setEnabled(False)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return False

    def _place(self) -> None:
        """Above the status line, as wide as the window and as high as the words are at that width."""
        width = self._window.width() - 2 * MARGIN
        room = width - self._dismiss.sizeHint().width() - 3 * MARGIN
        height = max(self._words.heightForWidth(max(100, room)), self._dismiss.sizeHint().height()) + 8
        bottom = self._window.height() - self._window.statusBar().height() - 4
        self.setGeometry(QRect(MARGIN, bottom - height, width, height))
        self.raise_()
