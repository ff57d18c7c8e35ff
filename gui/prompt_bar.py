"""The prompt: its source, the source's options, and which sample of it is shown."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from analysis.values import Option, PromptFacts, PromptInfo, PromptSpec, as_options

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
            spin.setMaximumWidth(56)
            return spin
        if option.kind == "choice":
            combo = QComboBox()
            for value, text in option.choices:
                combo.addItem(text, value)
            return combo
        if option.kind == "file":
            return FileButton(option.label)
        line = QLineEdit()
        line.setMinimumWidth(64)
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
        self._options = QHBoxLayout()
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
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 0)
        layout.addWidget(QLabel("Prompt"))
        layout.addWidget(self._source)
        layout.addLayout(self._options)
        layout.addSpacing(8)
        layout.addWidget(QLabel("sample"))
        layout.addWidget(self._sample)
        layout.addWidget(self._which)

    # ---- in --------------------------------------------------------------------------------------------------

    def set_sources(self, infos: tuple[PromptInfo, ...]) -> None:
        self._infos = {info.key: info for info in infos}
        self._source.clear()
        for info in infos:
            self._source.addItem(info.title, info.key)
            self._source.setItemData(self._source.count() - 1, info.tip, 3)  # Qt.ToolTipRole
        self._source.setMinimumWidth(self._source.sizeHint().width())  # its name is never clipped
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
        while (item := self._options.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        info = self._infos.get(str(self._source.currentData()))
        self._controls = [OptionControl(option) for option in info.options] if info else []
        for control in self._controls:
            label = QLabel(control.option.label)
            label.setBuddy(control.widget)
            self._options.addWidget(label)
            self._options.addWidget(control.widget)
            control.connect(self._edited)
        self._options.invalidate()
        self.source_shown.emit()

    def _enable(self) -> None:
        one = self._which.currentIndex() == 0
        self._sample.setEnabled(one and self._sample.maximum() > 0)
