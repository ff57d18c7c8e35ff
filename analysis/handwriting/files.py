"""The text of a handwriting data set: a JSON file, plain or as the only one of its kind in a zip archive."""

import os
import struct
import zipfile
import zlib
from pathlib import Path

from analysis.values import UserError

LARGEST = 512 * 2**20
"""Bytes of text: more than 80,000 words of the public data sets' kind."""
_MOST_MEMBERS = 1000
_MOST_PACKING = 200  # times smaller than unpacked; handwriting packs to an eighth
_SMALL = 2**20  # bytes of text that may be packed any better
_END = struct.Struct("<4s4H2IH")  # the record at the end of a zip archive, before its comment
_LONGEST_COMMENT = 65_535
_ENCRYPTED = 1


def read_text(file: Path) -> str:
    """The file's text; raises UserError if it cannot be read, is too large, or is not text."""
    try:
        with file.open("rb") as stream:
            zipped = stream.read(2) == b"PK"
        if not zipped and file.stat().st_size > LARGEST:
            raise _too_large(file)
        return (_unzipped(file) if zipped else file.read_bytes()).decode("utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{file} does not exist; check the path.") from None
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror or error}); choose another file.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error, ValueError) as e:
        if isinstance(e, UnicodeDecodeError):
            raise UserError(f"{file.name} is not a handwriting data set; choose a .json or .json.zip file.") from None
        raise UserError(f"{file.name} is a damaged zip archive; download or copy it again.") from None


def _unzipped(file: Path) -> bytes:
    """The one JSON file of an archive, which is looked at before anything is unpacked."""
    count = _count_members(file)
    if count > _MOST_MEMBERS:
        raise UserError(f"{file.name} holds {count:,} files; a handwriting data set is a zip of one .json file.")
    with zipfile.ZipFile(file) as archive:
        found = [info for info in archive.infolist() if _is_json(info.filename)]
        if not found:
            raise UserError(f"{file.name} holds no .json file; choose a zipped handwriting data set.")
        if len(found) > 1:
            raise UserError(f"{file.name} holds {len(found)} .json files; zip only the one you want.")
        if found[0].flag_bits & _ENCRYPTED:
            raise UserError(f"{file.name} is encrypted; unpack it and open the .json file.")
        size, packed = found[0].file_size, found[0].compress_size
        if size > LARGEST:
            raise _too_large(file)
        if size > max(_SMALL, _MOST_PACKING * packed):
            raise UserError(f"{file.name} unpacks to {size / 2**20:.0f} MB of almost nothing; that is not handwriting.")
        return archive.read(found[0])


def _is_json(name: str) -> bool:
    """Whether a member is a data file, not a folder and not one of those that a Mac adds."""
    parts = name.split("/")
    return parts[-1].endswith(".json") and not parts[-1].startswith("._") and "__MACOSX" not in parts


def _count_members(file: Path) -> int:
    """How many members the end of an archive counts, without reading its directory."""
    with file.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _END.size - _LONGEST_COMMENT))
        tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0:
        raise zipfile.BadZipFile
    return int(_END.unpack_from(tail, at)[4])


def _too_large(file: Path) -> UserError:
    return UserError(f"{file.name} holds more than {LARGEST // 2**20} MB of text; choose a smaller data set.")
