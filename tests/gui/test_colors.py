"""Colour maps, contrast, themes and icons."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QCheckBox, QWidget
from pytestqt.qtbot import QtBot

from analysis.figures.drawing.colormaps import to_oklab
from gui.theme import colors

BOTH = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def lightness(table: np.ndarray) -> np.ndarray:
    """CIE luminance, relative."""
    linear = (table / 255.0) ** 2.2
    return linear @ (0.2126, 0.7152, 0.0722)


@BOTH
@pytest.mark.parametrize("kind", ["sequential", "log", "diverging"])
def test_that_a_map_is_256_colours_of_which_the_last_is_none_of_the_others(kind, dark):
    table = colors.table(kind, dark)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert not (np.abs(table[:-1].astype(int) - table[-1]).sum(1) < 12).any()
    assert len(colors.color_table(kind, dark)) == 256


@BOTH
def test_that_attention_gets_steadily_stronger_against_the_background(dark):
    levels = lightness(colors.table("sequential", dark)[:-1])
    steps = np.diff(levels if dark else -levels)
    assert (steps > -1e-3).all()
    assert abs(levels[-1] - levels[0]) > 0.8


@BOTH
def test_that_equal_steps_of_value_are_equal_steps_to_the_eye(dark):
    for table in (colors.table("sequential", dark)[:-1], colors.table("diverging", dark)[:128]):
        steps = np.linalg.norm(np.diff(to_oklab(table[::8] / 255.0), axis=0), axis=1)
        assert steps.max() < 1.35 * steps.min()


@BOTH
def test_that_a_diverging_map_is_neutral_in_the_middle_and_differs_in_hue_at_its_ends(dark):
    table = colors.table("diverging", dark).astype(int)
    assert np.ptp(table[127]) <= 8
    negative, positive = table[50], table[204]
    assert negative[2] > negative[0]
    assert positive[0] > positive[2]
    # Blue against red or orange: apart also for an eye without red or green, by the blue channel.
    assert negative[2] - positive[2] > 60


def test_that_text_is_black_on_light_and_white_on_dark():
    assert colors.text_on(QColor("#ffffff")) == QColor("#000000")
    assert colors.text_on(QColor("#e0e060")) == QColor("#000000")
    assert colors.text_on(QColor("#16204a")) == QColor("#ffffff")


@BOTH
def test_that_categorical_colours_stand_out_from_the_background(qapp, dark):
    colors.apply_theme(qapp, "dark" if dark else "light")
    base = lightness(np.array(qapp.palette().base().color().getRgb()[:3]))
    for color in colors.categorical(dark):
        here = lightness(np.array(color.getRgb()[:3]))
        assert (max(base, here) + 0.05) / (min(base, here) + 0.05) > 2.4, color.name()


def test_that_a_theme_sets_the_palette_and_system_follows_the_desktop(qapp):
    colors.apply_theme(qapp, "dark")
    assert colors.is_dark(qapp.palette())
    colors.apply_theme(qapp, "light")
    assert not colors.is_dark(qapp.palette())
    colors._follow_system(Qt.ColorScheme.Dark)
    assert not colors.is_dark(qapp.palette())
    colors.apply_theme(qapp, "system")
    colors._follow_system(Qt.ColorScheme.Dark)
    assert colors.is_dark(qapp.palette())
    colors.apply_theme(qapp, "light")


@BOTH
def test_that_quiet_text_is_readable(qapp, dark):
    colors.apply_theme(qapp, "dark" if dark else "light")
    text, base = (lightness(np.array(color.getRgb()[:3])) for color in
                  (colors.quiet(qapp.palette()), qapp.palette().base().color()))
    assert (max(text, base) + 0.05) / (min(text, base) + 0.05) > 4.5


@pytest.mark.parametrize("name", ["open", "demo", "export", "info"])
def test_that_icons_take_the_colour_of_the_text(qapp, name):
    colors.apply_theme(qapp, "dark")
    image = colors.icon(name, qapp.palette()).pixmap(24, 24).toImage()
    strong = [color for x in range(image.width()) for y in range(image.height())
              if (color := image.pixelColor(x, y)).alpha() > 200]
    assert len(strong) > 10
    assert all(color.lightness() > 180 for color in strong)
    colors.apply_theme(qapp, "light")


def contrast(one: QColor, other: QColor) -> float:
    """By WCAG 2, 1 to 21."""
    dark, light = sorted(float(np.dot([0.2126, 0.7152, 0.0722], [part**2.2 for part in color.getRgbF()[:3]]))
                         for color in (one, other))
    return (light + 0.05) / (dark + 0.05)


def test_that_an_empty_check_box_stands_out_from_the_window_in_the_dark_and_light_again_after_it(
    qapp: QApplication, qtbot: QtBot
) -> None:
    row = QWidget()
    box = QCheckBox(row)
    qtbot.addWidget(row)
    row.show()
    seen = []
    for theme in ("dark", "light"):
        colors.apply_theme(qapp, theme)
        qapp.processEvents()
        image = row.grab(QRect(0, 0, box.width(), box.height())).toImage()
        inside = image.pixelColor(box.height() // 2, box.height() // 2)
        seen.append(contrast(inside, row.palette().window().color()))
    assert seen[0] >= 2.8
    assert seen[1] < 1.3
