"""The header of a safetensors file, read by rules narrower than JSON's: what no writer writes is refused."""

import json
import re
import unicodedata
from dataclasses import dataclass

from analysis.files.dense import Dense, Storage, product
from analysis.files.dtypes import SAFETENSORS
from analysis.files.source import Source
from analysis.files.unreadable import Unreadable, damaged, shown, too_much
from analysis.values import Tick, no_tick

MOST_HEADER = 100 * 2**20
_MOST_TENSORS = 100_000
_MOST_NAME = 2_000
_MOST_METADATA = 8 * 2**20
_TICK_EVERY = 500
_SPACE = rb"[ \t\r\n]*+"
_TEXT = re.compile(_SPACE + rb'"((?:[^"\\\x00-\x1f]++|\\.)*+)"' + _SPACE)
_BLANK = re.compile(_SPACE + rb"\Z")
_PUNCTUATION = re.compile(_SPACE + rb"([{}:,])")
_FIELD = re.compile(
    rb'%s"(dtype|shape|data_offsets)"%s:%s(?:"([A-Z0-9_]{1,16})"|\[([0-9, \t\r\n]{0,2000}+)\])%s([,}])'
    % (_SPACE, _SPACE, _SPACE, _SPACE)
)
_LIST = re.compile(rb"\s*+(?:0|[1-9][0-9]{0,18}+)\s*+(?:,\s*+(?:0|[1-9][0-9]{0,18}+)\s*+)*+")


@dataclass(frozen=True, slots=True)
class Header:
    """A safetensors file's tensors, each a view of a storage of its own at a byte of the file, and its metadata."""

    tensors: dict[str, Dense]
    places: dict[str, int]
    metadata: dict[str, str]


def header_size(source: Source) -> int | None:
    """The length that a safetensors file begins with, when this is one."""
    if source.size < 10:
        return None
    start = source.read(0, 9)
    size = int.from_bytes(start[:8], "little")
    return size if start[8:] == b"{" and size < 1 << 48 else None


def read_header(source: Source, tick: Tick = no_tick) -> Header:
    """The header; raises Unreadable unless its tensors fill the file without gap or overlap."""
    size = header_size(source) or 0
    if size > source.size - 8:
        raise damaged("its header ends past the end of the file")
    if size > MOST_HEADER:
        raise too_much(f"a header of more than {MOST_HEADER >> 20} MB")
    tick()
    return _Reader(source.read(8, size)).header(8 + size, source.size, tick)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0
        self.tensors: dict[str, tuple[Dense, int]] = {}
        self.metadata: dict[str, str] | None = None

    def header(self, start: int, end: int, tick: Tick) -> Header:
        """`start` and `end`: where the file's tensors begin and end, in bytes."""
        self._expect("{")
        more = not self._skip("}")
        while more:
            if len(self.tensors) % _TICK_EVERY == 0:
                tick()
            self._member()
            more = self._punctuation() == ","
        if not _BLANK.match(self.data, self.at):
            raise damaged("its header goes on after its end")
        self._check_filled(end - start)
        places = {name: start + begin for name, (_, begin) in self.tensors.items()}
        return Header({name: view for name, (view, _) in self.tensors.items()}, places, self.metadata or {})

    def _member(self) -> None:
        name = self._text(_MOST_NAME)
        self._expect(":")
        if name == "__metadata__":
            if self.metadata is not None:
                raise damaged("its header holds metadata twice")
            self.metadata = self._pairs()
            return
        if name in self.tensors:
            raise damaged(f"its header holds the tensor {shown(name)} twice")
        if len(self.tensors) >= _MOST_TENSORS:
            raise too_much(f"more than {_MOST_TENSORS:,} tensors")
        if not name.isprintable() and any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
            raise damaged(f"the name {shown(name)} holds control characters")
        self.tensors[name] = self._tensor(name)

    def _tensor(self, name: str) -> tuple[Dense, int]:
        """The tensor and the byte it begins at, counted from the header's end."""
        fields: dict[bytes, tuple[bytes | None, bytes | None]] = {}
        self._expect("{")
        close = b","
        while close == b",":
            match = _FIELD.match(self.data, self.at)
            if match is None or match[1] in fields:
                raise damaged(f"the description of {shown(name)} is wrong")
            fields[match[1]] = (match[2], match[3])
            self.at, close = match.end(), match[4]
        kind = (fields.get(b"dtype", (None, None))[0] or b"").decode()
        shape, offsets = (_numbers(fields.get(field, (None, None))[1]) for field in (b"shape", b"data_offsets"))
        if shape is None or offsets is None or len(offsets) != 2 or not kind or len(shape) > 64:
            raise damaged(f"the description of {shown(name)} is wrong")
        return _view(name, kind, shape, *offsets), offsets[0]

    def _check_filled(self, size: int) -> None:
        at = 0
        for view, begin in sorted(self.tensors.values(), key=lambda item: (item[1], item[0].storage.size)):
            if begin != at:
                raise damaged("its tensors overlap or leave gaps")
            at += view.storage.size
        if at != size:
            raise damaged("its tensors do not fill the file")

    # ---- the grammar ---------------------------------------------------------------------------------------------

    def _pairs(self) -> dict[str, str]:
        result: dict[str, str] = {}
        left = _MOST_METADATA
        self._expect("{")
        more = not self._skip("}")
        while more:
            key = self._text(_MOST_NAME)
            self._expect(":")
            if key in result:
                raise damaged("its metadata hold a name twice")
            result[key] = self._text(left)
            left -= len(result[key]) + 100
            more = self._punctuation() == ","
        return result

    def _text(self, most: int) -> str:
        match = _TEXT.match(self.data, self.at)
        if match is None:
            raise damaged("its header is no JSON")
        if match.end(1) - match.start(1) > most:
            raise too_much("a name or a note longer than any")
        self.at = match.end()
        try:
            if b"\\" not in match[1]:
                return match[1].decode("utf-8")
            return str(json.loads(b'"' + match[1] + b'"'))
        except ValueError:
            raise damaged("its header holds no proper text") from None

    def _punctuation(self) -> str:
        match = _PUNCTUATION.match(self.data, self.at)
        if match is None or match[1] not in (b",", b"}"):
            raise damaged("its header is no JSON")
        self.at = match.end()
        return match[1].decode()

    def _skip(self, letter: str) -> bool:
        match = _PUNCTUATION.match(self.data, self.at)
        found = match is not None and match[1] == letter.encode()
        self.at = match.end() if match is not None and found else self.at
        return found

    def _expect(self, letter: str) -> None:
        if not self._skip(letter):
            raise damaged("its header is no JSON")


def _numbers(raw: bytes | None) -> tuple[int, ...] | None:
    """ "1, 2" to (1, 2); None for anything else."""
    if raw is None or not raw.strip():
        return None if raw is None else ()
    return tuple(map(int, raw.split(b","))) if _LIST.fullmatch(raw) else None


def _view(name: str, kind: str, shape: tuple[int, ...], begin: int, end: int) -> Dense:
    dtype = SAFETENSORS.get(kind)
    if dtype is None:
        raise Unreadable(f"holds the tensor {shown(name)} of the number format {kind}, which is not known here")
    count = product(shape)
    if count * dtype.itemsize != end - begin:
        raise damaged(f"the tensor {shown(name)} does not fill its shape")
    stride, step = [], 1
    for size in reversed(shape):
        stride.append(step)
        step *= max(1, size)
    return Dense(Storage(name, dtype, count), dtype, shape, tuple(reversed(stride)), 0)
