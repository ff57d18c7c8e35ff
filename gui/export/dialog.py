"""Which panels go on a page, how it looks, and the page itself as it will be."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from analysis.figures.formats import formats
from analysis.figures.kind import Piece
from analysis.figures.style import NARROWEST, ONE_COLUMN, SCALES, TWO_COLUMNS, WIDEST, Style
from gui.export.preview import Preview
from gui.shared.background import Background

OWN = "own width"
CHECKS = (
    ("title", "Titles", "Write the title above each panel"),
    ("caption", "Caption", "Write below what is shown, how it is defined, and from which model"),
    ("color_bar", "Colour bars", "Draw the colour bar beside each matrix"),
    ("letters", "Letters a, b, c", "Letter the panels where there are several"),
    ("zoomed", "Zoom as on the screen", "Draw only what is zoomed to; else everything"),
)
KEY = Qt.ItemDataRole.UserRole


class ExportDialog(QDialog):
    """Says what to save or to copy; the figures are those of the moment it was opened."""

    save_wanted = Signal(object, object)
    """(pieces, style)"""
    copy_wanted = Signal(object, object)

    def __init__(
        self, pieces: dict[str, Piece], names: dict[str, str], chosen: tuple[str, ...], style: Style,
        drawing: Background, parent: QWidget | None = None,
    ) -> None:
        """`pieces` and `names` by panel; `chosen` are the panels that are checked at first, in their order;
        `drawing` draws the preview, and outlives the dialog."""
        super().__init__(parent)
        self.setWindowTitle("Export figure")
        self._pieces, self._names, self._style, self._filling = pieces, names, style, True
        self.preview, self.words = Preview(drawing, self), QLabel(self)
        self.words.setWordWrap(True)
        self.words.setAccessibleName("Size of the page")
        self.preview.told.connect(self.words.setText)
        self._make_controls(chosen)
        self._arrange()
        self._fill(style)
        self._filling = False
        self._changed()
        self.resize(940, 640)

    # ---- construction

    def _make_controls(self, chosen: tuple[str, ...]) -> None:
        self.panels = QListWidget(self)
        self.panels.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self._name(self.panels, "Panels", "Check the panels to export; drag them into the order of the page")
        for key in sorted(self._pieces, key=lambda key: chosen.index(key) if key in chosen else len(chosen)):
            item = QListWidgetItem(f"{self._names[key]}: {self._pieces[key].figure.title}", self.panels)
            item.setData(KEY, key)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if key in chosen else Qt.CheckState.Unchecked)
        self.panels.setSpacing(1)  # boxes one above the other do not touch
        # An empty box has the colour of a list's own background, and in the dark theme no other edge.
        self.panels.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.panels.setFixedHeight(7 * (self.fontMetrics().height() + 2) + 12)
        self.width_choice = self._combo("Width", "Columns of the journal", [
            (str(ONE_COLUMN), f"One column, {ONE_COLUMN:.0f} mm"),
            (str(TWO_COLUMNS), f"Two columns, {TWO_COLUMNS:.0f} mm"), (OWN, "Own width")])
        self.width_mm = self._spin("Width in millimetres", "Width of the page", NARROWEST, WIDEST, " mm")
        self.height_mm = self._spin("Height of a panel", "Height of each panel's drawing", 0, WIDEST, " mm")
        self.height_mm.setSpecialValueText("as suits")
        self.columns = self._combo("Side by side", "Panels side by side", [
            ("0", "as suits"), *((str(count), str(count)) for count in range(1, 7))])
        self.text_size = self._spin("Text size", "Journals ask for 5 to 8 points", 5, 14, " pt")
        self.text_size.setSingleStep(0.5)
        self.dark = self._combo("Colours", "Independent of the screen's", [("", "Light"), ("dark", "Dark")])
        self.checks = {key: QCheckBox(text, self) for key, text, _ in CHECKS}
        for key, text, tip in CHECKS:
            self._name(self.checks[key], text, tip)
            self.checks[key].toggled.connect(self._changed)
        self.format = self._combo("Format", "PDF and SVG keep text as text and lines as lines", [
            (form.key, form.title) for form in formats().values() if form.draw])
        self.scale = self._combo("Pixels", "Dots an inch of the PNG", [
            (str(scale), f"{scale}×, {96 * scale} dpi") for scale in SCALES])
        self.panels.itemChanged.connect(self._changed)
        self.panels.model().rowsMoved.connect(self._changed)
        self.width_choice.currentIndexChanged.connect(self._choose_width)

    def _name(self, widget: QWidget, name: str, tip: str) -> None:
        widget.setAccessibleName(name)
        widget.setToolTip(tip)

    def _combo(self, name: str, tip: str, choices: list[tuple[str, str]]) -> QComboBox:
        combo = QComboBox(self)
        self._name(combo, name, tip)
        for value, text in choices:
            combo.addItem(text, value)
        combo.currentIndexChanged.connect(self._changed)
        return combo

    def _spin(self, name: str, tip: str, low: float, high: float, unit: str) -> QDoubleSpinBox:
        spin = QDoubleSpinBox(self)
        self._name(spin, name, tip)
        spin.setRange(low, high)
        spin.setDecimals(1)
        spin.setSuffix(unit)
        spin.valueChanged.connect(self._changed)
        return spin

    def _arrange(self) -> None:
        form = QFormLayout()
        for label, widget in (
            ("&Panels", self.panels), ("&Width", self.width_choice), ("", self.width_mm), ("&Height", self.height_mm),
            ("Side &by side", self.columns), ("&Text", self.text_size), ("C&olours", self.dark),
        ):
            form.addRow(label, widget)
        for check in self.checks.values():
            form.addRow("", check)
        form.addRow("&Format", self.format)
        form.addRow("Pi&xels", self.scale)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.save = self.buttons.addButton("Save…", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy = self.buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        self._name(self.save, "Save", "Save the page as a file")
        self._name(self.copy, "Copy", "Copy the page to the clipboard, as a picture and as SVG")
        self.save.setDefault(True)
        self.save.clicked.connect(self._save)
        self.copy.clicked.connect(self._copy)
        self.buttons.rejected.connect(self.reject)
        left, right, row = QVBoxLayout(), QVBoxLayout(), QHBoxLayout(self)
        left.addLayout(form)
        left.addStretch(1)
        right.addWidget(self.preview, 1)
        right.addWidget(self.words)
        right.addWidget(self.buttons)
        row.addLayout(left)
        row.addLayout(right, 1)

    # ---- what is chosen

    def chosen(self) -> tuple[Piece, ...]:
        """The checked panels as they go on the page."""
        found = [self._pieces[key] for key in self.checked()]
        return tuple(piece if self._style.zoomed else replace(piece, shown=None) for piece in found)

    def checked(self) -> tuple[str, ...]:
        """The keys of the checked panels, in the order of the list."""
        items = [self.panels.item(row) for row in range(self.panels.count())]
        return tuple(item.data(KEY) for item in items if item.checkState() == Qt.CheckState.Checked)

    def style_now(self) -> Style:
        return self._style

    def _fill(self, style: Style) -> None:
        known = self.width_choice.findData(str(style.width))
        self.width_choice.setCurrentIndex(known if known >= 0 else self.width_choice.count() - 1)
        self.width_mm.setValue(style.width)
        self.height_mm.setValue(style.height)
        self.text_size.setValue(style.text_size)
        for combo, value in ((self.columns, str(style.columns)), (self.dark, "dark" if style.dark else ""),
                             (self.format, style.format), (self.scale, str(style.scale))):
            combo.setCurrentIndex(combo.findData(value))
        for key, check in self.checks.items():
            check.setChecked(getattr(style, key))

    def _read(self) -> Style:
        checks: dict[str, Any] = {key: check.isChecked() for key, check in self.checks.items()}
        return Style(
            width=self.width_mm.value(), height=self.height_mm.value(), columns=int(self.columns.currentData()),
            dark=bool(self.dark.currentData()), text_size=self.text_size.value(), format=self.format.currentData(),
            scale=int(self.scale.currentData()), **checks)

    @Slot()
    def _choose_width(self) -> None:
        if self.width_choice.currentData() != OWN:
            self.width_mm.setValue(float(self.width_choice.currentData()))

    @Slot()
    def _changed(self) -> None:
        if self._filling:
            return
        self._style = self._read()
        self.width_mm.setEnabled(self.width_choice.currentData() == OWN)
        self.scale.setEnabled(self._style.format == "png")
        pieces = self.chosen()
        self.columns.setEnabled(len(pieces) > 1)
        self.checks["letters"].setEnabled(len(pieces) > 1)
        self.checks["zoomed"].setEnabled(any(piece.shown for piece in self._pieces.values()))
        self.save.setEnabled(bool(pieces))
        self.copy.setEnabled(bool(pieces))
        self.preview.ask(pieces, self._style)

    @Slot()
    def _save(self) -> None:
        self.save_wanted.emit(self.chosen(), self._style)

    @Slot()
    def _copy(self) -> None:
        self.copy_wanted.emit(self.chosen(), self._style)

    def done(self, result: int) -> None:
        self.preview.stop()
        super().done(result)
