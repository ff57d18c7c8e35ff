"""What a picture says of its origin comes back from it, whatever its format."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QImage

from analysis.values import UserError
from analysis.values.origin import from_json
from gui.export.paper.output import picture
from gui.export.paper.stamp import KEY, SIGNATURE, SPACE, read
from gui.export.paper.style import Style
from tests.gui.paper.looking import ORIGIN, chunks, piece


def saved(tmp_path: Path, form: str) -> Path:
    path = tmp_path / f"a.{form}"
    path.write_bytes(picture((piece("pattern"), piece("table")), Style(format=form, scale=1)))
    return path


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_that_the_origin_of_every_panel_comes_back(tmp_path: Path, form: str) -> None:
    assert read(str(saved(tmp_path, form))) == [ORIGIN, ORIGIN]


def test_that_png_says_it_in_text_chunks(tmp_path: Path) -> None:
    path = saved(tmp_path, "png")
    shown = QImage(str(path))
    said = json.loads(shown.text(KEY))
    assert said["figures"][0]["sha256"] == ORIGIN.sha256
    assert said["figures"][0]["recipe"]["tokens"] == [[1, 5, 9], [2, 6, 10]]
    assert shown.text("Title") == "L1H5 attention; L1H5"
    assert shown.text("Software") == "Headscope 0.1.0"
    kinds = [kind for kind, _ in chunks(path.read_bytes())]
    assert kinds.index("IDAT") > max(place for place, kind in enumerate(kinds) if kind in ("tEXt", "zTXt", "iTXt"))


def test_that_svg_says_it_in_its_metadata(tmp_path: Path) -> None:
    root = ElementTree.parse(saved(tmp_path, "svg")).getroot()
    element = root.find(f"{{http://www.w3.org/2000/svg}}metadata/{{{SPACE}}}provenance")
    assert element is not None
    assert from_json(element.text or "") == [ORIGIN, ORIGIN]


def test_that_pdf_says_it_in_xmp(tmp_path: Path) -> None:
    data = saved(tmp_path, "pdf").read_bytes()
    packet = data[data.index(b"<x:xmpmeta") : data.index(b"</x:xmpmeta>") + 12]
    root = ElementTree.fromstring(packet)
    assert from_json(next(root.iter(f"{{{SPACE}}}provenance")).text or "") == [ORIGIN, ORIGIN]


def test_that_another_picture_is_refused_in_words(tmp_path: Path) -> None:
    other = tmp_path / "a.png"
    QImage(4, 4, QImage.Format.Format_RGB32).save(str(other))
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
