from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gui.export.widget_picture import STRIP, WidgetPicture, image_of


def test_that_a_picture_painted_in_strips_is_the_picture_painted_at_once(qtbot: QtBot) -> None:
    label = QLabel("\n".join(f"line {number}" for number in range(40)))
    label.setStyleSheet("background: white; border: 3px solid red")
    label.resize(300, 700)
    qtbot.addWidget(label)
    assert label.height() * 3 > 4 * STRIP
    painting = WidgetPicture(label, 3)
    with qtbot.waitSignal(painting.done) as finished:
        pass
    image: QImage = finished.args[0]
    assert (image.width(), image.height(), image.devicePixelRatio()) == (900, 2100, 1)
    assert image == image_of(label, 3)
