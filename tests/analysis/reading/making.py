"""Files for the tests of reading: saved as torch saves them, with classes that are gone by the time they are read."""

from __future__ import annotations

import io
import sys
import types
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from analysis.files.opened import open_file

GONE = "a_strangers_code"


def saved(content: object, **options: Any) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, **options)
    return stream.getvalue()


def plain_form(content: object, **options: Any) -> bytes:
    """As torch saved before 1.6."""
    return saved(content, _use_new_zipfile_serialization=False, **options)


@contextmanager
def stranger(**classes: type) -> Iterator[None]:
    """The classes, importable from a module of their own; afterwards neither is there."""
    module = types.ModuleType(GONE)
    for name, kind in classes.items():
        kind.__module__, kind.__qualname__, kind.__name__ = GONE, name, name
        setattr(module, name, kind)
    sys.modules[GONE] = module
    try:
        yield
    finally:
        del sys.modules[GONE]


def zipped(members: Mapping[str, bytes], **options: Any) -> bytes:
    """A zip archive as zipfile writes it; stored unless `options` say otherwise."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **options) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return stream.getvalue()


def tensors_in(content: object, path: str = "") -> dict[str, torch.Tensor]:
    """Every tensor by its dotted path: a reading of the object itself, not of the file."""
    join = (lambda key: f"{path}.{key}" if path else str(key)) if path else str
    if isinstance(content, torch.Tensor):
        return {path or "tensor": content}
    items: Any = ()
    if isinstance(content, Mapping):
        items = content.items()
    elif isinstance(content, list | tuple):
        items = enumerate(content)
    return {name: tensor for key, value in items for name, tensor in tensors_in(value, join(key)).items()}


def bits(tensor: torch.Tensor) -> torch.Tensor:
    """What the tensor is made of, so that NaN equals NaN and float8 can be compared, [bytes]."""
    whole = tensor.detach().resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format).reshape(-1)
    return (whole.view(torch.uint8) != 0) if whole.dtype == torch.bool else whole.view(torch.uint8)


def same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and one.dtype == other.dtype and torch.equal(bits(one), bits(other))


def check(path: Path, expected: Mapping[str, torch.Tensor]) -> None:
    """The file holds exactly the expected tensors, bit by bit."""
    with open_file(path) as opened:
        assert set(opened.entries) == set(expected)
        for name, tensor in expected.items():
            read = opened.tensor(name)
            assert same(read, tensor), name
            assert opened.entries[name].shape == tuple(tensor.shape)
            assert opened.entries[name].dtype == tensor.dtype
            assert read.is_contiguous()


