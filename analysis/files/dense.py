"""Dense tensors as a file describes them, checked in Python's integers before any memory is touched."""

from dataclasses import dataclass

import torch

from analysis.files.source import Source
from analysis.files.unreadable import Unreadable, damaged
from analysis.values import UserError

_MOST_DIMENSIONS = 64
_MOST_ELEMENTS = 1 << 62
MOST_REPEATED = 128 * 2**20  # bytes that a tensor of overlapping strides may grow to beyond its storage


@dataclass(frozen=True, slots=True)
class Storage:
    """A run of numbers in the file: `count` numbers of `dtype`, from the `start`-th of the run named `key`."""

    key: str
    dtype: torch.dtype
    count: int
    start: int = 0

    @property
    def size(self) -> int:
        """In bytes."""
        return self.count * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Dense:
    """A strided view of a storage; shape, stride and offset in elements of `dtype`."""

    storage: Storage
    dtype: torch.dtype
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    conjugate: bool = False
    negative: bool = False


@dataclass(frozen=True, slots=True)
class Odd:
    """A tensor that is not read here, and why: "sparse"."""

    why: str
    remedy: str = "convert it to a dense tensor and save again"


def dense(
    storage: Storage, dtype: torch.dtype, offset: object, shape: object, stride: object, **signs: bool
) -> Dense | Odd:
    """The view, or Odd when it repeats too little too often; raises Unreadable when it leaves its storage."""
    sizes, steps = _numbers(shape), _numbers(stride)
    if type(offset) is not int or offset < 0 or len(sizes) != len(steps):
        raise damaged("the shape of a tensor is invalid")
    count = product(sizes)
    reach = offset + sum((size - 1) * step for size, step in zip(sizes, steps, strict=True)) + 1 if count else 0
    if reach * dtype.itemsize > storage.size:
        raise damaged("a tensor reaches past the end of its storage")
    if count * dtype.itemsize > max(storage.size, MOST_REPEATED):
        return Odd("a small tensor repeated to more than fits in memory", "save it again without expand()")
    return Dense(storage, dtype, sizes, steps, offset, **signs)


def _numbers(values: object) -> tuple[int, ...]:
    if not isinstance(values, tuple | list) or len(values) > _MOST_DIMENSIONS:
        raise damaged("the shape of a tensor is invalid")
    if any(type(value) is not int or not 0 <= value < _MOST_ELEMENTS for value in values):
        raise damaged("a size or a stride of a tensor is negative, huge or not a number")
    return tuple(values)


def product(sizes: tuple[int, ...]) -> int:
    """The number of elements; raises Unreadable when no memory could hold them."""
    count = 1
    for size in sizes:
        count *= size
        if count > _MOST_ELEMENTS:
            raise damaged("a tensor is larger than any memory")
    return count


def read_dense(source: Source, position: int, view: Dense, swapped: bool = False) -> torch.Tensor:
    """The tensor in its own memory; `position` is the byte at which its storage's key begins in the file.

    Raises UserError when the file has changed, ends or does not fit in memory.
    """
    source.check_unchanged()
    try:
        tensor = _view(_span(source, position, view, swapped), view)
    except Unreadable as problem:
        raise problem.sentence(source.name) from None
    except (MemoryError, RuntimeError):  # torch tells a failed allocation as a RuntimeError
        raise UserError(f"A tensor of {source.name} does not fit in memory; close other programs or models.") from None
    except OSError as error:
        raise UserError(f"{source.name} cannot be read ({error.strerror or error}); check the disk.") from None
    source.check_unchanged()
    return tensor


def _span(source: Source, position: int, view: Dense, swapped: bool) -> torch.Tensor:
    """The numbers from the view's first to its last, [n]."""
    item = view.dtype.itemsize
    reach = sum((size - 1) * step for size, step in zip(view.shape, view.stride, strict=True))
    count = 0 if 0 in view.shape else reach + 1
    raw = torch.empty(count * item, dtype=torch.uint8)
    start = position + view.storage.start * view.storage.dtype.itemsize + view.offset * item
    if count:
        source.read_into(start, raw.numpy().data)
    if swapped and item > 1:
        unit = item // 2 if view.dtype.is_complex else item
        raw = raw.view(-1, unit).flip(1).reshape(-1)
    if view.dtype == torch.bool:
        return raw != 0  # any other byte than 0 and 1 would make a bool that is neither
    return raw.view(view.dtype)


def _view(span: torch.Tensor, view: Dense) -> torch.Tensor:
    if 0 in view.shape:
        return torch.empty(view.shape, dtype=view.dtype)
    tensor = span.as_strided(view.shape, view.stride)
    alone = span.numel() == tensor.numel() and tensor.is_contiguous()
    tensor = tensor if alone else tensor.clone(memory_format=torch.contiguous_format)
    tensor = tensor.conj().resolve_conj() if view.conjugate and view.dtype.is_complex else tensor
    return -tensor if view.negative else tensor
