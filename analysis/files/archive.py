"""Reads a zip archive's directory and checks it against the archive: only stored members, each where it says."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.files.source import Source
from analysis.files.unreadable import Unreadable, damaged, shown, too_much

_END, _END64, _LOCATOR = struct.Struct("<4s4H2IH"), struct.Struct("<4sQ2H2I4Q"), struct.Struct("<4sIQI")
_ENTRY, _LOCAL = struct.Struct("<4s4B4HI2I5H2I"), struct.Struct("<4s5H3I2H")
_MOST_DIRECTORY = 16 * 2**20
_MOST_MEMBERS = 100_000
_ALL32 = 0xFFFFFFFF
_ENCRYPTED, _UNSIZED = 1, 8
_FOLDER = 0x10  # among the external attributes


@dataclass(frozen=True, slots=True)
class Member:
    """A stored file: `size` bytes from `start`."""

    start: int
    size: int


@dataclass(frozen=True, slots=True)
class _Listed:
    """A member as the directory has it, before it was looked at."""

    name: bytes
    size: int
    header: int


def read_directory(source: Source) -> dict[str, Member]:
    """Every member by its name; raises Unreadable unless all are stored, unique, apart and inside the file."""
    count, size, start = _end(source)
    if size > _MOST_DIRECTORY or count > _MOST_MEMBERS:
        raise too_much(f"more than {_MOST_MEMBERS:,} members")
    listed = _listed(source.read(start, size), count)
    members: dict[str, Member] = {}
    free = 0
    for item in sorted(listed, key=lambda item: item.header):
        if item.header < free:
            raise damaged("members of its zip archive overlap")
        member = _located(source, item, start)
        free = member.start + member.size
        members[_text(item.name)] = member
    if len(members) != count:
        raise damaged("members of its zip archive share a name")
    return members


def _text(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        raise damaged("a name in its zip archive is not valid UTF-8") from None


def _end(source: Source) -> tuple[int, int, int]:
    """(number of members, size of the directory, its start), from the record at the file's end."""
    tail_start = max(0, source.size - _END.size - 65_535)
    tail = source.read(tail_start, source.size - tail_start)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise damaged("its zip directory is missing")
    _, disk, first, here, count, size, start, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment != len(tail) or disk or first or here != count:
        raise damaged("the end of its zip directory is wrong")
    before = tail_start + at
    if before >= _LOCATOR.size + _END64.size:
        signature, _, position, _ = _LOCATOR.unpack(source.read(before - _LOCATOR.size, _LOCATOR.size))
        if signature == b"PK\x06\x07":
            count, size, start = _end64(source, position)
            before = position
    if start + size != before:
        raise damaged("its zip directory is not where it says")
    return count, size, start


def _end64(source: Source, position: int) -> tuple[int, int, int]:
    signature, _, _, _, disk, first, here, count, size, start = _END64.unpack(source.read(position, _END64.size))
    if signature != b"PK\x06\x06" or disk or first or here != count:
        raise damaged("the end of its zip directory is wrong")
    return count, size, start


def _listed(directory: bytes, count: int) -> list[_Listed]:
    result: list[_Listed] = []
    at = 0
    while at < len(directory):
        if at + _ENTRY.size > len(directory) or len(result) >= count:
            raise damaged("its zip directory does not end where it says")
        fields = _ENTRY.unpack_from(directory, at)
        flags, method = fields[5], fields[6]
        packed, size, name_length, extra_length, comment = fields[10:15]
        disk, header = fields[15], fields[18]
        name = directory[at + _ENTRY.size : at + _ENTRY.size + name_length]
        extra_at = at + _ENTRY.size + name_length
        at = extra_at + extra_length + comment
        if fields[0] != b"PK\x01\x02" or disk or at > len(directory):
            raise damaged("its zip directory is wrong")
        _check_stored(name, flags, method)
        wide = _wide(directory[extra_at : extra_at + extra_length])
        values = [next(wide, -1) if value == _ALL32 else value for value in (size, packed, header)]
        folder = fields[17] & _FOLDER or name.endswith(b"/")  # other readers take nothing from one
        if values[0] != values[1] or min(values) < 0 or (folder and values[0]):
            raise damaged("a member of its zip archive is not as large as it says")
        result.append(_Listed(name, values[0], values[2]))
    if len(result) != count:
        raise damaged("its zip directory lacks members")
    return result


def _check_stored(name: bytes, flags: int, method: int) -> None:
    if method or flags & _ENCRYPTED:
        raise Unreadable(f"holds the compressed or encrypted member {shown(name.decode('utf-8', 'replace'))}")


def _wide(extra: bytes) -> Iterator[int]:
    """The 64-bit numbers that stand for those that do not fit 32."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == 1 and at + 4 + size <= len(extra):
            yield from struct.unpack_from(f"<{size // 8}Q", extra, at + 4)
            return
        at += 4 + size


def _located(source: Source, item: _Listed, end: int) -> Member:
    """Where a member's bytes are, once its own header has agreed with the directory."""
    if item.header + _LOCAL.size > end:
        raise damaged("a member of its zip archive lies outside of it")
    raw = source.read(item.header, _LOCAL.size + len(item.name))
    signature, _, flags, method, _, _, _, packed, size, name_length, extra = _LOCAL.unpack_from(raw)
    start = item.header + _LOCAL.size + name_length + extra
    _check_stored(item.name, flags, method)
    same = name_length == len(item.name) and raw[_LOCAL.size :] == item.name
    if signature != b"PK\x03\x04" or not same or start + item.size > end:
        raise damaged("a member of its zip archive is not what the directory says")
    unsized = flags & _UNSIZED and packed == size == 0
    if not unsized and any(value not in (item.size, _ALL32) for value in (packed, size)):
        raise damaged("a member of its zip archive is not as large as it says")
    return Member(start, item.size)
