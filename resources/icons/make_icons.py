"""Makes the application's pictures from headscope.svg: PNG, and the containers of Windows (.ico) and macOS (.icns).

    QT_QPA_PLATFORM=offscreen python -m resources.icons.make_icons

Both containers hold PNG files behind a table: ICO a directory of 16-byte entries, ICNS chunks named by their size.
"""

import struct
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).parent
ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
ICNS_KINDS = {b"icp4": 16, b"icp5": 32, b"icp6": 64, b"ic07": 128, b"ic08": 256, b"ic09": 512, b"ic10": 1024}


def png(size: int) -> bytes:
    """The drawing, `size` pixels wide and high."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(FOLDER / "headscope.svg")).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


def ico(pictures: dict[int, bytes]) -> bytes:
    """A directory, then the pictures by size; 256 is written as 0."""
    place = 6 + 16 * len(pictures)
    table, body = struct.pack("<HHH", 0, 1, len(pictures)), b""
    for size, picture in pictures.items():
        side = size % 256
        table += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(picture), place + len(body))
        body += picture
    return table + body


def icns(pictures: dict[bytes, bytes]) -> bytes:
    """A magic number and the whole length, then each kind with its length and picture."""
    body = b"".join(kind + struct.pack(">I", 8 + len(picture)) + picture for kind, picture in pictures.items())
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def main() -> None:
    app = QGuiApplication.instance() or QGuiApplication([])
    assert app is not None
    (FOLDER / "headscope.png").write_bytes(png(256))
    (FOLDER / "headscope.ico").write_bytes(ico({size: png(size) for size in ICO_SIZES}))
    (FOLDER / "headscope.icns").write_bytes(icns({kind: png(size) for kind, size in ICNS_KINDS.items()}))


if __name__ == "__main__":
    main()
