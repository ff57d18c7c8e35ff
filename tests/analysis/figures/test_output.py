"""Pictures for paper: real text, lines that are lines, sizes in millimetres, pixels where they must be."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from analysis.figures.curves import Curves, Series
from analysis.figures.drawing.colormaps import TOP
from analysis.figures.drawing.colormaps import table as color_table
from analysis.figures.page import Piece, drawn, picture, pixels
from analysis.figures.style import MM, Style
from analysis.figures.table import Row, Table
from analysis.values import UserError
from tests.analysis.figures.looking import KINDS, checkerboard, chunks, image_of, lay_out, piece, rgb, run

SVG = "{http://www.w3.org/2000/svg}"
WIDTHS = (85.0, 178.0)


def svg(pieces: tuple[Piece, ...], style: Style) -> bytes:
    return picture(pieces, replace(style, format="svg"))


def pdf(pieces: tuple[Piece, ...], style: Style) -> bytes:
    return picture(pieces, replace(style, format="pdf"))


def png(pieces: tuple[Piece, ...], style: Style) -> bytes:
    return picture(pieces, replace(style, format="png"))


def texts(data: bytes) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(data).iter(f"{SVG}text"))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("width", WIDTHS)
def test_that_svg_has_a_text_for_each_text_and_the_right_size(name: str, width: float) -> None:
    style = Style(width=width, caption=True)
    root = ElementTree.fromstring(svg((piece(name),), style))
    box = [float(part) for part in root.get("viewBox", "").split()]
    page = lay_out((piece(name),), replace(style, format="svg"))
    for side, length, points in (("width", box[2], width * MM), ("height", box[3], page.height)):
        assert float(root.get(side, "").removesuffix("pt")) == pytest.approx(points, abs=0.001)
        assert length == pytest.approx(points, abs=0.001)
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert KINDS[name].title in words
    assert " ".join(words).count("SHA-256 cdcdcdcdcdcd…") == 1
    assert root.find(f"{SVG}title").text == KINDS[name].title  # type: ignore[union-attr]


def test_that_svg_text_in_several_scripts_stays_whole_and_keeps_its_anchor() -> None:
    found = {element.text: element for element in texts(svg((piece("labels"),), Style(width=178.0)))}
    for text, anchor in (("θ 112°", "end"), ("key", "middle"), ("L1H5 attention", "start")):
        assert f"text-anchor: {anchor}" in found[text].get("style", "")


def test_that_svg_escapes_what_a_label_says() -> None:
    table = Table("<b> & \"co\"\x07", ("a",), (Row(("</text>",)),))
    words = [element.text for element in texts(svg((Piece(table),), Style()))]
    assert sorted(word or "" for word in words) == ["</text>", "<b> & \"co\"\ufffd", "a"]


def test_that_axes_are_lines_and_only_large_matrices_are_bitmaps() -> None:
    small, large = (svg((piece(name),), Style(color_bar=False)) for name in ("labels", "pattern"))
    assert b"<image" not in small
    assert small.count(b"<path") >= 400
    assert large.count(b"<image") == 1
    assert large.count(b"<use") >= 8  # ticks


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
    height = lay_out((piece("pattern"),), style).height
    assert float(size[2]) == pytest.approx(height, abs=0.01)
    exact = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", path.read_bytes())
    assert exact is not None
    assert [float(one) for one in exact.groups()] == pytest.approx([width * MM, height], abs=0.001)
    run("pdftoppm", "-r", "720", "-png", "-singlefile", str(path), str(tmp_path / "a"))
    shown = image_of((tmp_path / "a.png").read_bytes())
    assert {tuple(shown[y, x]) for x in (1, -3) for y in (1, -3)} == {rgb("#17191d")}


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


def cells_of(shown: np.ndarray, figure_axes: tuple[float, ...], size: int) -> np.ndarray:
    """[size, size, 3]: the colours in the middle of each cell of a picture; axes as shares of the page."""
    left, bottom, right, top = figure_axes
    middle = (np.arange(size) + 0.5) / size
    x = ((left + middle * (right - left)) * shown.shape[1]).astype(int)
    y = ((1 - top + middle * (top - bottom)) * shown.shape[0]).astype(int)
    return np.asarray(shown[y[:, None], x])


def frame_of(pieces: tuple[Piece, ...], style: Style) -> tuple[float, ...]:
    with drawn(pieces, style, None if style.vector else style.dots) as page:
        page.drawing.canvas.draw()
        return tuple(page.drawing.axes[0].get_position().extents.tolist())


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("scale", [1, 3, 8])
def test_that_cells_have_the_colours_of_the_scale(dark: bool, scale: int) -> None:
    pieces, style = (Piece(checkerboard()),), Style(dark=dark, scale=scale, format="png")
    shown = image_of(picture(pieces, style))
    found = cells_of(shown, frame_of(pieces, style), 4)
    expected = color_table("sequential", dark)[TOP * (np.indices((4, 4)).sum(0) % 2)]
    np.testing.assert_array_equal(found, expected)
    assert tuple(shown[0, 0]) == rgb("#17191d" if dark else "#ffffff")


def test_that_vector_cells_have_the_same_colours(tmp_path: Path) -> None:
    path, pieces = tmp_path / "a.pdf", (Piece(checkerboard()),)
    path.write_bytes(picture(pieces, Style()))
    run("pdftoppm", "-r", "288", "-png", "-singlefile", str(path), str(tmp_path / "a"))
    found = cells_of(image_of((tmp_path / "a.png").read_bytes()), frame_of(pieces, Style()), 4)
    np.testing.assert_array_equal(found, color_table("sequential", False)[TOP * (np.indices((4, 4)).sum(0) % 2)])


def test_that_undefined_cells_have_their_own_colour() -> None:
    values = checkerboard().values.copy()
    values[1, 1] = np.nan
    pieces, style = (Piece(replace(checkerboard(), values=values)),), Style(format="png")
    found = cells_of(image_of(picture(pieces, style)), frame_of(pieces, style), 4)
    assert tuple(found[1, 1]) == tuple(color_table("sequential", False)[255])


def test_that_faint_cells_are_dimmed_and_hatched() -> None:
    faint = np.zeros((4, 4), bool)
    faint[0, 1] = True
    pieces, style = (Piece(replace(checkerboard(), faint=faint)),), Style(format="png")
    found = cells_of(image_of(picture(pieces, style)), frame_of(pieces, style), 4)
    assert found[0, 1].min() > found[0, 3].min() + 40
    plain, hatched = (svg((Piece(one),), Style()) for one in (checkerboard(), pieces[0].figure))
    assert hatched.count(b"<path") > plain.count(b"<path")


def test_that_one_hot_cell_of_a_huge_matrix_is_seen_and_the_pooling_is_said() -> None:
    values = np.zeros((3000, 3000), np.float32)
    values[1234, 777] = 1.0
    pieces = (Piece(replace(checkerboard(3000), values=values)),)
    shown, page = pixels(pieces, Style(format="png", scale=1, caption=True), lambda width, height: 96 / 72)
    assert "each dot shows the largest of 16 × 16 cells" in page.notes
    assert "the largest of 16 × 16 cells" in page.caption
    with drawn(pieces, Style(format="png", scale=1), 96 / 72) as laid:
        right = laid.drawing.axes[0].get_position().x1
    inside = shown[:, : int(right * shown.shape[1]), :3]
    assert (inside == color_table("sequential", False)[TOP]).all(-1).any()


def test_that_a_preview_says_of_the_file_what_the_file_will_say() -> None:
    pieces = (Piece(checkerboard(3000)),)
    shown, small = pixels(pieces, Style(format="pdf"), lambda width, height: 150 / width)
    assert shown.shape[1] == 150
    assert small.notes == lay_out(pieces, Style(format="pdf")).notes
    assert small.notes != lay_out(pieces, Style(format="png", scale=1)).notes


def test_that_png_has_its_scale_as_pixels_and_as_dots_an_inch() -> None:
    for scale in (1, 8):
        data = png((piece("table"),), Style(scale=scale))
        assert image_of(data).shape[1] == round(85 / 25.4 * 96 * scale)
        found = dict(chunks(data))
        assert int.from_bytes(found["pHYs"][:4], "big") == pytest.approx(96 * scale / 0.0254, abs=1)


def test_that_a_picture_too_large_is_refused_in_words() -> None:
    with pytest.raises(UserError, match="smaller scale"):
        png((piece("pattern"),) * 24, Style(width=178.0, columns=1, scale=8))


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_that_lines_end_at_the_frame(form: str, tmp_path: Path) -> None:
    x = np.arange(50, dtype=np.float32)
    lines = tuple(Series("a", line) for line in (x * 0 + 0.5, np.where(x % 2, 90, -90).astype(np.float32)))
    inner, outer = (Curves("t", x, some, "x", "y", y_range=(0.0, 1.0)) for some in (lines[:1], lines[1:]))
    around = []
    for curves in (inner, outer):
        path, style = tmp_path / f"a.{form}", Style(format=form, scale=3)
        path.write_bytes(picture((Piece(curves),), style))
        if form == "svg":
            root = ElementTree.fromstring(path.read_bytes())
            long = [one for one in root.iter(f"{SVG}path") if len(one.get("d", "").split("L")) > 20]
            assert all(one.get("clip-path") for one in long)
            continue
        if form == "pdf":
            run("pdftoppm", "-r", "288", "-png", "-singlefile", str(path), str(path.with_suffix("")))
        shown = image_of(path.with_suffix(".png").read_bytes())
        _, bottom, _, top = frame_of((Piece(curves),), style)
        tall = len(shown)
        around.append(np.concatenate((shown[: int((1 - top) * tall) - 4], shown[int((1 - bottom) * tall) + 5 :])))
    if around:
        np.testing.assert_array_equal(*around)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_that_only_what_is_zoomed_to_is_drawn(form: str) -> None:
    whole, part = Piece(KINDS["labels"]), Piece(KINDS["labels"], shown=((4.0, 8.0), (10.0, 14.0)))
    words = {element.text for element in texts(svg((part,), Style()))}
    assert "r 5" in words  # a key
    assert "r 19" not in words
    assert picture((part,), Style(format=form)) != picture((whole,), Style(format=form))
