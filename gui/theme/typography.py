"""The sizes of text: one scale for the whole window, relative to the desktop's own font."""

from PySide6.QtGui import QFont, QFontDatabase

STEPS = {"small": 0.92, "body": 1.0, "title": 1.08}
"""small: ticks, axis names, notes. body: everything else. title: what a drawing is called, in bold."""


def sized(font: QFont, step: str) -> QFont:
    """`font` at a step of the scale."""
    result = QFont(font)
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF() * STEPS[step])
    else:
        result.setPixelSize(max(1, round(font.pixelSize() * STEPS[step])))
    result.setBold(step == "title" or font.bold())
    return result


def monospace(font: QFont) -> QFont:
    """Letters of one width, as large as `font`: the system's own does not follow the text size."""
    result = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF())
    else:
        result.setPixelSize(font.pixelSize())
    return result
