"""How a page looks: sizes in millimetres, light or dark, what is written on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

from PySide6.QtGui import QColor, QFontDatabase

MM = 72 / 25.4
"""Points in a millimetre."""
ONE_COLUMN, TWO_COLUMNS = 85.0, 178.0
NARROWEST, WIDEST = 30.0, 420.0
"""Millimetres."""
SCALES = (1, 2, 3, 4, 6, 8)
DOTS = 96.0
"""Dots an inch of a picture at 1×."""
SMALLEST_TEXT = 5.0
"""Points: below this, journals refuse text; labels are left out instead."""
FAMILIES = ("Arial", "Helvetica", "Liberation Sans", "Arimo", "Nimbus Sans", "DejaVu Sans")
"""Alike in width, the last one apart: the first that is there is used, and pictures look alike everywhere."""


@dataclass(frozen=True)
class Style:
    """What a person chooses for an export; kept from one to the next."""

    width: float = ONE_COLUMN
    """Millimetres."""
    height: float = 0.0
    """Millimetres of each row of panels; 0: what suits the figures."""
    columns: int = 0
    """Panels side by side; 0: what suits the width."""
    dark: bool = False
    title: bool = True
    caption: bool = False
    color_bar: bool = True
    letters: bool = True
    """a, b, c on a page of several panels."""
    zoomed: bool = True
    """Only what is zoomed to on the screen."""
    text_size: float = 7.0
    """Points."""
    format: str = "pdf"
    """"png", "svg" or "pdf"."""
    scale: int = 4
    """Of a PNG: times 96 dots an inch."""

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_kept(cls, kept: object) -> Style:
        """What `kept` returned once, perhaps long ago: what is no longer understood is left as it is at first."""
        start, found = cls(), kept if isinstance(kept, dict) else {}
        good = {
            field.name: found[field.name]
            for field in fields(cls)
            if type(found.get(field.name)) is type(getattr(start, field.name))
        }
        style = cls(**good)
        inside = NARROWEST <= style.width <= WIDEST and 0 <= style.height <= WIDEST and 0 <= style.columns <= 6
        known = style.format in ("png", "svg", "pdf") and style.scale in SCALES and 4 <= style.text_size <= 14
        return style if inside and known else start

    @property
    def paper(self) -> QColor:
        return QColor("#17191d" if self.dark else "#ffffff")

    @property
    def text(self) -> QColor:
        return QColor("#e3e5e9" if self.dark else "#000000")

    @property
    def edge(self) -> QColor:
        """Axes and ticks."""
        return QColor("#9aa0a8" if self.dark else "#4a4d52")

    @property
    def faint(self) -> QColor:
        """Lines through zero, and the many lines without a name."""
        return QColor("#50545a" if self.dark else "#b4b7bc")

    @property
    def accent(self) -> QColor:
        return QColor("#ff9f43" if self.dark else "#d1341f")


@lru_cache(maxsize=1)
def family() -> str:
    # Where several foundries have it, Qt adds theirs: "Nimbus Sans [urw]".
    there = {name.partition(" [")[0] for name in QFontDatabase.families()}
    return next((name for name in FAMILIES if name in there), "")
