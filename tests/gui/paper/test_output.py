"""Pictures for paper: real text, lines that are lines, sizes in millimetres, pixels where they must be."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from analysis.figures.curves import Curves, Series
from analysis.figures.table import Row, Table
from analysis.values import UserError
from gui.export.paper import Piece
from gui.export.paper.canvas import Canvas
from gui.export.paper.heatmap import _plane
from gui.export.paper.output import image, pdf, picture, png, svg
from gui.export.paper.page import lay_out
from gui.export.paper.style import MM, Style
from gui.theme import colors
from tests.gui.paper.looking import KINDS, checkerboard, chunks, piece

SVG = "{http://www.w3.org/2000/svg}"
WIDTHS = (85.0, 178.0)


def texts(data: bytes) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(data).iter(f"{SVG}text"))


def run(tool: str, *arguments: str) -> str:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} (poppler-utils) is not here")
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("width", WIDTHS)
def test_that_svg_has_a_text_for_each_text_and_the_right_size(name: str, width: float) -> None:
    style = Style(width=width, caption=True)
    root = ElementTree.fromstring(svg((piece(name),), style))
    assert root.get("width") == f"{width:.2f}mm"
    box = [float(part) for part in root.get("viewBox", "").split()]
    assert box[2] == pytest.approx(width * MM, abs=0.01)
    assert float(root.get("height", "").removesuffix("mm")) == pytest.approx(box[3] / MM, abs=0.01)
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert KINDS[name].title in words
    assert not any(re.search(r"QQ\d+QQ", word or "") for word in words)
    assert root.find(f"{SVG}title").text == KINDS[name].title


def test_that_svg_text_in_several_scripts_stays_whole_and_keeps_its_anchor() -> None:
    found = {element.text: element for element in texts(svg((piece("labels"),), Style(width=178.0)))}
    assert found["θ 112°"].get("text-anchor") == "end"
    assert found["key"].get("text-anchor") == "middle"
    assert found["L1H5 attention"].get("text-anchor") == "start"


def test_that_svg_escapes_what_a_label_says() -> None:
    table = Table("<b> & \"co\"\x07", ("a",), (Row(("</text>",)),))
    words = [element.text for element in texts(svg((Piece(table),), Style()))]
    assert words == ["<b> & \"co\"\ufffd", "a", "</text>"]


def test_that_axes_are_lines_and_only_large_matrices_are_bitmaps() -> None:
    small, large = (svg((piece(name),), Style(color_bar=False)) for name in ("labels", "pattern"))
    assert b"<image" not in small
    assert small.count(b"<rect") >= 400
    assert large.count(b"<image") == 1
    assert large.count(b"<polyline") >= 8  # ticks


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("width", WIDTHS)
def test_that_pdf_has_its_text_as_text_and_its_fonts_inside(name: str, width: float, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf((piece(name),), Style(width=width, caption=True)))
    found = " ".join(run("pdftotext", "-layout", str(path), "-").split())
    assert KINDS[name].title in found
    assert "SHA-256 cdcdcdcdcdcd…" in found
    fonts = run("pdffonts", str(path)).splitlines()[2:]
    assert fonts
    assert all(re.search(r" yes (yes|no)  ?(yes) ", line) for line in fonts), fonts


@pytest.mark.parametrize("width", [30.0, 61.3, 85.0, 178.0])
def test_that_the_page_of_a_pdf_has_its_size_in_millimetres_and_is_painted_to_its_edges(
    width: float, tmp_path: Path
) -> None:
    path, style = tmp_path / "a.pdf", Style(width=width, dark=True)
    path.write_bytes(pdf((piece("pattern"),), style))
    size = re.search(r"Page size: +([\d.]+) x ([\d.]+)", run("pdfinfo", str(path)))
    assert size is not None
    assert float(size[1]) / MM == pytest.approx(width, abs=0.01)
    assert float(size[2]) == pytest.approx(lay_out((piece("pattern"),), style).height, abs=0.01)
    run("pdftoppm", "-r", "720", "-png", "-singlefile", str(path), str(tmp_path / "a"))
    shown = QImage(str(tmp_path / "a.png"))
    wide, tall = shown.width() - 2, shown.height() - 2
    assert {shown.pixelColor(x, y).name() for x in (1, wide) for y in (1, tall)} == {"#17191d"}


def test_that_pdf_finds_ligatures_letter_by_letter(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf((Piece(Table("office flow", ("a",), ())),), Style()))
    assert "office flow" in run("pdftotext", str(path), "-")


def test_that_pictures_inside_a_pdf_are_lossless(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf((piece("pattern"),), Style()))
    lines = run("pdfimages", "-list", str(path)).splitlines()[2:]
    assert lines
    assert not any("jpeg" in line for line in lines)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("scale", [1, 3, 8])
def test_that_cells_have_the_colours_of_the_scale(dark: bool, scale: int) -> None:
    figure, dots = checkerboard(), scale * 96 / 72
    shown, page = image((Piece(figure),), Style(dark=dark), dots)
    plane = _plane(Canvas(Style(dark=dark), dots=dots), page.places[0].piece, page.places[0].rect)
    map_ = colors.map_colors("sequential", dark)
    for row in range(4):
        for col in range(4):
            x, y = plane.at(col + 0.5, row + 0.5)
            pixel = shown.pixelColor(int(x * dots), int(y * dots))
            assert pixel == map_[colors.TOP if (row + col) % 2 else 0]
    assert shown.pixelColor(0, 0) == QColor("#17191d" if dark else "#ffffff")


def test_that_vector_cells_have_the_same_colours(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    style = Style(color_bar=False)
    path.write_bytes(pdf((Piece(checkerboard()),), style))
    run("pdftoppm", "-r", "288", "-png", "-singlefile", str(path), str(tmp_path / "a"))
    shown, page = QImage(str(tmp_path / "a.png")), lay_out((Piece(checkerboard()),), style)
    plane = _plane(Canvas(style), page.places[0].piece, page.places[0].rect)
    for row, col in ((0, 0), (0, 1), (3, 2), (3, 3)):
        x, y = plane.at(col + 0.5, row + 0.5)
        expected = colors.map_colors("sequential", False)[colors.TOP if (row + col) % 2 else 0]
        assert shown.pixelColor(int(x * 4), int(y * 4)) == expected


def test_that_one_hot_cell_of_a_huge_matrix_is_seen_and_the_pooling_is_said() -> None:
    figure = checkerboard(3000)
    values = np.zeros((3000, 3000), np.float32)
    values[1234, 777] = 1.0
    shown, page = image((Piece(replace(figure, values=values)),), Style(), 96 / 72)
    assert re.search(r"largest of 16 × 16 cells", page.notes[0])
    rect = page.places[0].rect
    top = colors.map_colors("sequential", False)[colors.TOP]
    width = int(rect.width() * 0.75 * 96 / 72)
    assert any(
        shown.pixelColor(x, y) == top
        for x in range(width) for y in range(int((rect.top() + 8) * 96 / 72), int(rect.bottom() * 96 / 72))
    )


def test_that_png_has_its_scale_as_pixels_and_as_dots_an_inch() -> None:
    for scale in (1, 8):
        data = png((piece("table"),), Style(scale=scale))
        shown = QImage.fromData(data)
        assert shown.width() == round(85 / 25.4 * 96 * scale)
        found = dict(chunks(data))
        assert int.from_bytes(found["pHYs"][:4], "big") == pytest.approx(96 * scale / 0.0254, abs=1)


def test_that_a_picture_too_large_is_refused_in_words() -> None:
    with pytest.raises(UserError, match="smaller scale"):
        png((piece("pattern"),) * 24, Style(width=178.0, columns=1, scale=8))


def test_that_lines_end_at_the_frame_though_svg_knows_no_clipping() -> None:
    x = np.arange(50, dtype=np.float32)
    curves = Curves("t", x, (Series("a", np.where(x % 2, 90, -90).astype(np.float32)),), "x", "y", y_range=(0.0, 1.0))
    root = ElementTree.fromstring(svg((Piece(curves),), Style()))
    places = [line.get("points", "").split() for line in root.iter(f"{SVG}polyline")]
    heights = [float(point.split(",")[1]) for line in places for point in line]
    box = [float(part) for part in root.get("viewBox", "").split()]
    assert min(heights) >= 0
    assert max(heights) <= box[3]


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_that_only_what_is_zoomed_to_is_drawn(form: str) -> None:
    whole, part = Piece(KINDS["labels"]), Piece(KINDS["labels"], shown=((4.0, 8.0), (10.0, 14.0)))
    words = {element.text for element in texts(svg((part,), Style()))}
    assert "r 5" in words  # a key
    assert "r 19" not in words
    assert picture((part,), Style(format=form)) != picture((whole,), Style(format=form))
