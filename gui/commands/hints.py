"""Hints for a first start, on the demo: a card beside each part of the window, until they are dismissed for good."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Slot
from PySide6.QtGui import QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from gui.shared.context import Context
from gui.window.docks import Docks

WIDTH, MARGIN = 340, 10
HINTS = (
    ("heads",
     "Every head of the model with its scores. Click a column to rank by it, and a head to see it everywhere. "
     "Once all are scored, the strongest induction head of this demo is selected."),
    ("attention",
     "Where the selected head looks: a row for each query. The stripes below the diagonal are induction: "
     "each token that comes again looks at what followed it the time before."),
    ("composition",
     "Which earlier head feeds which later one, against chance. Click a cell to go to the pair: the "
     "strongest one here is the induction circuit."),
    ("prompt", "The prompt itself. Point at a stroke or a token to see what it attends to, click to keep it."),
    ("", "Ctrl+K finds every action, head and view; F1 explains them. Open your own checkpoint with Ctrl+O, or drop it "
         "here."),
)


class Hints(QFrame):
    """One hint at a time. They block nothing: the window works on underneath."""

    def __init__(self, context: Context, docks: Docks) -> None:
        frame = context.frame
        super().__init__(frame)
        self._frame, self._store, self._settings, self._docks = frame, context.store, context.settings, docks
        self._at, self._offered = 0, False
        self._outline = QFrame(frame, frameShape=QFrame.Shape.Box, lineWidth=2)
        self._outline.setForegroundRole(QPalette.ColorRole.Highlight)
        self._outline.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("hints")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.ToolTipBase)
        self.setForegroundRole(QPalette.ColorRole.ToolTipText)
        self.setAccessibleName("Hint")
        self._words = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._words.setForegroundRole(QPalette.ColorRole.ToolTipText)
        self._count = QLabel()
        self._count.setForegroundRole(QPalette.ColorRole.ToolTipText)
        self._next = QPushButton("Next")
        self._next.setToolTip("The next hint")
        self._next.clicked.connect(self.next)
        self._close = QPushButton("No more hints")
        self._close.setToolTip("Close the hints for good; Help ▸ Show hints brings them back")
        self._close.clicked.connect(self.dismiss)
        row = QHBoxLayout()
        row.addWidget(self._count, 1)
        row.addWidget(self._close)
        row.addWidget(self._next)
        column = QVBoxLayout(self)
        column.addWidget(self._words)
        column.addLayout(row)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), frame)
        self._escape.activated.connect(self.dismiss)
        self._escape.activatedAmbiguously.connect(self.dismiss)  # a message is on show as well
        self._vanish()
        frame.installEventFilter(self)

    def offer(self) -> None:
        """Show the hints when the demo is open, unless they were dismissed once."""
        self._offered = self._settings.hints

    @Slot()
    def start(self) -> None:
        """From the first one."""
        self._at = 0
        self._show()

    @Slot()
    def next(self) -> None:
        """The next one; after the last they close for good."""
        self._at += 1
        if self._at < len(HINTS):
            self._show()
        else:
            self.dismiss()

    @Slot()
    def dismiss(self) -> None:
        """For good, until a person asks for them again."""
        self._settings.hints = False
        self._vanish()

    @Slot()
    def model_opened(self) -> None:
        facts = self._store.facts
        if not self._offered:
            return
        if facts is None or not facts.demo:  # the hints are about the demo
            self._vanish()
        elif self._settings.hints and self.isHidden():
            self.start()

    def _show(self) -> None:
        key, words = HINTS[self._at]
        self._words.setText(words)
        self._count.setText(f"{self._at + 1} of {len(HINTS)}")
        self._next.setText("Done" if self._at == len(HINTS) - 1 else "Next")
        self._close.setVisible(self._at < len(HINTS) - 1)
        self.setAccessibleDescription(words)
        if key:
            self._docks.bring_to_front(self._docks[key])
        self._escape.setEnabled(True)
        self.show()
        self._place()

    def _vanish(self) -> None:
        self._escape.setEnabled(False)
        self.hide()
        self._outline.hide()

    def _place(self) -> None:
        """Beside the dock that the hint is about, inside the window; in the middle where that is not on show."""
        frame, key = self._frame, HINTS[self._at][0]
        self.setFixedWidth(min(WIDTH, frame.width() - 2 * MARGIN))
        self.adjustSize()
        self.resize(self.width(), self.heightForWidth(self.width()))
        dock = self._docks[key] if key else None
        if dock is None or not dock.isVisible() or dock.isFloating():
            self._outline.hide()
            self.move((frame.width() - self.width()) // 2, (frame.height() - self.height()) // 2)
        else:
            around = QRect(dock.mapTo(frame, QPoint(0, 0)), dock.size())
            self._outline.setGeometry(around)
            self._outline.show()
            self._outline.raise_()
            self.move(self._beside(around))
        self.raise_()

    def _beside(self, around: QRect) -> QPoint:
        """To the right where there is room, else above, else over its right edge."""
        frame = self._frame
        if around.right() + self.width() + 2 * MARGIN <= frame.width():
            left, top = around.right() + MARGIN, around.top() + 4 * MARGIN
        elif around.top() - self.height() - MARGIN > frame.menuBar().height():
            left, top = around.left() + MARGIN, around.top() - self.height() - MARGIN
        else:
            left, top = around.left() - self.width() - MARGIN, around.top() + 4 * MARGIN
        return QPoint(min(max(left, MARGIN), frame.width() - self.width() - MARGIN),
                      min(max(top, MARGIN), frame.height() - self.height() - MARGIN))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and not self.isHidden():
            self._place()
        return False
