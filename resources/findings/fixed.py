"""The same look for pictures on every desktop: font, style, theme, colour maps."""

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from analysis.figures.drawing.colormaps import MAPS
from gui.theme.colors import apply_maps, apply_theme

FAMILY = "DejaVu Sans"
PIXELS = 12


def has_font() -> bool:
    """Whether the font of the pictures is installed (Debian: fonts-dejavu-core)."""
    return FAMILY in QFontDatabase.families()


def fix_look(app: QApplication, theme: str) -> None:
    """The look of all pictures in a theme ("light" or "dark"), for windows that are made from now on."""
    font = QFont(FAMILY)
    font.setPixelSize(PIXELS)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    app.setFont(font)
    app.setProperty("own_font", font)
    apply_theme(app, theme)
    apply_maps(*(next(iter(maps)) for maps in MAPS.values()))
