"""The prompt: its source, the source's options, and which sample of it is shown."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from analysis.values import Option, PromptFacts, PromptInfo, PromptSpec, as_options

from .panels.flow import FlowLayout
from .plain import plain_tip

SETTLE_MS = 400
"""Typing "120" passes through 1 and 12: a change is asked for only when no other follows this soon."""


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
            spin = QSpinBox(minimum=option.low, maximum=option.high)
            spin.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
            return spin
        if option.kind == "choice":
            combo = QComboBox()
            for value, text in option.choices:
                combo.addItem(text, value)
            return combo
        if option.kind == "file":
            return FileButton(option.label)
        line = QLineEdit()
        return line

    def connect(self, edited: QTimer) -> None:
        """Start the timer on every change that a person makes."""
        widget = self.widget
        if isinstance(widget, QSpinBox):
            widget.valueChanged.connect(lambda _: edited.start())
        elif isinstance(widget, QComboBox):
            widget.activated.connect(lambda _: edited.start())
        elif isinstance(widget, QLineEdit):
            widget.textEdited.connect(lambda _: edited.start())
        elif isinstance(widget, FileButton):
            widget.chosen.connect(edited.start)

    def value(self) -> str:
        widget = self.widget
        if isinstance(widget, QSpinBox):
            return str(widget.value())
        if isinstance(widget, QComboBox):
            return str(widget.currentData())
        return widget.path if isinstance(widget, FileButton) else widget.text()  # type: ignore[attr-defined]

    def set_value(self, value: str) -> None:
        widget = self.widget
        with QSignalBlocker(widget):
            if isinstance(widget, QSpinBox):
                widget.setValue(int(value) if value.isascii() and value.isdigit() else self.option.low)
            elif isinstance(widget, QComboBox):
                widget.setCurrentIndex(max(0, widget.findData(value)))
            elif isinstance(widget, FileButton):
                widget.set_path(value)
            elif isinstance(widget, QLineEdit):
                widget.setText(value)


def _pair(name: str, *controls: QWidget) -> QWidget:
    """A label and what it names, kept on one line."""
    pair, label = QWidget(), QLabel(name)
    label.setBuddy(controls[0])
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(5)
    for widget in (label, *controls):
        row.addWidget(widget)
    return pair


class PromptBar(QWidget):
    """Emits the prompt that a person describes, and the sample to show."""

    source_shown = Signal()
    """Other controls are on show, of another width."""
    prompt_requested = Signal(object)
    """PromptSpec"""
    sample_requested = Signal(object)
    """int, or None for the mean over all samples"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._infos: dict[str, PromptInfo] = {}
        self._controls: list[OptionControl] = []
        self._source = QComboBox()
        self._source.setAccessibleName("Prompt source")
        self._source.setToolTip("Where the prompt comes from")
        self._source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._source.activated.connect(self._source_chosen)
        self._options: list[QWidget] = []
        self._sample = QSpinBox(minimum=0, maximum=0)
        self._sample.setEnabled(False)
        self._sample.setAccessibleName("Sample")
        self._sample.setToolTip("Which sample of the prompt is shown, counted from 0")
        self._sample.valueChanged.connect(self._sample_chosen)
        self._which = QComboBox()
        self._which.setEnabled(False)
        self._which.setAccessibleName("One sample or the mean")
        self._which.setToolTip("Show this sample, or the mean over all samples of the prompt")
        self._which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._which.addItems(["this sample", "mean of all"])
        self._which.activated.connect(self._sample_chosen)
        self._edited = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._edited.timeout.connect(self._request)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._flow = FlowLayout(self)
        self._flow.setContentsMargins(4, 0, 4, 0)
        self._flow.addWidget(_pair("Prompt", self._source))
        self._flow.addWidget(_pair("sample", self._sample, self._which))

    # ---- in --------------------------------------------------------------------------------------------------

    def set_sources(self, infos: tuple[PromptInfo, ...]) -> None:
        self._infos = {info.key: info for info in infos}
        self._source.clear()
        for info in infos:
            self._source.addItem(info.title, info.key)
            self._source.setItemData(self._source.count() - 1, info.tip, 3)  # Qt.ToolTipRole
        self._show_source()

    def set_prompt(self, prompt: PromptFacts) -> None:
        """Show the prompt that is in force, without asking for it again."""
        self._edited.stop()
        row = self._source.findData(prompt.spec.source)
        if row >= 0 and (row != self._source.currentIndex() or not self._controls):
            self._source.setCurrentIndex(row)
            self._show_source()
        for control in self._controls:
            control.set_value(prompt.spec.option(control.option.key, control.option.default))
        with QSignalBlocker(self._sample):
            self._sample.setMaximum(max(0, prompt.n_samples - 1))
        self._which.setItemText(1, f"mean of {prompt.n_samples}")
        self._which.setEnabled(prompt.n_samples > 1)
        self.setToolTip(plain_tip(prompt.description))
        self._enable()

    def set_sample(self, sample: int | None) -> None:
        with QSignalBlocker(self._sample):
            self._which.setCurrentIndex(int(sample is None))
            if sample is not None:
                self._sample.setValue(sample)
        self._enable()

    # ---- out -------------------------------------------------------------------------------------------------

    @Slot()
    def _request(self) -> None:
        files = [control for control in self._controls if control.option.kind == "file"]
        if files and len(files) == len(self._controls) and not any(control.value() for control in files):
            return  # Nothing was chosen yet: the buttons say what to do.
        values = {control.option.key: control.value() for control in self._controls}
        self.prompt_requested.emit(PromptSpec(self._source.currentData(), as_options(values)))

    @Slot()
    def _source_chosen(self) -> None:
        self._show_source()
        self._request()

    @Slot()
    def _sample_chosen(self) -> None:
        self._enable()
        self.sample_requested.emit(None if self._which.currentIndex() == 1 else self._sample.value())

    # ---- inside ----------------------------------------------------------------------------------------------

    def _show_source(self) -> None:
        """The controls of the chosen source's options, at their defaults."""
        for widget in self._options:
            self._flow.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        info = self._infos.get(str(self._source.currentData()))
        self._controls = [OptionControl(option) for option in info.options] if info else []
        self._options = [_pair(control.option.label, control.widget) for control in self._controls]
        for place, widget in enumerate(self._options):
            self._flow.insert(1 + place, widget)
            self._controls[place].connect(self._edited)
            widget.show()
        stops = [self._source, *(control.widget for control in self._controls), self._sample, self._which]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)
        self._fit_font()
        self.source_shown.emit()

    def sizeHint(self) -> QSize:
        """Everything on one line."""
        return QSize(self._flow.line_width(), self._flow.minimumSize().height())

    def _fit_font(self) -> None:
        """Room for the numbers in use, not for the largest allowed."""
        digit = self.fontMetrics().horizontalAdvance("0")
        for spin in self.findChildren(QSpinBox):
            steps = spin.buttonSymbols() != QAbstractSpinBox.ButtonSymbols.NoButtons
            spin.setFixedWidth(5 * digit + 12 + steps * self.fontMetrics().height())
        for line in self.findChildren(QLineEdit):
            if not isinstance(line.parent(), QSpinBox):
                line.setMinimumWidth(10 * digit)
        self._flow.invalidate()
        self._fit_height()

    def _fit_height(self) -> None:
        """As high as the lines that the width asks for: a toolbar does not ask by itself."""
        high = self._flow.heightForWidth(self.width())
        if high != self.minimumHeight():
            self.setFixedHeight(high)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_height()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_flow"):
            self._fit_font()
            self.source_shown.emit()

    def _enable(self) -> None:
        one = self._which.currentIndex() == 0
        self._sample.setEnabled(one and self._sample.maximum() > 0)
