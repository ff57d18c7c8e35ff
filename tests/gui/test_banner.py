"""The sentence over the lower edge."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QEnterEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QToolButton

from gui.theme.colors import apply_theme
from gui.window.banner import Banner


def luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    return sum(weight * part**2.2 for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("notice", [False, True], ids=["problem", "notice"])
def test_that_the_button_under_the_pointer_is_read_after_a_change_of_theme(qtbot, qapp, theme, notice):
    apply_theme(qapp, "dark" if theme == "light" else "light")
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(500, 200)
    banner = Banner(window)
    window.show()
    banner.say("Something is wrong.", notice)
    apply_theme(qapp, theme)
    button = banner.findChild(QToolButton)
    inside = QPointF(5, 5)
    QApplication.sendEvent(button, QEnterEvent(inside, inside, button.mapToGlobal(inside)))
    image = button.grab().toImage()
    assert image.pixelColor(1, image.height() // 2) != banner.palette().window().color()
    ground = image.pixelColor(6, image.height() // 2)
    assert (1 + 0.05) / (luminance(ground) + 0.05) > 4
    assert any(image.pixelColor(x, image.height() // 2).lightness() > 230 for x in range(image.width()))
