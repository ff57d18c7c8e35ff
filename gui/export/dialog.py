"""Which panels go on a page, how it looks, and the page itself as it will be."""

from dataclasses import replace
from typing import Any, TypeVar

from PySide6 import QtWidgets
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QDoubleSpinBox, QLabel, QListWidget

from analysis.figures.formats import formats
from analysis.figures.kind import Piece
from analysis.figures.style import DOTS, NARROWEST, ONE_COLUMN, SCALES, TWO_COLUMNS, WIDEST, Style
from gui.export.preview import Preview
from gui.shared.background import Background

OWN = "own width"
Named = TypeVar("Named", bound=QtWidgets.QWidget)
CHECKS = (
    ("title", "Titles", "Write the title above each panel"),
    ("caption", "Caption", "Write below what is shown, how it is defined, and from which model"),
    ("color_bar", "Colour bars", "Draw the colour bar beside each matrix"),
    ("letters", "Letters a, b, c", "Letter the panels where there are several"),
    ("zoomed", "Zoom as on the screen", "Draw only what is zoomed to; else everything"),
)
KEY = Qt.ItemDataRole.UserRole


class ExportDialog(QDialog):
    """Choose what to export and how it looks. The figures are those on the screen when the dialog was opened."""

    save_wanted = Signal(object, object)
    """(pieces, style)"""
    copy_wanted = Signal(object, object)

    def __init__(
        self, pieces: dict[str, Piece], names: dict[str, str], chosen: tuple[str, ...], style: Style,
        drawing: Background, parent: QtWidgets.QWidget | None = None,
    ) -> None:
        """`pieces` and `names` by panel; `chosen` are the panels that are checked at first, in their order;
        `drawing` draws the preview, and outlives the dialog."""
        super().__init__(parent)
        self.setWindowTitle("Export figure")
        self._pieces, self._names, self.page_style, self._filling = pieces, names, style, True
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
        tip = "Check the panels to export; drag them into the order of the page"
        self.panels = self._named(QListWidget(self), "Panels", tip)
        self.panels.setDragDropMode(QListWidget.DragDropMode.InternalMove)
        for key in sorted(self._pieces, key=lambda key: chosen.index(key) if key in chosen else len(chosen)):
            item = QtWidgets.QListWidgetItem(f"{self._names[key]}: {self._pieces[key].figure.title}", self.panels)
            item.setData(KEY, key)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if key in chosen else Qt.CheckState.Unchecked)
        self.panels.setSpacing(1)  # boxes one above the other do not touch
        # An empty box has the colour of a list's own background, and in the dark theme no other edge.
        self.panels.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.panels.setFixedHeight(7 * (self.fontMetrics().height() + 2) + 12)
        self.width_choice = self._combo("Width", "Columns of the journal", {
            ONE_COLUMN: f"One column, {ONE_COLUMN:.0f} mm", TWO_COLUMNS: f"Two columns, {TWO_COLUMNS:.0f} mm",
            OWN: "Own width"})
        self.width_mm = self._spin("Width in millimetres", "Width of the page", NARROWEST, WIDEST, " mm")
        self.height_mm = self._spin("Height of a panel", "Height of each panel's drawing", 0, WIDEST, " mm")
        self.height_mm.setSpecialValueText("as suits")
        self.columns = self._combo("Side by side", "Panels side by side", {
            0: "as suits", **{count: str(count) for count in range(1, 7)}})
        self.text_size = self._spin("Text size", "Journals ask for 5 to 8 points", 5, 14, " pt")
        self.text_size.setSingleStep(0.5)
        self.dark = self._combo("Colours", "Independent of the screen's", {False: "Light", True: "Dark"})
        self.checks = {key: self._named(QCheckBox(text, self), text, tip) for key, text, tip in CHECKS}
        for check in self.checks.values():
            check.toggled.connect(self._changed)
        self.format = self._combo("Format", "PDF and SVG keep text as text and lines as lines", {
            form.key: form.title for form in formats().values() if form.draw})
        self.scale = self._combo("Pixels", "Dots an inch of the PNG", {
            scale: f"{scale}×, {DOTS * scale:.0f} dpi" for scale in SCALES})
        self.panels.itemChanged.connect(self._changed)
        self.panels.model().rowsMoved.connect(self._changed)
        self.width_choice.currentIndexChanged.connect(self._choose_width)

    def _named(self, widget: Named, name: str, tip: str) -> Named:
        widget.setAccessibleName(name)
        widget.setToolTip(tip)
        return widget

    def _combo(self, name: str, tip: str, choices: dict[Any, str]) -> QComboBox:
        combo = self._named(QComboBox(self), name, tip)
        for value, text in choices.items():
            combo.addItem(text, value)
        combo.currentIndexChanged.connect(self._changed)
        return combo

    def _spin(self, name: str, tip: str, low: float, high: float, unit: str) -> QDoubleSpinBox:
        spin = self._named(QDoubleSpinBox(self, decimals=1, suffix=unit), name, tip)
        spin.setRange(low, high)
        spin.valueChanged.connect(self._changed)
        return spin

    def _arrange(self) -> None:
        form = QtWidgets.QFormLayout()
        for label, widget in (
            ("&Panels", self.panels), ("&Width", self.width_choice), ("", self.width_mm), ("&Height", self.height_mm),
            ("Side &by side", self.columns), ("&Text", self.text_size), ("C&olours", self.dark),
            *(("", check) for check in self.checks.values()), ("&Format", self.format), ("Pi&xels", self.scale),
        ):
            form.addRow(label, widget)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.save = self._named(buttons.addButton("Save…", QDialogButtonBox.ButtonRole.ActionRole), "Save",
                                "Save the page as a file")
        self.copy = self._named(buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole), "Copy",
                                "Copy the page to the clipboard, as a picture and as SVG")
        self.save.setDefault(True)
        self.save.clicked.connect(lambda: self.save_wanted.emit(self.chosen(), self.page_style))
        self.copy.clicked.connect(lambda: self.copy_wanted.emit(self.chosen(), self.page_style))
        buttons.rejected.connect(self.reject)
        left, right, row = QtWidgets.QVBoxLayout(), QtWidgets.QVBoxLayout(), QtWidgets.QHBoxLayout(self)
        left.addLayout(form)
        left.addStretch(1)
        right.addWidget(self.preview, 1)
        right.addWidget(self.words)
        right.addWidget(buttons)
        row.addLayout(left)
        row.addLayout(right, 1)

    # ---- what is chosen

    def chosen(self) -> tuple[Piece, ...]:
        """The checked panels as they go on the page."""
        found = [self._pieces[key] for key in self.checked()]
        return tuple(piece if self.page_style.zoomed else replace(piece, shown=None) for piece in found)

    def checked(self) -> tuple[str, ...]:
        """The keys of the checked panels, in the order of the list."""
        items = [self.panels.item(row) for row in range(self.panels.count())]
        return tuple(item.data(KEY) for item in items if item.checkState() == Qt.CheckState.Checked)

    def _fill(self, style: Style) -> None:
        known = self.width_choice.findData(style.width)
        self.width_choice.setCurrentIndex(known if known >= 0 else self.width_choice.count() - 1)
        for spin, length in ((self.width_mm, style.width), (self.height_mm, style.height),
                             (self.text_size, style.text_size)):
            spin.setValue(length)
        for combo, value in ((self.columns, style.columns), (self.dark, style.dark), (self.format, style.format),
                             (self.scale, style.scale)):
            combo.setCurrentIndex(combo.findData(value))
        for key, check in self.checks.items():
            check.setChecked(getattr(style, key))

    def _read(self) -> Style:
        checks: dict[str, Any] = {key: check.isChecked() for key, check in self.checks.items()}
        return Style(width=self.width_mm.value(), height=self.height_mm.value(), columns=self.columns.currentData(),
                     dark=self.dark.currentData(), text_size=self.text_size.value(), format=self.format.currentData(),
                     scale=self.scale.currentData(), **checks)

    @Slot()
    def _choose_width(self) -> None:
        if self.width_choice.currentData() != OWN:
            self.width_mm.setValue(self.width_choice.currentData())

    @Slot()
    def _changed(self) -> None:
        if self._filling:
            return
        self.page_style = self._read()
        self.width_mm.setEnabled(self.width_choice.currentData() == OWN)
        self.scale.setEnabled(not self.page_style.vector)
        pieces = self.chosen()
        self.columns.setEnabled(len(pieces) > 1)
        self.checks["letters"].setEnabled(len(pieces) > 1)
        self.checks["zoomed"].setEnabled(any(piece.shown for piece in self._pieces.values()))
        self.save.setEnabled(bool(pieces))
        self.copy.setEnabled(bool(pieces))
        self.preview.ask(pieces, self.page_style)

    def done(self, result: int) -> None:
        self.preview.stop()
        super().done(result)
