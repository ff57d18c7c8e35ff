"""Every colour map: steady and even in lightness, for eyes without red or green cones too."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent

from analysis.figures.drawing import colormaps
from gui.theme import colors

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
EYES = {
    "all cones": np.eye(3),
    "no green (deuteranopia)": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "no red (protanopia)": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
ALL = [(kind, key, dark) for kind, maps in colormaps.MAPS.items() for key in maps for dark in (False, True)]
every_map = pytest.mark.parametrize(
    ("kind", "key", "dark"), ALL, ids=[f"{key}-{'dark' if dark else 'light'}" for _, key, dark in ALL]
)
every_eye = pytest.mark.parametrize("eye", EYES)


@pytest.fixture(autouse=True)
def _maps_back():
    before = {kind: colormaps.chosen(kind) for kind in colormaps.MAPS}
    yield
    for kind, key in before.items():
        colormaps.choose(kind, key)


def seen(table: np.ndarray, eye: str) -> np.ndarray:
    """uint8 [n, 3] as linear RGB [n, 3] in the eye."""
    part = table / 255.0
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return np.clip(linear @ EYES[eye].T, 0, 1)


def lightness(linear: np.ndarray) -> np.ndarray:
    """CIE L*, 0 to 100, of linear RGB."""
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    return np.where(luminance > 216 / 24389, 116 * np.cbrt(luminance) - 16, luminance * 24389 / 27)


def as_lab(linear: np.ndarray) -> np.ndarray:
    """OKLab of linear RGB."""
    return colormaps.to_oklab(np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055))


def arms(kind: str, key: str, dark: bool) -> list[np.ndarray]:
    """The colours from nothing to the end of the map: one way, or two for a diverging map."""
    table = colormaps.table(kind, dark, key)[:255]
    return [table] if kind == "sequential" else [table[127::-1], table[127:]]


@every_map
@every_eye
def test_that_lightness_goes_one_way_from_nothing_to_much(kind, key, dark, eye):
    for arm in arms(kind, key, dark):
        levels = lightness(seen(arm, eye)) * (1 if dark else -1)
        assert np.diff(levels).min() > -0.1  # a tenth of what can just be seen: rounding to bytes
        assert (levels[5:] - levels[:-5]).min() > 0
        assert levels[-1] - levels[0] > 62


@every_map
def test_that_equal_steps_of_value_look_equally_large(kind, key, dark):
    for arm in arms(kind, key, dark):
        steps = np.linalg.norm(np.diff(colormaps.to_oklab(arm[::8] / 255.0), axis=0), axis=1)
        assert steps.max() < 1.4 * steps.min()


@every_map
@every_eye
def test_that_no_step_of_value_gets_lost_on_an_eye_that_lacks_a_cone(kind, key, dark, eye):
    for arm in arms(kind, key, dark):
        steps = np.linalg.norm(np.diff(as_lab(seen(arm[::16], eye)), axis=0), axis=1)
        assert steps.min() > 0.4 * steps.mean()


@pytest.mark.parametrize("key", colormaps.MAPS["diverging"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@every_eye
def test_that_the_two_signs_are_told_apart(key, dark, eye):
    low, high = arms("diverging", key, dark)
    apart = np.linalg.norm(as_lab(seen(low, eye)) - as_lab(seen(high, eye)), axis=1)
    assert apart[40:110].min() > 0.08


@every_map
def test_that_nothing_is_neutral_and_undefined_is_none_of_the_values(kind, key, dark):
    table = colormaps.table(kind, dark, key).astype(int)
    assert np.ptp(arms(kind, key, dark)[0][0].astype(int)) <= 8
    if key != "grey":  # a grey value is like the grey of no value, of course; the words under the pointer tell
        assert np.abs(table[:-1] - table[-1]).sum(1).min() >= 12


def test_that_a_chosen_map_is_in_force_for_all_that_paint(qapp):
    for kind in ("sequential", "log"):
        assert (colors.table(kind, False) == colormaps.table("sequential", False, "sea")).all()
    colors.apply_maps("ember", "purple_green")
    for kind, key in (("sequential", "ember"), ("log", "ember"), ("diverging", "purple_green")):
        table = colormaps.table(kind, True, key)
        assert (colors.table(kind, True) == table).all()
        red, green, blue = map(int, table[200])
        assert colors.color_table(kind, True)[200] == 0xFF << 24 | red << 16 | green << 8 | blue
        assert colors.map_colors(kind, True)[200].getRgb()[:3] == (red, green, blue)
    colors.apply_maps("no such map", "purple_green")
    assert colormaps.chosen("sequential") == "ember"


def test_that_the_windows_on_show_are_told_of_another_map(qtbot):
    from PySide6.QtWidgets import QWidget

    class Watched(QWidget):
        told = 0

        def changeEvent(self, event: QEvent) -> None:
            self.told += event.type() == QEvent.Type.PaletteChange

    widget = Watched()
    qtbot.addWidget(widget)
    before = widget.told
    colors.apply_maps("grey", "blue_red")
    assert widget.told == before + 1
