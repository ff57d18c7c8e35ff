"""How the window looks: colour maps, text size, profiles and linked zoom, kept from one start to the next."""

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QObject
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from analysis.figures.drawing.colormaps import MAPS, chosen
from gui.panels.panel import FigurePanel
from gui.shared.context import Context
from gui.theme.colors import apply_maps, apply_theme
from gui.window.links.zoom_link import ZoomLink

TEXT_SIZES = (100, 125, 150, 200)
"""Per cent of the desktop's own."""


class Appearance(QObject):
    """Puts a choice in force at once, for the window and, where it is a colour or a font, for the program."""

    def __init__(self, context: Context, panels: Iterable[FigurePanel]) -> None:
        super().__init__(context)
        self._settings, self._panels = context.settings, tuple(panels)
        self._zoom = ZoomLink(self._panels, self)
        apply_maps(*(self._settings.look(f"map_{kind}", next(iter(maps))) for kind, maps in MAPS.items()))
        apply_text_size(self.text_size)
        self._zoom.set_on(self.linked)
        self._show_profiles()

    def set_theme(self, theme: str) -> None:
        """"light", "dark", or "system"."""
        self._settings.theme = theme
        apply_theme(cast(QApplication, QApplication.instance()), theme)

    def set_map(self, kind: str, key: str) -> None:
        """A colour map for the scales of a kind; what is on show is painted anew."""
        self._settings.keep_look(f"map_{kind}", key)
        apply_maps(*(key if kind == family else chosen(family) for family in MAPS))

    @property
    def profiles(self) -> bool:
        return self._settings.look("profiles", "no") == "yes"

    def toggle_profiles(self) -> None:
        self._settings.keep_look("profiles", "no" if self.profiles else "yes")
        self._show_profiles()

    @property
    def linked(self) -> bool:
        return self._settings.look("linked_zoom", "yes") != "no"

    def toggle_linked(self) -> None:
        self._settings.keep_look("linked_zoom", "no" if self.linked else "yes")
        self._zoom.set_on(self.linked)

    @property
    def text_size(self) -> int:
        """Per cent."""
        kept = self._settings.look("text_size", "100")
        return int(kept) if kept in map(str, TEXT_SIZES) else 100

    def set_text_size(self, per_cent: int) -> None:
        self._settings.keep_look("text_size", str(per_cent))
        apply_text_size(per_cent)

    def _show_profiles(self) -> None:
        for panel in self._panels:
            panel.set_profiles(self.profiles)


def apply_text_size(per_cent: int) -> None:
    """All text of the program at so many per cent of the desktop's own size."""
    app = cast(QApplication, QApplication.instance())
    if app.property("own_font") is None:
        app.setProperty("own_font", app.font())
    font = QFont(app.property("own_font"))
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * per_cent / 100)
    else:
        font.setPixelSize(round(font.pixelSize() * per_cent / 100))
    if font != app.font():
        app.setFont(font)
