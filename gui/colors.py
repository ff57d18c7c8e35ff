"""Colours: the maps of the figures, the palettes of the two themes, text contrast, icons in the text's colour."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

UNDEFINED = 255
"""The index of an undefined cell; values take the indices 0 … TOP."""
TOP = 254

# Anchors only: `_ramp` spaces the colours between them evenly in OKLab, so that equal steps look equal.
_SEQUENTIAL = {
    False: ("#ffffff", "#d5ecf3", "#8fcbe0", "#4a9cc9", "#2a69ab", "#1d3b7c", "#160f3d"),
    True: ("#17191d", "#243264", "#2a5d98", "#2d8fae", "#4fc0a5", "#aee383", "#fdfbcf"),
}
_NEGATIVE = {
    False: ("#0a2f5c", "#2c75b3", "#94c4de", "#fafafa"),
    True: ("#b9dcff", "#4a97e0", "#23507f", "#191b1f"),
}
_POSITIVE = {
    False: ("#fafafa", "#f4b091", "#c9413b", "#67001f"),
    True: ("#191b1f", "#80451a", "#e58d31", "#ffe2b0"),
}
_UNDEFINED = {False: "#c9cacc", True: "#4a4c50"}

# Okabe and Ito's colours; those too faint or too dark for a background are moved in lightness only.
_CATEGORICAL = {
    False: ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b97f00", "#3a9bd6", "#8a7f00", "#000000"),
    True: ("#56b4e9", "#e69f00", "#1fc294", "#e29cc4", "#f0e442", "#ee7a2f", "#3f93d6", "#ffffff"),
}


def _to_oklab(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """[n, 3] sRGB in 0…1 to OKLab (Ottosson 2020)."""
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _RGB_TO_LMS.T) @ _LMS_TO_LAB.T


def _from_oklab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = (lab @ np.linalg.inv(_LMS_TO_LAB).T) ** 3 @ np.linalg.inv(_RGB_TO_LMS).T
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


_RGB_TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929],
     [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)
_LMS_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468],
     [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)


def _parts(color: QColor) -> tuple[int, int, int]:
    return color.red(), color.green(), color.blue()


def _rgb(names: tuple[str, ...]) -> NDArray[np.float64]:
    return np.array([_parts(QColor(name)) for name in names], np.float64)


def _ramp(names: tuple[str, ...], count: int) -> NDArray[np.uint8]:
    """[count, 3] colours through the anchors, equally far apart in OKLab; the two ends are the anchors exactly."""
    anchors = _to_oklab(_rgb(names) / 255)
    fine = np.linspace(0, len(anchors) - 1, 2048)
    path = np.stack([np.interp(fine, np.arange(len(anchors)), column) for column in anchors.T], axis=1)
    way = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))))
    even = np.stack([np.interp(np.linspace(0, way[-1], count), way, column) for column in path.T], axis=1)
    return np.rint(_from_oklab(even) * 255).astype(np.uint8)


@lru_cache
def table(kind: str, dark: bool) -> NDArray[np.uint8]:
    """The map of a scale's kind as uint8 [256, 3]: indices 0 … 254 from low to high, 255 the undefined cell.

    "diverging" has its neutral middle, zero, at index 127; "sequential" and "log" share one map.
    """
    if kind == "diverging":
        colors = np.concatenate((_ramp(_NEGATIVE[dark], 128), _ramp(_POSITIVE[dark], 128)[1:]))
    else:
        colors = _ramp(_SEQUENTIAL[dark], 255)
    result = np.concatenate((colors, _rgb((_UNDEFINED[dark],)).astype(np.uint8)))
    result.flags.writeable = False
    return result


@lru_cache
def color_table(kind: str, dark: bool) -> tuple[int, ...]:
    """The same map as 256 numbers 0xffRRGGBB, as QImage.setColorTable takes them."""
    return tuple(0xFF000000 | int(red) << 16 | int(green) << 8 | int(blue) for red, green, blue in table(kind, dark))


@lru_cache
def map_colors(kind: str, dark: bool) -> tuple[QColor, ...]:
    return tuple(QColor(*map(int, color)) for color in table(kind, dark))


@lru_cache
def categorical(dark: bool) -> tuple[QColor, ...]:
    """Eight colours that stay apart for colour-blind eyes."""
    return tuple(QColor(name) for name in _CATEGORICAL[dark])


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

_ROLES = {
    "Window": ("#f2f3f5", "#212327"),
    "WindowText": ("#1b1e24", "#e3e5e9"),
    "Base": ("#ffffff", "#17191d"),
    "AlternateBase": ("#f5f6f8", "#1e2024"),
    "Text": ("#1b1e24", "#e3e5e9"),
    "Button": ("#e9ebee", "#2d3036"),
    "ButtonText": ("#1b1e24", "#e3e5e9"),
    "BrightText": ("#b3261e", "#ff8a80"),
    "ToolTipBase": ("#ffffff", "#2d3036"),
    "ToolTipText": ("#1b1e24", "#e3e5e9"),
    "PlaceholderText": ("#6b717c", "#979ca6"),
    "Highlight": ("#2468b4", "#3f86d8"),
    "HighlightedText": ("#ffffff", "#ffffff"),
    "Link": ("#1d5ca8", "#7db4f5"),
    "Light": ("#ffffff", "#3b3f46"),
    "Midlight": ("#e6e8eb", "#34373d"),
    "Mid": ("#c3c6cc", "#46494f"),
    "Dark": ("#9ea2a9", "#0f1013"),
    "Shadow": ("#70747b", "#000000"),
}
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
    app.setProperty("theme", theme)
    app.styleHints().setColorScheme(schemes[theme])
    dark = theme == "dark" or (theme == "system" and app.styleHints().colorScheme() == Qt.ColorScheme.Dark)
    # The style's own palette is set only on desktops that report a scheme: ours is the same everywhere.
    app.setPalette(_palette(dark))


def _follow_system(scheme: Qt.ColorScheme) -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication) and app.property("theme") == "system":
        app.setPalette(_palette(scheme == Qt.ColorScheme.Dark))


def icon(name: str, palette: QPalette) -> QIcon:
    """A line icon of resources/icons in the palette's text colour; make it again when the palette changes."""
    path = Path(__file__).parent.parent / "resources" / "icons" / f"{name}.svg"
    result = QIcon()
    groups = {QPalette.ColorGroup.Active: QIcon.Mode.Normal, QPalette.ColorGroup.Disabled: QIcon.Mode.Disabled}
    for group, mode in groups.items():
        color = palette.color(group, QPalette.ColorRole.ButtonText).name()
        renderer = QSvgRenderer(QByteArray(path.read_text("utf-8").replace("currentColor", color).encode()))
        for size in (16, 24, 32, 48):
            pixmap = QPixmap(QSize(size, size))
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter)
            painter.end()
            result.addPixmap(pixmap, mode)
    return result
