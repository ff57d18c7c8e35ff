"""The colour maps: anchors in both themes, spaced evenly to the eye, and which of them are in force.

A map starts (sequential) or has its middle (diverging) at the background's colour, so that nothing looks like nothing,
and its lightness goes one way from there, for eyes without red or green cones too.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

UNDEFINED = 255
"""The index of an undefined cell; values take the indices 0 … TOP."""
TOP = 254


@dataclass(frozen=True)
class ColorMap:
    """Anchors only: `_ramp` spaces the colours between them. A pair is for a light and for a dark background."""

    title: str
    high: tuple[tuple[str, ...], tuple[str, ...]]
    """From nothing to the highest value."""
    low: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    """From nothing to the lowest value (diverging maps)."""


MAPS: dict[str, dict[str, ColorMap]] = {
    "sequential": {
        "sea": ColorMap("Blue and green", (
            ("#ffffff", "#d5ecf3", "#8fcbe0", "#4a9cc9", "#2a69ab", "#1d3b7c", "#160f3d"),
            ("#17191d", "#243264", "#2a5d98", "#2d8fae", "#4fc0a5", "#aee383", "#fdfbcf"),
        )),
        "ember": ColorMap("Yellow and red", (
            ("#ffffff", "#fdeebb", "#fbc567", "#ef8a3e", "#cc4b3a", "#8a1c4f", "#380a3a"),
            ("#17191d", "#3e1a49", "#7b1f58", "#bf3b4a", "#eb7335", "#f9b94c", "#fdf6c8"),
        )),
        "grey": ColorMap("Grey", (("#ffffff", "#141414"), ("#17191d", "#ffffff"))),
    },
    "diverging": {
        "blue_red": ColorMap(
            "Blue and red",
            (("#fafafa", "#f4b091", "#c9413b", "#67001f"), ("#191b1f", "#80451a", "#e58d31", "#ffe2b0")),
            (("#fafafa", "#94c4de", "#2c75b3", "#0a2f5c"), ("#191b1f", "#23507f", "#4a97e0", "#b9dcff")),
        ),
        "purple_green": ColorMap(
            "Purple and green",
            (("#fafafa", "#a9d6a0", "#3f8f52", "#0c3f20"), ("#191b1f", "#1f5a37", "#58ab63", "#cdf0b8")),
            (("#fafafa", "#c9b3de", "#8257ab", "#3d1062"), ("#191b1f", "#53347a", "#9c74cc", "#e3ccff")),
        ),
        "teal_brown": ColorMap(
            "Teal and brown",
            (("#fafafa", "#e4c48b", "#a9701f", "#4f2c05"), ("#191b1f", "#6b4715", "#c69240", "#f8e1b4")),
            (("#fafafa", "#93cfc8", "#2a857f", "#053f3c"), ("#191b1f", "#12544f", "#3fa79d", "#b5f0e5")),
        ),
    },
}
# Okabe and Ito's colours; those too faint or too dark for a background are moved in lightness only.
_CATEGORICAL = (
    ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b97f00", "#3a9bd6", "#8a7f00", "#000000"),
    ("#56b4e9", "#e69f00", "#1fc294", "#e29cc4", "#f0e442", "#ee7a2f", "#3f93d6", "#ffffff"),
)
_UNDEFINED = ("#c9cacc", "#4a4c50")

_chosen = {family: next(iter(maps)) for family, maps in MAPS.items()}


def family(kind: str) -> str:
    """"sequential" and "log" scales share the sequential maps."""
    return "diverging" if kind == "diverging" else "sequential"


def chosen(kind: str) -> str:
    """The key of the map in force for scales of this kind."""
    return _chosen[family(kind)]


def choose(kind: str, key: str) -> None:
    """Puts a map in force for the whole program; an unknown key is ignored. What is on show is not painted anew."""
    if key in MAPS[family(kind)]:
        _chosen[family(kind)] = key


def categorical(dark: bool) -> tuple[str, ...]:
    """Eight colours that stay apart for colour-blind eyes."""
    return _CATEGORICAL[dark]


def table(kind: str, dark: bool, key: str = "") -> NDArray[np.uint8]:
    """A map as uint8 [256, 3]: indices 0 … 254 from low to high, 255 the undefined cell; read-only.

    `kind` is that of a scale; "diverging" has its neutral middle, zero, at index 127. `key`: the map in force when
    empty.
    """
    return _table(family(kind), dark, key or chosen(kind))


@lru_cache
def _table(name: str, dark: bool, key: str) -> NDArray[np.uint8]:
    found = MAPS[name][key]
    if found.low is None:
        colors = _ramp(found.high[dark], TOP + 1)
    else:
        colors = np.concatenate((_ramp(found.low[dark], 128)[::-1], _ramp(found.high[dark], 128)[1:]))
    result = np.concatenate((colors, _rgb((_UNDEFINED[dark],)).astype(np.uint8)))
    result.flags.writeable = False
    return result


# ---- spacing -----------------------------------------------------------------------------------------------------

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


def to_oklab(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """[n, 3] sRGB in 0…1 to OKLab (Ottosson 2020)."""
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _RGB_TO_LMS.T) @ _LMS_TO_LAB.T


def _from_oklab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = (lab @ np.linalg.inv(_LMS_TO_LAB).T) ** 3 @ np.linalg.inv(_RGB_TO_LMS).T
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _rgb(names: tuple[str, ...]) -> NDArray[np.float64]:
    """[n, 3] in 0…255 of "#rrggbb"."""
    return np.array([[int(name[place : place + 2], 16) for place in (1, 3, 5)] for name in names], np.float64)


def _ramp(names: tuple[str, ...], count: int) -> NDArray[np.uint8]:
    """[count, 3] colours through the anchors, equally far apart in OKLab; the two ends are the anchors exactly."""
    anchors = to_oklab(_rgb(names) / 255)
    fine = np.linspace(0, len(anchors) - 1, 2048)
    path = np.stack([np.interp(fine, np.arange(len(anchors)), column) for column in anchors.T], axis=1)
    way = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))))
    even = np.stack([np.interp(np.linspace(0, way[-1], count), way, column) for column in path.T], axis=1)
    return np.rint(_from_oklab(even) * 255).astype(np.uint8)
