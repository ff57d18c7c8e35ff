"""Opens any supported file: its structure at once, its tensors when asked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from analysis.files.dense import Dense, Odd, read_dense
from analysis.files.folders import INDEX, inside, main_file, read_index
from analysis.files.pickles.walk import Ref, Walk
from analysis.files.safetensors_files import header_size, read_header
from analysis.files.source import Source
from analysis.files.torch_files import Content, is_tar, read_plain, read_zip
from analysis.files.unreadable import Unreadable, damaged, shown
from analysis.values import Tick, UserError, no_tick

__all__ = ["Entry", "Opened", "Ref", "open_file"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A dense tensor as the file's header describes it."""

    shape: tuple[int, ...]
    dtype: torch.dtype


class Opened:
    """An open file or model folder; its tensors stay on the disk until `tensor` reads them. Close it after use.

    entries: every dense tensor by its dotted path in the file ("model.transformer.wte.weight"; within a pickled
    module, as its state_dict() would name it; a second tensor of the same path gets "#2").
    tree: what stands around the tensors: dict, list, tuple, str, bytes, int, float, complex, bool, None and numpy
    arrays; a tensor is Ref(its name). For safetensors: "__metadata__" and a Ref for each name.
    ignored: what was not understood, as "where: what". notes: what else a person should know.
    """

    def __init__(
        self, entries: dict[str, Entry], tree: object, read: Callable[[str], torch.Tensor], close: Callable[[], None],
        ignored: tuple[str, ...] = (), notes: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.entries, self.tree, self.ignored, self.notes = entries, tree, ignored, notes
        self._read, self._close = read, close

    def tensor(self, name: str) -> torch.Tensor:
        """The tensor, read now: on the CPU, contiguous, in its own memory, in the file's dtype.

        Raises KeyError for a name that is not in the file; UserError for a tensor that is not dense, and when the file
        has changed since it was opened.
        """
        return self._read(name)

    def close(self) -> None:
        """Close the file; reading afterwards raises UserError."""
        self._close()

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_file(path: str | os.PathLike[str], tick: Tick = no_tick) -> Opened:
    """Open a torch file, a safetensors file, a pickle, an index of shards or a model folder, told by content.

    Reads headers only; runs nothing that the file says. Raises UserError with one sentence.
    """
    file = Path(path).expanduser().absolute()
    try:
        if file.is_dir():
            file = main_file(file)
        return _open_shards(file, tick) if file.name.endswith(INDEX) else _open_one(file, tick)
    except FileNotFoundError:
        raise UserError(f"{shown(file, 500)} does not exist; check the path.") from None
    except PermissionError:
        raise UserError(
            f"{shown(file, 500)} cannot be read without permission; ask for it, or copy the file elsewhere."
        ) from None
    except OSError as error:
        raise UserError(
            f"{shown(file, 500)} cannot be read ({error.strerror or error}); check the disk and try again."
        ) from None
    except ValueError:
        raise UserError(f"{shown(file, 500)} is not a path; check it.") from None


def _open_one(file: Path, tick: Tick) -> Opened:
    source = Source(file)
    try:
        return _open_source(source, tick)
    except Unreadable as problem:
        source.close()
        raise problem.sentence(file.name) from None
    except RecursionError:
        source.close()
        raise damaged("it is nested too deeply").sentence(file.name) from None
    except MemoryError:
        source.close()
        raise UserError(f"{file.name} needs more memory than there is; close other programs or models.") from None
    except BaseException:
        source.close()
        raise


def _open_source(source: Source, tick: Tick) -> Opened:
    """The reader that the first bytes call for."""
    if not source.size:
        raise Unreadable("is empty; it was probably not written to its end", "save or copy it again")
    start = source.read(0, min(source.size, 16))
    if header_size(source) is not None:
        return _safe(source, tick)
    if start[:2] == b"PK":
        return _torch(source, read_zip(source, tick))
    if start[:1] == b"\x80" or start.startswith(b"L1195470371460") or is_tar(source):
        return _torch(source, read_plain(source, tick))
    raise Unreadable(
        "is not a checkpoint",
        "open a file written by torch.save or safetensors",
    )


def _safe(source: Source, tick: Tick) -> Opened:
    header = read_header(source, tick)
    tree: dict[str, object] = {"__metadata__": header.metadata}
    tree |= {name: Ref(name) for name in header.tensors}

    def read(name: str) -> torch.Tensor:
        return read_dense(source, header.places[name], header.tensors[name])

    return Opened(_entries(header.tensors), tree, read, source.close)


def _torch(source: Source, content: Content) -> Opened:
    walk = Walk()
    tree = walk.tree(content.thing)
    tensors, odd = walk.tensors, walk.odd

    def read(name: str) -> torch.Tensor:
        if name in odd:
            raise _not_dense(name, odd[name])
        view = tensors[name]
        return read_dense(source, content.places[view.storage.key], view, content.swapped)

    notes = ("big-endian numbers",) if content.swapped else ()
    return Opened(_entries(tensors), tree, read, source.close, walk.ignored(), notes)


def _not_dense(name: str, odd: Odd) -> UserError:
    return UserError(f"The tensor {shown(name)} is {odd.why}; {odd.remedy}.")


def _entries(tensors: dict[str, Dense]) -> dict[str, Entry]:
    return {name: Entry(view.shape, view.dtype) for name, view in tensors.items()}


def _open_shards(index: Path, tick: Tick) -> Opened:
    """All shards of an index as one; only names that the index gives count."""
    shards: dict[str, Opened] = {}

    def close() -> None:
        for shard in shards.values():
            shard.close()

    try:
        owners = _index(index)
        for done, file in enumerate(sorted(set(owners.values()))):
            tick(done / len(set(owners.values())))
            shards[file] = _open_shard(index.parent, file)
        entries = {name: _entry(shards[file], name, file) for name, file in owners.items()}
    except BaseException:
        close()
        raise
    tree = {name: Ref(name) for name in entries}
    ignored = tuple(f"{file}: {what}" for file, shard in shards.items() for what in shard.ignored)
    notes = (f"{len(shards)} shards",)
    return Opened(entries, tree, lambda name: shards[owners[name]].tensor(name), close, ignored, notes)


def _open_shard(folder: Path, file: str) -> Opened:
    try:
        return _open_one(inside(folder, file), no_tick)
    except FileNotFoundError:
        raise UserError(f"{file}, which the index names, is not in {shown(folder, 500)}; download it too.") from None


def _index(file: Path) -> dict[str, str]:
    source = Source(file)
    try:
        return read_index(source)
    except Unreadable as problem:
        raise problem.sentence(file.name) from None
    finally:
        source.close()


def _entry(shard: Opened, name: str, file: str) -> Entry:
    if name not in shard.entries:
        raise UserError(f"{file} lacks the tensor {shown(name)} that the index says it holds; download it again.")
    return shard.entries[name]
