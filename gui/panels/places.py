"""A scrolled area of places (chips, strokes) that pointer and keys point at, click, and hear about."""

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPalette
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QWidget

from gui.panels.accessibility import Spoken, say
from gui.panels.drawing.chart import AWAY, TABBED
from gui.theme.text import plain_tip

NONE = -1
FAR = 10
"""Places of a step with Shift."""
KEYS = "Left and Right move by one, with Shift by ten; Up and Down by {line}; Home and End go to the ends; Enter keeps."
_STEPS, _LINES = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}, {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class Places(QAbstractScrollArea):
    """What it shows is numbered from 0; one place at a time is hot: under the pointer, or where keys have gone."""

    LINE = "a line"
    """What Up and Down move by, in words."""

    pointed = Signal(int)
    """The hot place; −1 when there is none."""
    clicked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Base)
        self._hot = self._kept = NONE
        self._words = ""

    # ---- what a kind of place fills in

    def shown(self) -> list[int]:
        """The places that can be pointed at, in their order."""
        return []

    def place_at(self, point: QPoint) -> int:
        """The place under a point of the viewport, or −1."""
        return NONE

    def place_rect(self, place: int) -> QRect:
        """Where a place is, in pixels of the viewport."""
        return QRect()

    def line_step(self, place: int, by: int) -> int:
        """The place a line further down (1) or up (−1)."""
        return place

    def arrange(self) -> None:
        """Lays everything out again, for another size or font."""

    # ---- pointing

    def point_left(self) -> None:
        """The pointer is nowhere."""
        self.point(NONE)

    def point(self, place: int) -> None:
        if place != self._hot:
            self._hot = place
            self._words = ""
            self.viewport().update()
            self.pointed.emit(place)

    def tell(self, words: str, more: str = "") -> None:
        """What the hot place is, for the tooltip (with `more` below) and for screen readers."""
        self._words = words
        self.viewport().setToolTip(plain_tip("\n".join(filter(None, (words, more)))))

    def spoken(self) -> Spoken:
        return Spoken(self.accessibleName(), self._words, KEYS.format(line=self.LINE))

    def walk_to(self, place: int) -> None:
        """Makes a place hot, in sight, and says it."""
        self._kept = place
        rect, bar, high = self.place_rect(place), self.verticalScrollBar(), self.viewport().height()
        if rect.top() < 0 or rect.bottom() > high:
            bar.setValue(bar.value() + rect.center().y() - high // 2)
        self.point(place)
        say(self, self._words)

    # ---- events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, shown = Qt.Key(event.key()), self.shown()
        plain = not event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        here = next((place for place in (self._hot, self._kept) if place in shown), NONE)
        if not plain or not shown:
            super().keyPressEvent(event)
        elif key in _ENTER and here != NONE:
            self.clicked.emit(here)
        elif (target := self._target(key, bool(event.modifiers()), here, shown)) is not None:
            self.walk_to(target)
        else:
            super().keyPressEvent(event)

    def _target(self, key: Qt.Key, far: bool, here: int, shown: list[int]) -> int | None:
        """Where a key goes from `here`; None: it is none of ours."""
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            return shown[0 if key == Qt.Key.Key_Home else -1]
        if key not in _STEPS | _LINES:
            return None
        if here == NONE:
            return shown[0]
        if key in _LINES:
            return self.line_step(here, _LINES[key])
        step = shown.index(here) + _STEPS[key] * (FAR if far else 1)
        return shown[min(max(step, 0), len(shown) - 1)]

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in TABBED and self._hot == NONE and (shown := self.shown()):
            self.walk_to(self._kept if self._kept in shown else shown[0])

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in AWAY and self._hot == self._kept:
            self.point_left()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point(self.place_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().toPoint())
        if place != NONE and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(place)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.point_left()
        return super().viewportEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.arrange()
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()
