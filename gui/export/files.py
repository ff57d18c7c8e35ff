"""Saving what a figure shows: pictures and numbers, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QByteArray, QIODevice, QSaveFile
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from analysis.figures.formats import save_numbers
from analysis.values import UserError
from gui.export.paper import Piece
from gui.export.paper.output import image_bytes, picture
from gui.export.paper.stamp import KEY, stamp
from gui.export.paper.style import Style

__all__ = ["image_of", "save_image", "save_numbers", "save_page"]


def image_of(widget: QWidget, scale: int) -> QImage:
    """`widget` painted at `scale` times its size in pixels: text and cells are drawn anew, not enlarged."""
    image = QImage(widget.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(widget.palette().color(widget.backgroundRole()))
    widget.render(image)
    image.setDevicePixelRatio(1)
    return image


def save_image(image: QImage, path: str, pieces: tuple[Piece, ...] = ()) -> None:
    """Writes `image` as PNG, with what the figures in it were made from.

    Raises UserError, and leaves what was there, when it cannot be written whole.
    """
    if pieces:
        image.setText(KEY, stamp(pieces))
    _write(path, QByteArray(image_bytes(image)))


def save_page(pieces: tuple[Piece, ...], style: Style, path: str) -> None:
    """Draws a page and writes it as PDF, SVG or PNG by the path's suffix; raises UserError as `save_image` does."""
    form = Path(path).suffix.lower().removeprefix(".")
    if form not in ("pdf", "svg", "png"):
        raise UserError(f"Figures are saved as .pdf, .svg or .png, so {Path(path).name} needs one of these endings.")
    _write(path, QByteArray(picture(pieces, replace(style, format=form))))


def _write(path: str, data: QByteArray) -> None:
    file = QSaveFile(path)
    if not (file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(data) == data.size() and file.commit()):
        reason = file.errorString()
        file.cancelWriting()
        raise UserError(f"{path} was not saved ({reason}); choose another folder or make room, and save again.")
