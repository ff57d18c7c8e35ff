"""Bytes to named tensors and metadata; nothing from the file is ever run.

`opened` opens the file; this module finds the weights in it, removes wrappers, and ignores optimizers.
"""

import hashlib
import json
import os
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch

from analysis.files.opened import Entry, Opened, Ref, open_file
from analysis.files.unreadable import SAVE_AGAIN
from analysis.values import Tick, UserError, no_tick
from analysis.values.text import visible
from analysis.values.work import Work

_WRAPPERS = ("model_state_dict", "state_dict", "model", "module", "net", "network", "weights", "ema", "model_ema")
_PREFIXES = ("module", "model", "net", "network", "ema")
_CHUNK = 4 * 2**20
_NESTED = 4  # wrappers within wrappers
_LARGEST_CONFIG = 2**20  # bytes


@dataclass(eq=False)
class Checkpoint:
    """An open checkpoint: tensors by name, read when asked for, and the metadata around them."""

    path: Path
    entries: Mapping[str, Entry]
    """Every tensor's shape and dtype, by its name without wrappers and shared prefixes."""
    fetch: Callable[[str], torch.Tensor]
    metadata: Mapping[str, object] = field(default_factory=dict)
    """Plain values around the tensors: nanoGPT's model_args, a step, safetensors' __metadata__; and the content of
    config.json, if there is one next to the file, as "config.json"."""
    notes: tuple[str, ...] = ()
    """What was unwrapped: "state_dict", "_orig_mod."."""
    ignored: tuple[str, ...] = ()
    """What in the file was not understood, as "where: what"."""
    _sha256: str = ""

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {name: entry.shape for name, entry in self.entries.items()}

    def tensor(self, name: str) -> torch.Tensor:
        """A copy of one tensor, on the CPU, in the file's dtype.

        Raises KeyError for an unknown name, UserError when the tensor is not dense or the file has changed since it
        was opened.
        """
        if name not in self.entries:
            raise KeyError(name)
        return self.fetch(name)

    def dtype(self, name: str) -> torch.dtype:
        return self.entries[name].dtype

    def hash(self) -> Work[str]:
        """The SHA-256 of the file, or of all files of a folder one after another, in hexadecimal; computed once."""
        if not self._sha256:
            files = _files(self.path)
            digest, size, done = hashlib.sha256(), max(1, sum(file.stat().st_size for file in files)), 0
            for file in files:
                with file.open("rb") as stream:
                    while chunk := stream.read(_CHUNK):
                        digest.update(chunk)
                        done += len(chunk)
                        yield min(1.0, done / size), None
            self._sha256 = digest.hexdigest()
        return self._sha256


def open_checkpoint(path: str | os.PathLike[str], tick: Tick = no_tick) -> Checkpoint:
    """Open a file or a model folder, reading headers only; raises UserError with one sentence for what is neither."""
    file = Path(path).expanduser().absolute()
    opened = open_file(file, tick)
    try:
        return _found(file, opened)
    except BaseException:
        opened.close()
        raise


def _found(file: Path, opened: Opened) -> Checkpoint:
    content, metadata, wrappers = _unwrap(opened.tree)
    found = _tensors(content)
    names, prefixes = _strip(found)
    _require_tensors(names, file, tuple(map(str, content)) if isinstance(content, dict) else ())
    sources = {name: found[source] for name, source in names.items()}
    for source in sources.values():
        if source not in opened.entries:
            opened.tensor(source)  # says what it is instead of dense
    beside = _config_beside(file)
    checkpoint = Checkpoint(
        file, {name: opened.entries[source] for name, source in sources.items()},
        lambda name: opened.tensor(sources[name]), {**metadata, **({"config.json": beside} if beside else {})},
        (*opened.notes, *wrappers, *prefixes), opened.ignored,
    )  # fmt: skip
    weakref.finalize(checkpoint, opened.close)
    return checkpoint


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]


