"""numpy's scalars and arrays as pickles describe them: plain numbers and texts only."""

import math
import re
from dataclasses import dataclass

import numpy as np

from analysis.files.pickles.inert import Global, Placeholder
from analysis.files.pickles.machine import CONTAINER, Machine
from analysis.files.unreadable import damaged

_PLAIN = re.compile(r"[<>=|]?(b1|[iu][1248]|f[248]|c8|c16|[SU][1-9]\d{0,5})")


@dataclass(slots=True, eq=False)
class Numbers:
    """A numpy dtype; `spec` is empty for those that are more than a number or a text."""

    spec: str
    order: str = "="

    def build(self, state: object) -> None:
        """Take the byte order, and give up where there are fields or a subarray."""
        parts = state if isinstance(state, tuple) else ()
        if len(parts) >= 5 and parts[1] in ("<", ">", "=", "|"):
            self.order = str(parts[1])
        if len(parts) < 5 or any(part is not None for part in parts[2:5]):
            self.spec = ""

    def dtype(self) -> np.dtype[np.generic] | None:
        return np.dtype(self.order + self.spec) if self.spec else None


@dataclass(slots=True, eq=False)
class Array:
    """A numpy array; `values` stays None for one that is not plain."""

    values: np.ndarray[tuple[int, ...], np.dtype[np.generic]] | None = None

    def build(self, machine: Machine, state: object) -> None:
        if isinstance(state, tuple) and len(state) == 5:
            _, shape, numbers, fortran, raw = state
            self.values = _array(machine, raw, numbers, shape, "F" if fortran else "C")


def dtype(machine: Machine, args: tuple[object, ...]) -> object:
    """numpy.dtype("f8", align, copy)."""
    machine.spend(CONTAINER)
    spec = args[0] if args else None
    if isinstance(spec, Global) and spec.module == "numpy":
        spec = {"bool": "b1", "bool_": "b1", "float64": "f8", "float32": "f4", "int64": "i8"}.get(spec.name)
    plain = isinstance(spec, str) and _PLAIN.fullmatch(spec)
    return Numbers(plain[1] if plain else "")


def scalar(machine: Machine, args: tuple[object, ...]) -> object:
    """numpy.core.multiarray.scalar(dtype, bytes), as a value of Python's."""
    if len(args) != 2:
        return None
    machine.spend(len(args[1]) if isinstance(args[1], str | bytes) else 0)
    values = _array(machine, args[1], args[0], (), "C")
    return None if values is None else values[()].item()


def reconstruct(machine: Machine, args: tuple[object, ...]) -> object:
    """numpy.core.multiarray._reconstruct(ndarray, shape, letter): an array before its state."""
    machine.spend(CONTAINER)
    return Array() if args and args[0] == Global("numpy", "ndarray") else None


def from_buffer(machine: Machine, args: tuple[object, ...]) -> object:
    """numpy.core.numeric._frombuffer(bytes, dtype, shape, order)."""
    if len(args) != 4 or args[3] not in ("C", "F"):
        return None
    values = _array(machine, args[0], args[1], args[2], str(args[3]))
    return Placeholder("numpy.ndarray") if values is None else Array(values)


def _array(
    machine: Machine, raw: object, numbers: object, shape: object, order: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]] | None:
    """The array, read-only over `raw` where that is possible; None for other than plain numbers and texts."""
    kind = numbers.dtype() if isinstance(numbers, Numbers) else None
    if isinstance(raw, str):  # a byte string of Python 2
        machine.spend(len(raw))
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    if kind is None or not isinstance(data, bytes):
        return None
    if not isinstance(shape, tuple) or len(shape) > 32 or any(type(size) is not int or size < 0 for size in shape):
        raise damaged("the shape of an array is invalid")
    if math.prod(shape) * kind.itemsize != len(data):
        raise damaged("an array does not fill its shape")
    machine.spend(CONTAINER)
    if kind.kind == "b":
        machine.spend(len(data))
        data = (np.frombuffer(data, np.uint8) != 0).tobytes()
    values = np.frombuffer(data, kind).reshape(shape, order="F" if order == "F" else "C")
    values.flags.writeable = False
    return values
