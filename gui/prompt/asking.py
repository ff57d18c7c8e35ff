"""Asking for induction again: how long, how many copies and samples, which seed and which tokens."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from analysis.values import Asked
from analysis.values.selection import COPIES
from gui.shared.context import Context
from gui.shared.file_dialogs import ask_for_file
from gui.theme.widgets import lined_up, named

FOUND = 0
"""The length that stands for none: the one that shows most is taken."""
TOKENS = "LOW:HIGH, tokenizer, or a file of text or ids; empty: all but special and unused ones, as far as known"
FILES = ("Text or ids", (".txt", ".npy"))


class AskDialog(QDialog):
    """A form; it stays until the question is taken, so that a refused one can be put right."""

    wanted = Signal(object)
    """Asked"""

    def __init__(self, context: Context) -> None:
        super().__init__(context.frame)
        self.setWindowTitle("Ask for induction")
        self._context = context
        self.length = named(QSpinBox(minimum=FOUND, maximum=100_000), "Length",
                            "Tokens in one copy; “found” takes the length that shows most")
        self.length.setSpecialValueText("found")
        self.copies = named(QSpinBox(minimum=COPIES[0], maximum=COPIES[1]), "Copies", "How often the piece comes")
        self.samples = named(QSpinBox(minimum=1, maximum=4096), "Samples", "Random prompts; fewer than 8 claim nothing")
        self.seed = named(QSpinBox(minimum=0, maximum=2**31 - 1), "Seed", "Another seed, other tokens")
        self.tokens = named(QLineEdit(placeholderText="what text is made of"), "Tokens", TOKENS)
        self.tokens.setMinimumWidth(self.fontMetrics().horizontalAdvance(self.tokens.placeholderText()) + 24)
        self.file = named(QPushButton("&File…"), "Tokens from a file", "A text, or ids as .npy")
        self.file.setAutoDefault(False)  # Enter asks, wherever it is pressed.
        self.file.clicked.connect(self._choose_file)
        self.words = named(QLabel(), "What is wrong")
        self.words.setWordWrap(True)
        self.words.hide()
        self._arrange()
        self._fill(context.store.asked)

    def _arrange(self) -> None:
        form, row, tokens = QFormLayout(), QWidget(), QLabel("&Tokens")
        lined_up(QHBoxLayout(row), self.tokens, self.file, grows=self.tokens, spacing=5)
        for label, widget in (("&Length", self.length), ("&Copies", self.copies), ("&Samples", self.samples),
                              ("S&eed", self.seed)):
            form.addRow(label, widget)
        form.addRow(tokens, row)
        tokens.setBuddy(self.tokens)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.button = named(buttons.addButton("Ask", QDialogButtonBox.ButtonRole.AcceptRole), "Ask",
                            "Ask the open model anew")
        self.button.setDefault(True)
        buttons.accepted.connect(self._ask)
        buttons.rejected.connect(self.reject)
        lined_up(QVBoxLayout(self), form, self.words, buttons, spacing=8, margins=(12, 12, 12, 12))

    def _fill(self, asked: Asked) -> None:
        self.length.setValue(asked.length or FOUND)
        for box, value in ((self.copies, asked.copies), (self.samples, asked.samples), (self.seed, asked.seed)):
            box.setValue(value)
        self.tokens.setText(asked.tokens)

    def asked(self) -> Asked:
        """What the form says."""
        return Asked(self.length.value() or None, self.copies.value(), self.samples.value(), self.seed.value(),
                     self.tokens.text().strip())

    @Slot()
    def _choose_file(self) -> None:
        if path := ask_for_file(self, self._context.settings, "Tokens from a file", FILES):
            self.tokens.setText(path)

    @Slot()
    def _ask(self) -> None:
        self.button.setEnabled(False)
        self.wanted.emit(self.asked())

    def refuse(self, sentence: str) -> None:
        """Say what is wrong, and let it be put right."""
        self.button.setEnabled(True)
        self.words.setText(sentence)
        self.words.setAccessibleDescription(sentence)
        self.words.show()


class Asker(QObject):
    """Opens the form, hands what it says to the worker, and says what came of it."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self.dialog: AskDialog | None = None
        context.worker.asked_changed.connect(self._taken)
        context.worker.asking_failed.connect(self._refused)

    def open(self) -> None:
        """One form at a time."""
        if self.dialog is None:
            self.dialog = AskDialog(self._context)
            self.dialog.wanted.connect(self._context.worker.ask_for_induction)
            self.dialog.finished.connect(self._closed)
            self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    @Slot(object)
    def _taken(self, asked: Asked) -> None:
        if self.dialog is not None:
            self.dialog.accept()
            self._context.tell("Asking for induction…")

    @Slot(str)
    def _refused(self, sentence: str) -> None:
        if self.dialog is None:
            self._context.say(sentence)
        else:
            self.dialog.refuse(sentence)

    @Slot()
    def _closed(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None
