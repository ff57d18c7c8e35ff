"""The sizes of text: one scale for the whole window, relative to the desktop's own font."""

from PySide6.QtGui import QFont, QFontDatabase

STEPS = {"small": 0.92, "body": 1.0, "title": 1.08}
"""small: ticks, axis names, notes. body: everything else. title: what a drawing is called, in bold."""


def sized(font: QFont, step: str) -> QFont:
    """`font` at a step of the scale."""
    result = _as_large(QFont(font), font, STEPS[step])
    result.setBold(step == "title" or font.bold())
    return result


def monospace(font: QFont) -> QFont:
    """A fixed-width font as large as `font`: the system's own does not follow the text size."""
    return _as_large(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont), font, 1.0)


def _as_large(result: QFont, font: QFont, times: float) -> QFont:
    """`result` at so many times the size of `font`."""
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF() * times)
    else:
        result.setPixelSize(max(1, round(font.pixelSize() * times)))
    return result
