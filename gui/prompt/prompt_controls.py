"""The controls of a prompt source's options, and the panel for those that are seldom needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QSpinBox,
    QWidget,
    QWidgetAction,
)

from analysis.values import Option


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


class OptionControl:
    """The control of one option, with its value as text."""

    def __init__(self, option: Option) -> None:
        self.option = option
        self.widget: QWidget = self._make()
        self.widget.setAccessibleName(f"Prompt {option.label}")
        self.widget.setToolTip(option.tip or option.label)
        self.set_value(option.default)

    def _make(self) -> QWidget:
        option = self.option
        if option.kind == "number":
            spin = QSpinBox(minimum=int(option.low), maximum=int(option.high))
            spin.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
            return spin
        if option.kind == "decimal":
            return QDoubleSpinBox(minimum=option.low, maximum=option.high, decimals=2, singleStep=0.05)
        if option.kind == "choice":
            combo = QComboBox()
            for value, text in option.choices:
                combo.addItem(text, value)
            return combo
        if option.kind == "file":
            return FileButton(option.label)
        return QLineEdit()

    def connect(self, edited: Callable[[], object]) -> None:
        """Call `edited` on every change that a person makes."""
        widget = self.widget
        if isinstance(widget, (QSpinBox, QDoubleSpinBox)):
            widget.valueChanged.connect(lambda _: edited())
        elif isinstance(widget, QComboBox):
            widget.activated.connect(lambda _: edited())
        elif isinstance(widget, QLineEdit):
            widget.textEdited.connect(lambda _: edited())
        elif isinstance(widget, FileButton):
            widget.chosen.connect(lambda: edited())

    def value(self) -> str:
        widget = self.widget
        if isinstance(widget, QSpinBox):
            return str(widget.value())
        if isinstance(widget, QDoubleSpinBox):
            return f"{widget.value():g}"
        if isinstance(widget, QComboBox):
            return str(widget.currentData())
        return widget.path if isinstance(widget, FileButton) else widget.text()  # type: ignore[attr-defined]

    def set_value(self, value: str) -> None:
        widget = self.widget
        with QSignalBlocker(widget):
            if isinstance(widget, QSpinBox):
                widget.setValue(int(value) if value.isascii() and value.isdigit() else int(self.option.low))
            elif isinstance(widget, QDoubleSpinBox):
                widget.setValue(float(value))
            elif isinstance(widget, QComboBox):
                widget.setCurrentIndex(max(0, widget.findData(value)))
            elif isinstance(widget, FileButton):
                widget.set_path(value)
            elif isinstance(widget, QLineEdit):
                widget.setText(value)


class MoreButton(QPushButton):
    """Opens a panel with the controls that are seldom needed, one under the other."""

    def __init__(self, controls: list[OptionControl]) -> None:
        super().__init__("More")
        self.setAccessibleName("More of the prompt")
        self.setToolTip("How the prompt is made, in detail")
        form = QWidget()
        rows = QFormLayout(form)
        for control in controls:
            rows.addRow(control.option.label, control.widget)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(form)
        menu.addAction(action)
        self.setMenu(menu)
