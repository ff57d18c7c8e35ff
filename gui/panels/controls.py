"""Controls for the options of views and prompt sources: one widget an option, its value as text."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, QSize, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QWidget,
)

from analysis.values import Option
from gui.theme.named import named

FEW = 3
"""Up to this many choices of a view are buttons side by side; more are a list."""


class Segment(QToolButton):
    """One of a few choices. Painted here: the style marks a pressed button too faintly to be seen."""

    def __init__(self, text: str, tip: str, name: str = "") -> None:
        """`name`: for screen readers; empty: they are told the tip."""
        super().__init__()
        self.setText(text)
        self.setCheckable(True)
        named(self, name or tip, tip)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 16, self.fontMetrics().height() + 7)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, palette = QPainter(self), self.palette()
        marked = self.hasFocus() or self.underMouse()
        painter.setPen(palette.highlight().color() if marked else palette.mid().color())
        painter.setBrush(palette.highlight() if self.isChecked() else palette.button())
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.setPen((palette.highlightedText() if self.isChecked() else palette.buttonText()).color())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(2, 2, -3, -3))


class Segments(QWidget):
    """A few choices side by side."""

    chosen = Signal()

    def __init__(self, option: Option) -> None:
        super().__init__()
        self._values = [value for value, _ in option.choices]
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for index, (_, text) in enumerate(option.choices):
            name = f"{option.label}: {text}"
            button = Segment(text, option.tip or name, name)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._group.addButton(button, index)
            row.addWidget(button)
        self._group.idClicked.connect(self.chosen)

    def buttons(self) -> list[QWidget]:
        return list(self._group.buttons())

    def value(self) -> str:
        return self._values[max(0, self._group.checkedId())]

    def set_value(self, value: str) -> None:
        """Raises ValueError for a value that is not a choice."""
        self._group.button(self._values.index(value)).setChecked(True)


class FileButton(QPushButton):
    """A path that is chosen in a dialog; the button shows the file's name."""

    chosen = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self.set_path("")
        self.clicked.connect(self._choose)

    def set_path(self, path: str) -> None:
        self.path = path
        self.setText(Path(path).name if path else "Choose…")

    @Slot()
    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, f"Choose {self._title}", self.path, "All files (*)")
        if path:
            self.set_path(path)
            self.chosen.emit()


Editor = tuple[QWidget, Callable[[], str], Callable[[str], object], SignalInstance]
"""A widget; its value as text; how it shows one (ValueError: it does not fit); its signal when a person changed it."""


def _number(option: Option) -> Editor:
    box = QSpinBox(minimum=int(option.low), maximum=int(option.high))
    return box, lambda: str(box.value()), lambda text: box.setValue(int(text)), box.valueChanged


def _decimal(option: Option) -> Editor:
    box = QDoubleSpinBox(minimum=option.low, maximum=option.high, decimals=2, singleStep=0.05)
    return box, lambda: f"{box.value():g}", lambda text: box.setValue(float(text)), box.valueChanged


def _choice(option: Option) -> Editor:
    combo, values = QComboBox(), [value for value, _ in option.choices]
    for value, text in option.choices:
        combo.addItem(text, value)
    show = lambda value: combo.setCurrentIndex(values.index(value))  # noqa: E731
    return combo, lambda: str(combo.currentData()), show, combo.activated


def _segments(option: Option) -> Editor:
    segments = Segments(option)
    return segments, segments.value, segments.set_value, segments.chosen


def _file(option: Option) -> Editor:
    button = FileButton(option.label)
    return button, lambda: button.path, button.set_path, button.chosen


def _text(option: Option) -> Editor:
    line = QLineEdit()
    return line, line.text, line.setText, line.textEdited


EDITORS = {"number": _number, "decimal": _decimal, "choice": _choice, "file": _file, "text": _text}


class OptionControl(QObject):
    """The widget for one option, and its value as text."""

    edited = Signal()
    """A person changed it."""

    def __init__(self, option: Option, name: str, segments: bool = False) -> None:
        """`name`: for screen readers. `segments`: a few choices stand side by side instead of in a list."""
        super().__init__()
        self.option = option
        few = segments and option.kind == "choice" and len(option.choices) <= FEW
        make = _segments if few else EDITORS[option.kind]
        self.widget, self.value, self._show, changed = make(option)
        changed.connect(self.edited)
        named(self.widget, "" if few else name, option.tip or option.label)
        self.set_value(option.default)

    def set_value(self, value: str) -> None:
        """Shows `value` without a signal; one that the option cannot have leaves the control as it is."""
        with QSignalBlocker(self.widget), suppress(ValueError):
            self._show(value)

    def stops(self) -> list[QWidget]:
        """What the Tab key stops at, in order."""
        return self.widget.buttons() if isinstance(self.widget, Segments) else [self.widget]


class Control(QWidget):
    """An option of a view: its label and its control."""

    changed = Signal(str, str)
    """(key, value), when the person changed it."""

    def __init__(self, option: Option, parent: QWidget) -> None:
        super().__init__(parent)
        self.option = option
        control = self._control = OptionControl(option, option.label, segments=True)
        self.value, self.set_value, self.stops = control.value, control.set_value, control.stops
        control.edited.connect(self._emit)
        if isinstance(control.widget, QSpinBox):
            control.widget.setKeyboardTracking(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        if option.label:
            row.addWidget(QLabel(option.label, self))
        row.addWidget(control.widget)
        self.setToolTip(option.tip or option.label)
        self._fit_number()

    def _fit_number(self) -> None:
        """Room for the numbers in use, not for the largest allowed."""
        if isinstance(box := self._control.widget, QSpinBox):
            metrics = box.fontMetrics()
            box.setFixedWidth(metrics.horizontalAdvance("000000") + 12 + metrics.height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_number()

    @Slot()
    def _emit(self) -> None:
        self.changed.emit(self.option.key, self.value())
