"""A control for one option of a view: segmented buttons, a list, or a number."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

from analysis.values import Option

FEW = 3
"""Up to this many choices are buttons side by side; more are a list."""


class Segment(QToolButton):
    """One of a few choices. Painted here: the style marks a pressed button too faintly to be seen."""

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


class Control(QWidget):
    """The option's label and its control."""

    changed = Signal(str, str)
    """(key, value), when the person changed it."""

    def __init__(self, option: Option, parent: QWidget) -> None:
        super().__init__(parent)
        self.option = option
        self._buttons: QButtonGroup | None = None
        self._combo: QComboBox | None = None
        self._number: QSpinBox | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        if option.label:
            row.addWidget(QLabel(option.label, self))
        if option.kind == "number":
            row.addWidget(self._make_number())
        elif len(option.choices) <= FEW:
            self._make_buttons(row)
        else:
            row.addWidget(self._make_combo())
        self.setToolTip(option.tip or option.label)
        self.set_value(option.default)

    def stops(self) -> list[QWidget]:
        """What the Tab key stops at, in order."""
        buttons = self._buttons.buttons() if self._buttons else []
        return [widget for widget in (*buttons, self._combo, self._number) if widget is not None]

    def value(self) -> str:
        if self._number is not None:
            return str(self._number.value())
        if self._combo is not None:
            return str(self._combo.currentData())
        assert self._buttons is not None
        return self.option.choices[max(0, self._buttons.checkedId())][0]

    def set_value(self, value: str) -> None:
        """Shows `value` without a signal; a value that is no choice leaves the control as it is."""
        values = [choice for choice, _ in self.option.choices]
        if self._number is not None and value.lstrip("-").isdigit():
            with QSignalBlocker(self._number):
                self._number.setValue(int(value))
        elif self._combo is not None and value in values:
            with QSignalBlocker(self._combo):
                self._combo.setCurrentIndex(values.index(value))
        elif self._buttons is not None and value in values:
            self._buttons.button(values.index(value)).setChecked(True)

    def _make_number(self) -> QSpinBox:
        self._number = box = QSpinBox(self)
        box.setRange(int(self.option.low), int(self.option.high))
        box.setKeyboardTracking(False)
        box.setAccessibleName(self.option.label)
        box.setToolTip(self.option.tip or self.option.label)
        self._fit_number()
        box.valueChanged.connect(self._emit)
        return box

    def _fit_number(self) -> None:
        """Room for the numbers in use, not for the largest allowed."""
        if self._number is not None:
            metrics = self._number.fontMetrics()
            self._number.setFixedWidth(metrics.horizontalAdvance("000000") + 12 + metrics.height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_number"):
            self._fit_number()

    def _make_combo(self) -> QComboBox:
        self._combo = combo = QComboBox(self)
        for value, text in self.option.choices:
            combo.addItem(text, value)
        combo.setAccessibleName(self.option.label)
        combo.setToolTip(self.option.tip or self.option.label)
        combo.activated.connect(self._emit)
        return combo

    def _make_buttons(self, row: QHBoxLayout) -> None:
        self._buttons = QButtonGroup(self)
        inner = QHBoxLayout()
        inner.setSpacing(0)
        for index, (_, text) in enumerate(self.option.choices):
            button = Segment(self)
            button.setText(text)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(f"{self.option.label}: {text}")
            button.setToolTip(self.option.tip or f"{self.option.label}: {text}")
            self._buttons.addButton(button, index)
            inner.addWidget(button)
        row.addLayout(inner)
        self._buttons.idClicked.connect(self._emit)

    def _emit(self) -> None:
        self.changed.emit(self.option.key, self.value())
