"""What a picture says of its origin, written into PNG, SVG and PDF, and read back from them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path

from analysis.values import Provenance, UserError
from analysis.values.origin import LONGEST, from_json, to_json
from gui.export.paper import Piece

KEY = "headscope"
"""The PNG text chunk's keyword, and the prefix of the element in SVG and XMP."""
SPACE = "urn:headscope:provenance"
LARGEST = 512 * 2**20
"""Bytes of a picture that are looked through."""
SUFFIXES = (".png", ".svg", ".pdf")
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def stamp(pieces: tuple[Piece, ...]) -> str:
    return to_json((piece.figure.title, piece.figure.note, piece.figure.provenance) for piece in pieces)


def xmp(texts: dict[str, str], stamped: str) -> str:
    """The XMP packet of a PDF."""
    title, words, tool = (escape(texts[key]) for key in ("Title", "Description", "Software"))
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:{KEY}="{SPACE}">
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">{words}</rdf:li></rdf:Alt></dc:description>
   <xmp:CreatorTool>{tool}</xmp:CreatorTool>
   <{KEY}:provenance>{escape(stamped)}</{KEY}:provenance>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


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
    text = _from_png(data) if data.startswith(SIGNATURE) else _from_xml(data)
    if not text:
        raise UserError(f"{name} does not say where it comes from; only pictures exported here do.")
    return from_json(text)


def _from_xml(data: bytes) -> str:
    """From SVG, and from PDF, whose XMP packet is never packed; whatever prefix another program may have given it."""
    found = re.search(rb"<(?:[\w.-]+:)?provenance[^>]*>\s*(\{.*?\})\s*</(?:[\w.-]+:)?provenance>", data, re.S)
    return unescape(found[1].decode("utf-8", "replace")) if found else ""


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
