"""Colours: the maps in force as Qt takes them, the palettes of the two themes, text contrast, icons."""

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from analysis.figures.drawing import colormaps
from analysis.figures.drawing.colormaps import TOP, UNDEFINED, choose, chosen, family, table

__all__ = ["TOP", "UNDEFINED", "table"]


def _parts(color: QColor) -> tuple[int, int, int]:
    return color.red(), color.green(), color.blue()


def color_table(kind: str, dark: bool) -> tuple[int, ...]:
    """The map in force for a scale's kind as 256 numbers 0xffRRGGBB, as QImage.setColorTable takes them."""
    return _numbers(family(kind), dark, chosen(kind))


def map_colors(kind: str, dark: bool) -> tuple[QColor, ...]:
    """The map in force for a scale's kind, 256 colours; the same objects each time."""
    return _colors(family(kind), dark, chosen(kind))


@lru_cache
def _numbers(kind: str, dark: bool, key: str) -> tuple[int, ...]:
    return tuple(color.rgb() for color in _colors(kind, dark, key))


@lru_cache
def _colors(kind: str, dark: bool, key: str) -> tuple[QColor, ...]:
    return tuple(QColor(*map(int, color)) for color in table(kind, dark, key))


def apply_maps(sequential: str, diverging: str) -> None:
    """Use these two maps and repaint every window; an unknown key changes nothing."""
    choose("sequential", sequential)
    choose("diverging", diverging)
    for widget in QApplication.allWidgets():
        QApplication.sendEvent(widget, QEvent(QEvent.Type.PaletteChange))


@lru_cache
def categorical(dark: bool) -> tuple[QColor, ...]:
    """Eight colours that colour-blind people can tell apart."""
    return tuple(QColor(name) for name in colormaps.categorical(dark))


def is_dark(palette: QPalette) -> bool:
    return palette.base().color().lightness() < 128


def text_on(background: QColor) -> QColor:
    """Black or white, whichever reads better on the background."""
    red, green, blue = (((part / 255) ** 2.2) for part in _parts(background))
    # 0.18: where the contrast ratios against black and against white are equal.
    return QColor("#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 else "#ffffff")


def quiet(palette: QPalette) -> QColor:
    """The text colour of notes, axes and ticks: weaker than text, still well readable."""
    text, base = palette.text().color(), palette.base().color()
    parts = zip(_parts(text), _parts(base), strict=True)
    return QColor(*(round(0.68 * front + 0.32 * back) for front, back in parts))


# ---- themes ------------------------------------------------------------------------------------------------------

PIXMAPS_KB = 2048
"""Of pictures that Qt keeps. Its style draws arrows and frames for each control's own palette, and every control made
under a palette that is not the style's has another one: hours of new prompts and models fill all that is allowed."""

_ROLES = {  # in the light theme and in the dark one
    "Window": ("#f2f3f5", "#212327"), "WindowText": ("#1b1e24", "#e3e5e9"),
    "Base": ("#ffffff", "#17191d"), "AlternateBase": ("#f5f6f8", "#1e2024"), "Text": ("#1b1e24", "#e3e5e9"),
    "Button": ("#e9ebee", "#2d3036"), "ButtonText": ("#1b1e24", "#e3e5e9"), "BrightText": ("#b3261e", "#ff8a80"),
    "ToolTipBase": ("#ffffff", "#2d3036"), "ToolTipText": ("#1b1e24", "#e3e5e9"),
    "PlaceholderText": ("#6b717c", "#979ca6"), "Link": ("#1d5ca8", "#7db4f5"),
    "Highlight": ("#2468b4", "#3f86d8"), "HighlightedText": ("#ffffff", "#ffffff"),
    "Light": ("#ffffff", "#3b3f46"), "Midlight": ("#e6e8eb", "#34373d"), "Mid": ("#c3c6cc", "#46494f"),
    "Dark": ("#9ea2a9", "#0f1013"), "Shadow": ("#70747b", "#000000"),
}
BOXES = ("#646973", "#3a3e45")
_DISABLED = ("#9a9fa8", "#6f747d")


def _palette(dark: bool) -> QPalette:
    palette = QPalette()
    for name, pair in _ROLES.items():
        palette.setColor(QPalette.ColorRole[name], QColor(pair[dark]))
    for name in ("WindowText", "Text", "ButtonText"):
        palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole[name], QColor(_DISABLED[dark]))
    return palette


def apply_theme(app: QApplication, theme: str) -> None:
    """"light", "dark", or "system": follow the desktop's colour scheme, also when it changes."""
    schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark, "system": Qt.ColorScheme.Unknown}
    if app.property("theme") is None:
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(_follow_system)
        QPixmapCache.setCacheLimit(PIXMAPS_KB)
    app.setProperty("theme", theme)
    app.styleHints().setColorScheme(schemes[theme])
    dark = theme == "dark" or (theme == "system" and app.styleHints().colorScheme() == Qt.ColorScheme.Dark)
    # The style's own palette is set only on desktops that report a scheme: ours is the same everywhere.
    _put_in_force(app, dark)


def _put_in_force(app: QApplication, dark: bool) -> None:
    palette = _palette(dark)
    app.setPalette(palette)
    if dark:  # The style's edge of an empty box is darker than the window: the box itself is to be seen.
        for group, color in zip((QPalette.ColorGroup.All, QPalette.ColorGroup.Disabled), BOXES, strict=True):
            palette.setColor(group, QPalette.ColorRole.Base, QColor(color))
        app.setPalette(palette, "QCheckBox")  # type: ignore[arg-type]  # it takes str, whatever its signature says


def _follow_system(scheme: Qt.ColorScheme) -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication) and app.property("theme") == "system":
        _put_in_force(app, scheme == Qt.ColorScheme.Dark)


def icon(name: str, palette: QPalette) -> QIcon:
    """A line icon of resources/icons in the palette's text colour; make it again when the palette changes."""
    path = Path(__file__).parents[2] / "resources" / "icons" / f"{name}.svg"
    result = QIcon()
    groups = {QPalette.ColorGroup.Active: QIcon.Mode.Normal, QPalette.ColorGroup.Disabled: QIcon.Mode.Disabled}
    for group, mode in groups.items():
        color = palette.color(group, QPalette.ColorRole.ButtonText).name()
        renderer = QSvgRenderer(QByteArray(path.read_text("utf-8").replace("currentColor", color).encode()))
        for size in (16, 24, 32, 48, 64, 96):
            pixmap = QPixmap(QSize(size, size))
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter)
            painter.end()
            result.addPixmap(pixmap, mode)
    return result
