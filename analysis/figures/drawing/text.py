"""Texts on paper: their widths in points, shortened, broken into lines, without letters that no font has."""

import re
from bisect import bisect_right
from functools import lru_cache

LEADING = 1.22
"""Of the text's size: from one line to the next."""
MINUS = re.compile(r"(?<![\w.])-(?=\d)")


def with_minus(text: str) -> str:
    """The text with − before its numbers, as axes have it; words keep their hyphens."""
    return MINUS.sub("−", text)


def width(text: str, size: float, bold: bool = False) -> float:
    """Points that a text takes in the font that is in force."""
    from matplotlib import rcParams

    return _width(shown(text), bold, tuple(rcParams["font.family"]), tuple(rcParams["font.sans-serif"])) * size


@lru_cache(maxsize=4096)
def _width(text: str, bold: bool, *fonts: tuple[str, ...]) -> float:
    """For a size of one point; `fonts` are those in force, named so that others are not taken for them."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=100, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(text or " ", font, False)[0]) / 100 if text else 0.0


def shortened(text: str, room: float, size: float, bold: bool = False) -> str:
    """The text, or as much of it as fits with "…" at its end."""
    if width(text, size, bold) <= room + 1e-6:
        return text
    many = bisect_right(range(1, len(text) + 1), room, key=lambda count: width(f"{text[:count]}…", size, bold))
    return f"{text[:many].rstrip()}…"


def wrapped(text: str, room: float, size: float, bold: bool = False) -> list[str]:
    """Lines no wider than `room` points; a word that is wider alone is shortened."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, bold) <= room:
            lines[-1] = longer
        else:
            lines.append(shortened(word, room, size, bold))
    return lines


def shown(text: str) -> str:
    """The text on one line, with � for letters that no font has: matplotlib would warn of them one by one."""
    if text.isascii() and text.isprintable():
        return text
    known = _letters()
    return "".join(letter if ord(letter) in known else "�" for letter in re.sub(r"[\t\n\r]+", " ", text))


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """What the fonts for paper have; those of another style have at least what their fallback has."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    from analysis.figures.style import families

    found: set[int] = set()
    for name in families():
        found |= get_font(findfont(FontProperties(family=[name]))).get_charmap().keys()
    return frozenset(letter for letter in found if letter >= 32)
