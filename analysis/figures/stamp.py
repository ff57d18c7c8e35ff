"""What a picture says of its origin, read back from PNG, SVG and PDF."""

import re
import zlib
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from analysis.figures.kind import Piece
from analysis.values import Provenance, UserError
from analysis.values.origin import LONGEST, from_json, to_json

KEY = "headscope"
"""The keyword of the PNG text chunk."""
LARGEST = 512 * 2**20
"""Bytes of a picture that are looked through."""
SUFFIXES = (".png", ".svg", ".pdf")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
XML = re.compile(rb""">\s*(\{\s*(?:"|&quot;|&\#34;)headscope[^<]*\})\s*<""")
"""The whole text of an element, in SVG or in the XMP packet of a PDF, whatever program has written it anew since."""
LITERAL = re.compile(rb"/Keywords\s*\(((?:[^\\()]|\\.)*)\)", re.S)
"""The keywords of a PDF."""


def stamp(pieces: tuple[Piece, ...]) -> str:
    """The origin of every figure, as JSON in ASCII."""
    return to_json((piece.figure.title, piece.figure.note, piece.figure.provenance) for piece in pieces)


def is_picture(path: str) -> bool:
    return Path(path).suffix.lower() in SUFFIXES


def read(path: str) -> list[Provenance]:
    """What the figures of a picture were made from; raises UserError where it does not say."""
    name = Path(path).name
    try:
        if Path(path).stat().st_size > LARGEST:
            raise UserError(f"{name} is too large to be a picture of this program; open a checkpoint instead.")
        data = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{name} cannot be read ({error.strerror}); choose another file.") from error
    text = _from_png(data) if data.startswith(SIGNATURE) else _from_keywords(data) or _from_xml(data)
    if not text:
        raise UserError(f"{name} does not say where it comes from; only pictures exported here do.")
    return from_json(text)


def _from_xml(data: bytes) -> str:
    found = XML.search(data)
    return unescape(found[1].decode("utf-8", "replace")) if found else ""


def _from_keywords(data: bytes) -> str:
    found = LITERAL.search(data) if data.startswith(b"%PDF") else None
    text = re.sub(rb"\\(.)", rb"\1", found[1], flags=re.S).decode("latin-1") if found else ""
    return text if KEY in text else ""


def _from_png(data: bytes) -> str:
    for kind, body in _chunks(data):
        keyword, _, rest = body.partition(b"\0")
        if keyword != KEY.encode():
            continue
        if kind == b"tEXt":
            return rest.decode("latin-1")
        if kind == b"zTXt":
            return _inflated(rest[1:]).decode("latin-1")
        if kind == b"iTXt" and len(rest) > 2:
            text = rest[2:].split(b"\0", 2)[-1]
            return (_inflated(text) if rest[0] else text).decode("utf-8", "replace")
    return ""


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place + 12 <= len(data):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        yield kind, data[place + 8 : place + 8 + length]
        place += 12 + length


def _inflated(data: bytes) -> bytes:
    """No more than is read anyway: a small chunk can unpack to gigabytes."""
    try:
        return zlib.decompressobj().decompress(data, LONGEST)
    except zlib.error:
        return b""
