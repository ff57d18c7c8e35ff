"""What a picture says of its origin comes back from it, whatever its format."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imsave
from PIL import Image

from analysis.figures.page import picture
from analysis.figures.stamp import KEY, SIGNATURE, read
from analysis.figures.style import Style
from analysis.values import PromptSpec, UserError
from analysis.values.origin import from_json
from tests.analysis.figures.looking import ORIGIN, chunks, piece, run


def saved(tmp_path: Path, form: str) -> Path:
    path = tmp_path / f"a.{form}"
    path.write_bytes(picture((piece("pattern"), piece("table")), Style(format=form, scale=1)))
    return path


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_that_the_origin_of_every_panel_comes_back(tmp_path: Path, form: str) -> None:
    assert read(str(saved(tmp_path, form))) == [ORIGIN, ORIGIN]


def test_that_png_says_it_in_text_chunks(tmp_path: Path) -> None:
    path = saved(tmp_path, "png")
    with Image.open(path) as shown:
        texts = dict(shown.text)  # type: ignore[attr-defined]
    said = json.loads(texts[KEY])
    assert said["figures"][0]["sha256"] == ORIGIN.sha256
    assert said["figures"][0]["recipe"]["tokens"] == [[1, 5, 9], [2, 6, 10]]
    assert texts["Title"] == "L1H5 attention; L1H5"
    assert texts["Software"] == "Headscope 0.1.0"
    kinds = [kind for kind, _ in chunks(path.read_bytes())]
    assert kinds.index("IDAT") > max(place for place, kind in enumerate(kinds) if kind in ("tEXt", "zTXt", "iTXt"))
    assert texts["Description"].startswith("(a) L1H5 attention; repeated random tokens")


RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PICTURES = Path(__file__).parents[2] / "data" / "pictures"


def test_that_svg_says_it_in_its_metadata(tmp_path: Path) -> None:
    root = ElementTree.parse(saved(tmp_path, "svg")).getroot()
    element = root.find(f"{{http://www.w3.org/2000/svg}}metadata//{RDF}Bag/{RDF}li")
    assert element is not None
    assert from_json(element.text or "") == [ORIGIN, ORIGIN]


def test_that_pdf_says_it_in_its_keywords(tmp_path: Path) -> None:
    found = run("pdfinfo", str(saved(tmp_path, "pdf")))
    said = next(line for line in found.splitlines() if line.startswith("Keywords:")).partition(":")[2]
    assert from_json(said.strip()) == [ORIGIN, ORIGIN]
    assert "L1H5 attention; L1H5" in found
    assert "Headscope 0.1.0" in found


@pytest.mark.parametrize("name", ["pattern.pdf", "qk_singular.svg", "head_card.png"])
def test_that_pictures_of_the_version_before_still_say_where_they_come_from(name: str) -> None:
    (found,) = read(str(PICTURES / name))
    assert found.recipe is not None
    assert (found.recipe.view, found.recipe.path) == (name.partition(".")[0], "demo:textbook")
    assert found.recipe.selection.head.label == "L1H0"
    assert len(found.sha256) == 64
    if name == "pattern.pdf":
        assert found.recipe.prompt == PromptSpec("repeated_random", (("length", "8"), ("samples", "1"), ("seed", "4")))


def test_that_an_svg_that_another_program_has_written_anew_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path, "svg")
    path.write_text(path.read_text("utf-8").replace('"', "&quot;"), "utf-8")
    assert read(str(path)) == [ORIGIN, ORIGIN]


def test_that_another_picture_is_refused_in_words(tmp_path: Path) -> None:
    other = tmp_path / "a.png"
    imsave(other, np.zeros((4, 4)))
    with pytest.raises(UserError, match="does not say where it comes from"):
        read(str(other))
    with pytest.raises(UserError, match="cannot be read"):
        read(str(tmp_path / "gone.png"))


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"figures": []}', '{"figures": [{"recipe": {"view": 3}}]}',
                                  '{"figures": [{"recipe": null}]}', "[" * 100_000,
                                  '{"figures": [{"recipe": {"selection": {"head": "x"}, "prompt": null}}]}'])
def test_that_a_bad_origin_is_refused_in_words(text: str) -> None:
    with pytest.raises(UserError, match=r"open its checkpoint|write L1H5"):
        from_json(text)


def png(*parts: tuple[bytes, bytes]) -> bytes:
    body = b"".join(len(data).to_bytes(4, "big") + kind + data + b"\0\0\0\0" for kind, data in parts)
    return SIGNATURE + body


def test_that_a_small_chunk_does_not_unpack_to_gigabytes(tmp_path: Path) -> None:
    bomb = zlib.compress(b"[" * 40_000_000)
    path = tmp_path / "a.png"
    path.write_bytes(png((b"zTXt", KEY.encode() + b"\0\0" + bomb)))
    with pytest.raises(UserError):
        read(str(path))


@pytest.mark.parametrize("cut", [9, 12, 20, 60, 200])
def test_that_a_torn_picture_is_refused_in_words(tmp_path: Path, cut: int) -> None:
    path = saved(tmp_path, "png")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UserError):
        read(str(path))