def _config_beside(file: Path) -> dict[str, object]:
    """The object in config.json in the same folder, or in the model folder; empty when none can be read."""
    beside = (file if file.is_dir() else file.parent) / "config.json"
    try:
        if not beside.is_file():
            return {}
        with beside.open("rb") as stream:
            text = stream.read(_LARGEST_CONFIG + 1)
        found = json.loads(text) if len(text) <= _LARGEST_CONFIG else None
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


# ---- what the weights are wrapped in -----------------------------------------------------------------------------


def _unwrap(content: object) -> tuple[object, dict[str, object], tuple[str, ...]]:
    """The state dictionary or module, the plain values around it, and the names of what it was wrapped in."""
    metadata: dict[str, object] = {}
    wrappers: list[str] = []
    while isinstance(content, dict) and not _is_module(content):
        metadata |= {key: value for key, value in content.items() if isinstance(key, str) and _plain(value)}
        told = metadata.pop("__metadata__", None)  # safetensors
        metadata |= told if isinstance(told, dict) else {}
        inner = next((key for key in _WRAPPERS if _holds_tensors(content.get(key), _NESTED)), None)
        if inner is None or len(wrappers) == _NESTED:
            break
        wrappers.append(inner)
        content = content[inner]
    return content, metadata, tuple(wrappers)


def _is_module(content: object) -> bool:
    """Whether a dictionary is the state of a pickled nn.Module."""
    return isinstance(content, dict) and isinstance(content.get("training"), bool)


def _tensors(content: object, within: str = "") -> dict[str, str]:
    """Names of the tensors in a state dictionary, or in a module and what it holds, with their names in the file."""
    found: dict[str, str] = {}
    for key, value in content.items() if isinstance(content, dict) else ():
        if isinstance(key, str) and isinstance(value, Ref):
            found[within + key] = value.name
        elif isinstance(key, str) and _is_module(value):
            found |= _tensors(value, f"{within}{key}.")
    return found


def _holds_tensors(content: object, depth: int) -> bool:
    if not isinstance(content, dict):
        return False
    inside = (content.get(key) for key in _WRAPPERS)
    return bool(_tensors(content)) or (depth > 0 and any(_holds_tensors(inner, depth - 1) for inner in inside))


def _plain(value: object, depth: int = 6) -> bool:
    """Whether a value consists of numbers, strings and small containers; `depth` stops circular ones."""
    if value is None or isinstance(value, (str, int, float)):
        return True
    if depth == 0 or not isinstance(value, (dict, list, tuple)):
        return False
    items = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    return all(_plain(item, depth - 1) for item in items)


# ---- names -------------------------------------------------------------------------------------------------------


def _strip(sources: Mapping[str, object]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Names without the prefixes that wrappers add, each with its name in the file; and the prefixes removed.

    A prefix goes when all names share it and it is a usual one, or when it wraps the whole of a "transformer.".
    torch.compile's "_orig_mod." goes wherever it stands.
    """
    names, notes = {name: name for name in sources}, []
    if any("_orig_mod." in name for name in names):
        names = {name.replace("_orig_mod.", ""): source for name, source in names.items()}
        notes.append("_orig_mod.")
    while len(firsts := {name.partition(".")[0] for name in names}) == 1:
        (first,) = firsts
        rest = {name.partition(".")[2]: source for name, source in names.items()}
        if not all(rest) or not (first in _PREFIXES or any(name.startswith("transformer.") for name in rest)):
            break
        names = rest
        notes.append(first + ".")
    return names, tuple(notes)


def _require_tensors(names: Mapping[str, str], file: Path, keys: tuple[str, ...]) -> None:
    if not names:
        held = f" (it holds {', '.join(visible(key, 40) for key in keys[:6])})" if keys else ""
        raise UserError(f"{file.name} holds no named tensors{held}; {SAVE_AGAIN}.")
