"""Pickles that plant a file when they are loaded by a loader that obeys them."""

from __future__ import annotations

import copyreg
import functools
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from .making import stranger

CODE = 0x70  # of a copyreg extension


class Reduced:
    """Becomes what the given reduction says."""

    def __init__(self, *reduction: Any) -> None:
        self.reduction = reduction

    def __reduce__(self) -> Any:
        return self.reduction


class ReducedEx(Reduced):
    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.reduction


class Planter:
    """Every way in which loading touches an object plants the canary."""

    def __new__(cls, *args: str, **named: str) -> Planter:
        for path in (*args, *named.values()):
            Path(path).touch()
        return super().__new__(cls)

    def __setstate__(self, state: str) -> None:
        Path(state).touch()

    def append(self, path: str) -> None:
        Path(path).touch()

    def extend(self, paths: list[str]) -> None:
        Path(paths[0]).touch()

    def __setitem__(self, key: str, path: str) -> None:
        Path(path).touch()


def planter(cls: type[Planter], *args: str) -> Planter:
    return cls(*args)


@contextmanager
def loadable() -> Iterator[None]:
    """What the gadgets need in order to work is there."""
    copyreg.add_extension(os.mkdir.__module__, "mkdir", CODE)
    try:
        with stranger(Planter=Planter):
            yield
    finally:
        copyreg.remove_extension(os.mkdir.__module__, "mkdir", CODE)


def dumped(canary: str, protocol: int) -> dict[str, bytes]:
    """Gadgets that Python's own pickler writes."""
    touch = (os.mkdir, (canary,))
    things: dict[str, Any] = {
        "reduce": Reduced(*touch),
        "reduce_ex": ReducedEx(*touch),
        "system": Reduced(os.system, (f"touch {canary}",)),
        "eval": Reduced(eval, (f"__import__('os').mkdir({canary!r})",)),
        "exec": Reduced(exec, (f"__import__('os').mkdir({canary!r})",)),
        "call of a call": Reduced(functools.partial(os.mkdir, canary), ()),
        "build": Reduced(object.__new__, (Planter,), canary),
        "append": Reduced(object.__new__, (Planter,), None, iter([canary])),
        "extend": Reduced(object.__new__, (Planter,), None, iter([canary, canary])),
        "setitem": Reduced(object.__new__, (Planter,), None, None, iter([("a", canary)])),
        "nested": Reduced(pickle.loads, (pickle.dumps(Reduced(*touch), protocol),)),
        "nested in a storage": Reduced(torch.storage._load_from_bytes, (b"\x80\x02" + pickle.dumps(Reduced(*touch)),)),
        "within a dictionary": {"state_dict": {"w": [Reduced(*touch)]}},
        "as a key": {(1, Reduced(*touch)): 2},
        "map": Reduced(list, (map(os.mkdir, [canary]),)),
        "tensor of a type": Reduced(torch._tensor._rebuild_from_type_v2, (os.mkdir, torch.Tensor, (canary,), {})),
    }
    with stranger(Planter=Planter):
        return {f"{name} {protocol}": pickle.dumps(thing, protocol) for name, thing in things.items()}


def _text(text: str) -> bytes:
    return b"X" + len(text.encode()).to_bytes(4, "little") + text.encode()


def written(canary: str) -> dict[str, bytes]:
    """Gadgets written by hand, for the instructions that Python's pickler has given up."""
    path, key = _text(canary), _text("key")
    args = path + b"\x85"
    named = _text("a_strangers_code") + _text("Planter")
    kwargs = b"}" + _text("path") + path + b"s"
    return {
        "inst": b"(" + path + b"ios\nmkdir\n.",
        "inst of Python 2": b"(S'touch " + canary.encode() + b"'\nios\nsystem\n.",
        "obj": b"(cos\nmkdir\n" + path + b"o.",
        "global": b"cos\nmkdir\n(" + path + b"tR.",
        "stack_global": b"\x80\x04" + _text("os") + _text("mkdir") + b"\x93" + args + b"R.",
        "stack_global from the memo": b"\x80\x04%b\x94%b\x9400h\x00h\x01\x93%bR." % (_text("os"), _text("mkdir"), args),
        "ext1": b"\x80\x02\x82" + bytes([CODE]) + args + b"R.",
        "ext2": b"\x80\x02\x83" + CODE.to_bytes(2, "little") + args + b"R.",
        "ext4": b"\x80\x02\x84" + CODE.to_bytes(4, "little") + args + b"R.",
        "newobj": b"\x80\x04" + named + b"\x93" + path + b"\x85\x81.",
        "newobj_ex": b"\x80\x04" + named + b"\x93)" + kwargs + b"\x92.",
        "build": b"\x80\x04" + named + b"\x93)\x81" + path + b"b.",
        "appends": b"\x80\x04" + named + b"\x93)\x81(" + path + b"e.",
        "setitems": b"\x80\x04" + named + b"\x93)\x81(" + key + path + b"u.",
        "getattr": b"cbuiltins\ngetattr\n(cbuiltins\n__import__\n(%btR%btR(%btR." % (_text("os"), _text("mkdir"), path),
        "dotted": b"\x80\x04" + _text("os") + _text("path.os.system") + b"\x93" + _text(f"touch {canary}") + b"\x85R.",
        "copyreg newobj": b"ccopyreg\n__newobj__\n(ca_strangers_code\nPlanter\n" + path + b"tR.",
        "popped": b"cos\nmkdir\n" + args + b"R0N.",
        "two pickles deep": b"c_pickle\nloads\n(C" + bytes([len(canary) + 32]) + _inner(canary) + b"tR.",
    }


def _inner(canary: str) -> bytes:
    body = b"(S'touch " + canary.encode() + b"'\nios\nsystem\n."
    return body.ljust(len(canary) + 32, b"\x00")


Corpus = Callable[[str], dict[str, bytes]]


def corpus(folder: Path) -> dict[str, tuple[bytes, Path]]:
    """name → (pickle, the canary that it plants); no two share a canary."""
    found: dict[str, tuple[bytes, Path]] = {}
    makers: list[tuple[str, Corpus]] = [("written", written)]
    makers += [(f"protocol{number}", functools.partial(dumped, protocol=number)) for number in range(6)]
    for group, make in makers:
        for name in make("/x"):
            canary = folder / f"{group}-{name}".replace(" ", "-")
            found[f"{group} {name}"] = (make(str(canary))[name], canary)
    return found
