"""How a page looks: sizes in millimetres, light or dark, what is written on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

MM = 72 / 25.4
"""Points in a millimetre."""
ONE_COLUMN, TWO_COLUMNS = 85.0, 178.0
NARROWEST, WIDEST = 30.0, 420.0
"""Millimetres."""
SCALES = (1, 2, 3, 4, 6, 8)
DOTS = 96.0
"""Dots an inch of a picture at 1×."""
FINEST = 600.0
"""Dots an inch of a bitmap inside PDF and SVG."""
SMALLEST_TEXT = 5.0
"""Points: below this, journals refuse text; labels are left out instead."""
FAMILIES = ("Arial", "Helvetica", "Liberation Sans", "Arimo", "Nimbus Sans")
"""Alike in width: the first that is there is used, and pictures look alike everywhere."""
FALLBACKS = ("DejaVu Sans", "Noto Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Segoe UI", "Microsoft YaHei",
             "Yu Gothic", "Malgun Gothic", "Hiragino Sans", "PingFang SC", "Arial Unicode MS", "Droid Sans Fallback",
             "WenQuanYi Micro Hei", "Segoe UI Symbol", "Apple Symbols", "Noto Sans Symbols2")
"""For letters that those lack."""


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
        """What `kept` returned once, perhaps long ago: what is no longer understood keeps its default."""
        start, found = cls(), kept if isinstance(kept, dict) else {}
        style = cls(**{name: found[name] for name, value in asdict(start).items()
                       if type(found.get(name)) is type(value)})
        inside = NARROWEST <= style.width <= WIDEST and 0 <= style.height <= WIDEST and 0 <= style.columns <= 6
        known = style.format in ("png", "svg", "pdf") and style.scale in SCALES and 4 <= style.text_size <= 14
        return style if inside and known else start

    @property
    def vector(self) -> bool:
        """Whether lines stay lines in the file."""
        return self.format != "png"

    @property
    def dots(self) -> float:
        """Pixels for a point that bitmaps in the file have."""
        return (FINEST if self.vector else DOTS * self.scale) / 72

    @property
    def paper(self) -> str:
        return "#17191d" if self.dark else "#ffffff"

    @property
    def text(self) -> str:
        return "#e3e5e9" if self.dark else "#000000"

    @property
    def edge(self) -> str:
        """Axes and ticks."""
        return "#9aa0a8" if self.dark else "#4a4d52"

    @property
    def faint(self) -> str:
        """Lines through zero, and the many lines without a name."""
        return "#50545a" if self.dark else "#b4b7bc"

    @property
    def accent(self) -> str:
        return "#ff9f43" if self.dark else "#d1341f"

    def rc(self) -> dict[Any, Any]:
        """The look as matplotlib takes it, whatever a person's own settings are."""
        from matplotlib import rcParamsDefault

        size = self.text_size
        tick = {"color": self.edge, "labelcolor": self.text, "labelsize": size, "major.size": 2.5, "major.pad": 2.0,
                "major.width": 0.5, "minor.size": 0}
        base = {key: value for key, value in rcParamsDefault.items() if not key.startswith(("backend", "toolbar"))}
        return base | {f"{axis}tick.{key}": value for axis in "xy" for key, value in tick.items()} | {
            "font.family": [*families(), "sans-serif"], "font.sans-serif": families(), "font.size": size,
            "axes.titlesize": size, "axes.labelsize": size, "axes.labelpad": 3.0, "axes.linewidth": 0.5,
            "axes.edgecolor": self.edge, "axes.labelcolor": self.text, "axes.facecolor": self.paper,
            "axes.formatter.useoffset": False, "text.color": self.text, "text.hinting": "none",
            "text.parse_math": False, "figure.facecolor": self.paper, "savefig.facecolor": self.paper,
            "legend.frameon": False, "legend.fontsize": size, "legend.borderpad": 0.0, "legend.borderaxespad": 0.0,
            "legend.handlelength": 1.4, "legend.handletextpad": 0.4, "legend.columnspacing": 1.2,
            "legend.labelspacing": 0.25, "lines.solid_capstyle": "butt", "lines.solid_joinstyle": "round",
            "svg.fonttype": "none", "svg.hashsalt": "headscope", "pdf.fonttype": 42, "image.composite_image": False,
        }


@lru_cache(maxsize=1)
def families() -> list[str]:
    """Those families that this machine has, the usual one first."""
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    usual = [name for name in FAMILIES if name in there][:1]
    return [*usual, *(name for name in FALLBACKS if name in there)]
