"""What torch.save writes: the zip form of today, and the plain form from before torch 1.6. Also bare pickles."""

from dataclasses import dataclass, field

import torch

from analysis.files.archive import Member, read_directory
from analysis.files.dense import Odd, Storage
from analysis.files.dtypes import DTYPES, QUANTIZED, STORAGES
from analysis.files.pickles.inert import Global
from analysis.files.pickles.known import KNOWN
from analysis.files.pickles.machine import MOST_BYTES, Machine
from analysis.files.pickles.opcodes import run
from analysis.files.source import Source
from analysis.files.unreadable import SAVE_AGAIN, CutShort, Unreadable, damaged, shown, too_much
from analysis.values import Tick, no_tick

MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_FIRST_LOOK = 1 << 20
_NOT_RUN = "holds a TorchScript program, which is not run here"


@dataclass(slots=True)
class Storages:
    """The storages that a pickle refers to: as it describes them, by key."""

    described: dict[str, tuple[torch.dtype, int]] = field(default_factory=dict)

    def persistent(self, identifier: object) -> object:
        """("storage", class, key, location, count[, view]), or ("module", class, …) of a class before torch 1.6."""
        parts = identifier if isinstance(identifier, tuple) else ()
        kind = parts[0] if parts else None
        if kind == "module" and len(parts) > 1:
            return parts[1]
        if kind != "storage" or len(parts) < 5 or not isinstance(parts[1], Global):
            raise damaged("a storage in its pickle is not described")
        name, key, count = (parts[1].module, parts[1].name), parts[2], parts[4]
        dtype = STORAGES.get(name) or QUANTIZED.get(name)
        if dtype is None or not isinstance(key, str) or type(count) is not int or not 0 <= count < 1 << 62:
            raise damaged(f"a storage of the kind {shown(parts[1].label)} is not known")
        if self.described.setdefault(key, (dtype, count)) != (dtype, count):
            raise damaged("a storage is described twice, differently")
        if name in QUANTIZED:
            return Odd("quantized")
        view = parts[5] if len(parts) > 5 else None
        return Storage(key, dtype, count) if view is None else _storage_view(key, dtype, count, view)


def _storage_view(key: str, dtype: torch.dtype, count: int, view: object) -> Storage:
    """(key of the view, offset, count): a part of a storage, in its elements."""
    if not isinstance(view, tuple) or len(view) != 3 or any(type(part) is not int or part < 0 for part in view[1:]):
        raise damaged("a storage's view is not described")
    if view[1] + view[2] > count:
        raise damaged("a storage's view reaches past its end")
    return Storage(key, dtype, view[2], view[1])


@dataclass(frozen=True, slots=True)
class Content:
    """A torch file's object, in inert values, and where each storage begins in the file, in bytes."""

    thing: object
    places: dict[str, int]
    swapped: bool = False
    """Whether the numbers are big-endian."""


# ---- the zip form ------------------------------------------------------------------------------------------------


def read_zip(source: Source, tick: Tick = no_tick) -> Content:
    """The object in data.pkl, every storage it names present and of the size it says."""
    members = read_directory(source)
    pickles = [name for name in members if name.count("/") == 1 and name.endswith("/data.pkl")]
    if not pickles:
        raise Unreadable("is a zip archive, but no checkpoint", "open one written by torch.save")
    folder = pickles[0].partition("/")[0]
    if len(pickles) > 1 or not all(name.startswith(folder + "/") for name in members):
        raise damaged("its zip archive holds more than one folder")
    if f"{folder}/constants.pkl" in members or any(name.startswith(f"{folder}/code/") for name in members):
        raise Unreadable(_NOT_RUN, SAVE_AGAIN)
    order = _read_small(source, members.get(f"{folder}/byteorder"))
    if order not in (b"", b"little", b"big"):
        raise damaged("its byte order is none")
    storages = Storages()
    thing = run(Machine(_read_pickle(source, members[pickles[0]]), KNOWN, DTYPES, storages.persistent), tick)
    return Content(thing, _places(members, f"{folder}/data/", storages), order == b"big")


def _read_small(source: Source, member: Member | None) -> bytes:
    return source.read(member.start, min(member.size, 16)) if member is not None else b""


def _read_pickle(source: Source, member: Member) -> bytes:
    if member.size > MOST_BYTES:
        raise too_much(f"more than {MOST_BYTES >> 20} MB beside its tensors")
    return source.read(member.start, member.size)


def _places(members: dict[str, Member], folder: str, storages: Storages) -> dict[str, int]:
    places = {}
    for key, (dtype, count) in storages.described.items():
        member = members.get(folder + key)
        if member is None:
            raise damaged(f"the storage {shown(key)} is missing")
        if member.size != count * dtype.itemsize:
            raise damaged(f"the storage {shown(key)} is not as large as it says")
        places[key] = member.start
    return places


# ---- the plain forms ---------------------------------------------------------------------------------------------


def read_plain(source: Source, tick: Tick = no_tick) -> Content:
    """A file of pickles: torch's older form, or a single pickle of anything."""
    if is_tar(source):
        raise Unreadable("is in the tar form of torch 0.1, which is not read here", SAVE_AGAIN)
    looked = min(source.size, _FIRST_LOOK)
    while True:
        try:
            return _read_pickles(source, source.read(0, looked), tick)
        except CutShort:
            if looked == min(source.size, MOST_BYTES):
                raise
            looked = min(source.size, MOST_BYTES, looked * 8)


def is_tar(source: Source) -> bool:
    """Whether this is a tar archive, which torch 0.1 wrote."""
    return source.size > 262 and source.read(257, 5) == b"ustar"


def _read_pickles(source: Source, data: bytes, tick: Tick) -> Content:
    storages = Storages()
    machine = Machine(data, KNOWN, DTYPES, storages.persistent)
    first = run(machine, tick)
    if first != MAGIC or isinstance(first, float):
        return Content(first, _no_places(storages))
    if run(machine, tick) != _PROTOCOL:
        raise damaged("its protocol is unknown")
    run(machine, tick)  # the system it was saved on
    thing = run(machine, tick)
    keys = run(machine, tick)
    return Content(thing, _follow(source, machine.position, keys, storages))


def _no_places(storages: Storages) -> dict[str, int]:
    if storages.described:
        raise damaged("it refers to storages that it does not hold")
    return {}


def _follow(source: Source, position: int, keys: object, storages: Storages) -> dict[str, int]:
    """Where each storage begins: they follow the pickles, each after its count in eight bytes."""
    if not isinstance(keys, list) or len(keys) != len(storages.described):
        raise damaged("its list of storages is wrong")
    places: dict[str, int] = {}
    for key in keys:
        if not isinstance(key, str) or key in places or key not in storages.described:
            raise damaged("its list of storages is wrong")
        dtype, count = storages.described[key]
        if int.from_bytes(source.read(position, 8), "little") != count:
            raise damaged(f"the storage {shown(key)} is not as large as it says")
        places[key] = position + 8
        position += 8 + count * dtype.itemsize
        if position > source.size:
            raise damaged("it ends within its tensors")
    return places
