"""A page as PNG, SVG or PDF, with what it shows written into it."""

from __future__ import annotations

import base64
import re
from html import escape
from math import ceil

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSize
from PySide6.QtGui import QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from analysis.values import UserError
from gui.export.paper import Piece
from gui.export.paper.canvas import Canvas, points_image
from gui.export.paper.page import Page, caption_words, lay_out
from gui.export.paper.stamp import KEY, SPACE, stamp, xmp
from gui.export.paper.style import DOTS, MM, Style, family

LARGEST = 20_000
"""Pixels a side of a picture."""
INCH = 0.0254


def picture(pieces: tuple[Piece, ...], style: Style) -> bytes:
    """The file that `style.format` names; raises UserError where it cannot be drawn."""
    make = {"png": png, "svg": svg, "pdf": pdf}[style.format]
    return make(pieces, style)


def image(pieces: tuple[Piece, ...], style: Style, dots: float) -> tuple[QImage, Page]:
    """The page in pixels, `dots` for a point, and how it was laid out."""
    shown, page, _ = _image(pieces, style, dots)
    return shown.copy(), page


def _image(pieces: tuple[Piece, ...], style: Style, dots: float) -> tuple[QImage, Page, np.ndarray]:
    """The same, in the memory of the third, which must outlive it."""
    page = lay_out(pieces, style, dots)
    wide, tall = round(page.width * dots), round(page.height * dots)
    if max(wide, tall) > LARGEST:
        raise UserError(f"That picture would be {wide} × {tall} pixels; choose a smaller scale, or SVG or PDF.")
    pixels = np.full((tall, wide), style.paper.rgb(), np.uint32)
    result = points_image(wide, tall, pixels)
    painter = QPainter(result)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(wide / page.width, tall / page.height)
    page.paint(Canvas(style, painter, dots))
    painter.end()
    result.setDotsPerMeterX(round(dots * 72 / INCH))
    result.setDotsPerMeterY(round(dots * 72 / INCH))
    return result, page, pixels


def png(pieces: tuple[Piece, ...], style: Style) -> bytes:
    result, page, pixels = _image(pieces, style, style.scale * DOTS / 72)
    for key, text in _texts(page).items():
        result.setText(key, text)
    result.setText(KEY, stamp(pieces))
    data = image_bytes(result)
    del result, pixels  # In this order.
    return data


def image_bytes(result: QImage) -> bytes:
    """A picture as PNG; raises UserError for an empty one."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if result.isNull() or not result.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise UserError("There is no picture to save yet; wait until the panel has drawn.")
    return bytes(data.data())


def pdf(pieces: tuple[Piece, ...], style: Style) -> bytes:
    """Fonts are embedded and pictures inside it are lossless."""
    page = lay_out(pieces, style)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(72)
    size = QSize(ceil(page.width), ceil(page.height))
    writer.setPageSize(QPageSize(size, "figure", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    texts = _texts(page)
    writer.setTitle(texts["Title"])
    writer.setCreator(texts["Software"])
    writer.setDocumentXmpMetadata(QByteArray(xmp(texts, stamp(pieces)).encode()))
    painter = QPainter(writer)
    # Without it cells would be blurred by JPEG.
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
    page.paint(Canvas(style, painter))
    painter.end()
    return _exact(bytes(buffer.data().data()), page)


def _exact(data: bytes, page: Page) -> bytes:
    """Qt's pages are whole points, written with so many zeros that the exact size fits into their place."""

    def put(found: re.Match[bytes]) -> bytes:
        top = int(found[2])
        box = b"[0 %.3f %.3f %d" % (top - page.height, page.width, top)
        return found[1] + box.ljust(len(found[0]) - len(found[1]) - 1) + b"]"

    return re.sub(rb"(/(?:Media|Trim)Box )\[0 0 \d+\.0{6} (\d+)\.0{6}\]", put, data)


def svg(pieces: tuple[Piece, ...], style: Style) -> bytes:
    """One <text> for each text, set from its middle or end where it is centred or ends there, whatever the font."""
    page = lay_out(pieces, style)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(72)
    generator.setSize(QSize(round(page.width), round(page.height)))
    generator.setViewBox(QRectF(0, 0, page.width, page.height))
    painter = QPainter(generator)
    canvas = Canvas(style, painter, marked=True)
    page.paint(canvas)
    painter.end()
    return _finished(bytes(buffer.data().data()).decode(), canvas, page, stamp(pieces)).encode()


def _finished(text: str, canvas: Canvas, page: Page, stamped: str) -> str:
    def put(found: re.Match[str]) -> str:
        words, anchor = canvas.texts[int(found[2])]
        return f'{found[1]} text-anchor="{anchor}">{xml(words)}</text>'

    # Qt holds the interpreter while it encodes a picture for SVG, but not while it saves one.
    pictures = (base64.b64encode(image_bytes(picture)).decode() for picture in canvas.images)
    text = re.sub(r'(xlink:href="data:image/png;base64,)[^"]*"', lambda found: f'{found[1]}{next(pictures)}"', text)
    text = re.sub(r"(<text [^>]*?)\s*>QQ(\d+)QQ</text>", put, text)
    text = re.sub(r'font-family="[^"]*"', f'font-family="{_families()}"', text)
    # Qt's own are whole points.
    text = re.sub(r'width="[\d.]+mm" height="[\d.]+mm"',
                  f'width="{page.width / MM:.2f}mm" height="{page.height / MM:.2f}mm"', text, count=1)
    texts = _texts(page)
    head = f"<title>{xml(texts['Title'])}</title>\n<desc>{xml(texts['Description'])}</desc>\n"
    head += f'<metadata><{KEY}:provenance xmlns:{KEY}="{SPACE}">{xml(stamped)}</{KEY}:provenance></metadata>\n'
    text = re.sub(r"<title>.*?</title>\s*|<desc>.*?</desc>\s*", "", text, flags=re.S)
    return text.replace("<defs>", f"{head}<defs>", 1)


def xml(text: str) -> str:
    """As it may stand in XML: escaped, without the characters that XML does not know."""
    return escape(re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text), quote=True)


def _families() -> str:
    return ", ".join(dict.fromkeys([family(), "Arial", "Helvetica", "sans-serif"]))


def _texts(page: Page) -> dict[str, str]:
    """What any program may show of a picture."""
    titles = dict.fromkeys(place.piece.figure.title for place in page.places)
    versions = [place.piece.figure.provenance.version for place in page.places]
    return {
        "Title": "; ".join(titles),
        "Description": caption_words(list(page.places), page.notes),
        "Software": f"Headscope {versions[0]}".strip(),
    }

