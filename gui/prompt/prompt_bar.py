"""The prompt: its source, the source's options, and which sample of it is shown."""

from itertools import pairwise
from typing import cast

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QWidget,
    QWidgetAction,
)

from analysis.values import PromptFacts, PromptInfo, PromptSpec, as_options
from gui.panels.controls import OptionControl
from gui.panels.flow import FlowLayout
from gui.theme.named import named
from gui.theme.text import plain_tip

NO_TOKENIZER = "This model came without a tokenizer: put its tokenizer.json, or nanoGPT's meta.pkl, beside it."
SETTLE_MS = 400
"""Typing "120" passes through 1 and 12: a change is asked for only when no other follows this soon."""


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


class MoreButton(QPushButton):
    """Opens a panel with the controls that are seldom needed, one under the other."""

    def __init__(self, controls: list[OptionControl]) -> None:
        super().__init__("More")
        named(self, "More of the prompt", "How the prompt is made, in detail")
        form, menu = QWidget(), QMenu(self)
        rows, action = QFormLayout(form), QWidgetAction(menu)
        for control in controls:
            rows.addRow(control.option.label, control.widget)
        action.setDefaultWidget(form)
        menu.addAction(action)
        self.setMenu(menu)


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
        self._handwriting = self._tokenizer = False
        self._controls: list[OptionControl] = []
        self._pairs: dict[str, QWidget] = {}
        fit = QComboBox.SizeAdjustPolicy.AdjustToContents
        self._source = named(QComboBox(sizeAdjustPolicy=fit), "Prompt source", "Where the prompt comes from")
        self._source.activated.connect(self._source_chosen)
        self._options: list[QWidget] = []
        self._sample = named(QSpinBox(minimum=0, maximum=0), "Sample",
                             "Which sample of the prompt is shown, counted from 0")
        self._sample.setEnabled(False)
        self._sample.valueChanged.connect(self._sample_chosen)
        self._which = named(QComboBox(sizeAdjustPolicy=fit), "One sample or the mean",
                            "Show this sample, or the mean over all samples of the prompt")
        self._which.setEnabled(False)
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
        self._fill_sources()

    def set_model(self, handwriting: bool, tokenizer: bool) -> None:
        """Offer the sources of handwriting to a model that reads it, and those of text to one with a tokenizer."""
        if (handwriting, tokenizer) != (self._handwriting, self._tokenizer):
            self._handwriting, self._tokenizer = handwriting, tokenizer
            self._fill_sources()

    def set_prompt(self, prompt: PromptFacts) -> None:
        """Show the prompt that is in force, without asking for it again."""
        self._edited.stop()
        row = self._source.findData(prompt.spec.source)
        if row >= 0 and (row != self._source.currentIndex() or not self._controls):
            self._source.setCurrentIndex(row)
            self._show_source()
        for control in self._controls:
            control.set_value(prompt.spec.option(control.option.key, control.option.default))
        self._show_what_applies()
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
        self._controls = [OptionControl(option, f"Prompt {option.label}") for option in info.options] if info else []
        for control in self._controls:
            control.edited.connect(self._option_edited)
            if isinstance(control.widget, QSpinBox):
                control.widget.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        usual = [control for control in self._controls if not control.option.rare]
        rare = [control for control in self._controls if control.option.rare]
        self._pairs = {control.option.key: _pair(control.option.label, control.widget) for control in usual}
        more = [MoreButton(rare)] if rare else []
        self._options = [*self._pairs.values(), *more]
        for place, widget in enumerate(self._options):
            self._flow.insert(1 + place, widget)
            widget.show()
        self._show_what_applies()
        stops = [self._source, *(control.widget for control in usual), *more, self._sample, self._which]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)
        self._fit_font()
        self.source_shown.emit()

    def _fill_sources(self) -> None:
        before = self._source.currentData()
        self._source.clear()
        for info in self._infos.values():
            if self._handwriting or not info.handwriting:
                self._source.addItem(info.title, info.key)
                row = self._source.count() - 1
                able = self._tokenizer or not info.tokenizer
                self._source.setItemData(row, info.tip if able else NO_TOKENIZER, Qt.ItemDataRole.ToolTipRole)
                cast(QStandardItemModel, self._source.model()).item(row).setEnabled(able)
        self._source.setCurrentIndex(max(0, self._source.findData(before)))
        self._show_source()

    def _option_edited(self) -> None:
        self._show_what_applies()
        self._edited.start()

    def _show_what_applies(self) -> None:
        """Only the options that the chosen ones leave a meaning."""
        values = {control.option.key: control.value() for control in self._controls}
        changed = False
        for option in (control.option for control in self._controls):
            if option.when is not None:
                key, wanted = option.when
                applies, pair = values.get(key) in wanted, self._pairs[option.key]
                changed |= applies == pair.isHidden()
                pair.setVisible(applies)
        if changed:
            self._flow.invalidate()
            self._fit_height()
            self.source_shown.emit()

    def sizeHint(self) -> QSize:
        """Everything on one line."""
        return QSize(self._flow.line_width(), self._flow.minimumSize().height())

    def _fit_font(self) -> None:
        """Room for the numbers in use, not for the largest allowed."""
        digit = self.fontMetrics().horizontalAdvance("0")
        # Of our own widgets alone: PySide never lets go of the line that it is asked for inside a spin box.
        for widget in (self._sample, *(control.widget for control in self._controls)):
            if isinstance(widget, QSpinBox):
                steps = widget.buttonSymbols() != QAbstractSpinBox.ButtonSymbols.NoButtons
                widget.setFixedWidth(5 * digit + 12 + steps * self.fontMetrics().height())
            elif isinstance(widget, QLineEdit):
                widget.setMinimumWidth((30 if len(widget.text()) > 15 else 15) * digit)
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
        if event.type() == QEvent.Type.FontChange:
            self._fit_font()
            self.source_shown.emit()

    def _enable(self) -> None:
        one = self._which.currentIndex() == 0
        self._sample.setEnabled(one and self._sample.maximum() > 0)
