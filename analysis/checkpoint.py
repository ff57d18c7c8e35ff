"""Bytes to named tensors and metadata; nothing from the file is ever run.

What a file is, its content says and not its name: a zip archive of torch.save, its older plain form, or safetensors.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from .values import Tick, UserError, no_tick

_WRAPPERS = ("model_state_dict", "state_dict", "model", "module", "net", "network", "weights", "ema", "model_ema")
_PREFIXES = ("module", "model", "net", "network", "ema")
_CHUNK = 4 * 2**20
_NESTED = 4  # wrappers within wrappers
_LARGEST_CONFIG = 2**20  # bytes
_SAVE_AGAIN = "save it again with torch.save(model.state_dict(), …) or as safetensors"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """An open checkpoint: tensors by name, fetched when asked for, and what stands around them."""

    path: Path
    sha256: str
    """Of the whole file, in hexadecimal."""
    shapes: Mapping[str, tuple[int, ...]]
    """Every tensor's shape, by its name without wrappers and shared prefixes."""
    fetch: Callable[[str], torch.Tensor]
    metadata: Mapping[str, object] = field(default_factory=dict)
    """Plain values around the tensors: nanoGPT's model_args, a step, safetensors' __metadata__; and the content of
    config.json, where one lies beside the file, as "config.json"."""
    notes: tuple[str, ...] = ()
    """What was unwrapped: "state_dict", "_orig_mod."."""
    stamp: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return self.path.name

    def tensor(self, name: str) -> torch.Tensor:
        """A copy of one tensor, on the CPU, in the file's dtype.

        Raises KeyError for an unknown name, UserError when the tensor is not dense or the file has changed since it
        was opened: the pages of a file that was cut short while mapped cannot be touched without dying.
        """
        if name not in self.shapes:
            raise KeyError(name)
        if self.stamp and _stamp(self.path) != self.stamp:
            raise UserError(f"{self.name} has changed on disk since it was opened; open it again.")
        tensor = self.fetch(name)
        if tensor.layout != torch.strided or tensor.is_quantized:
            raise UserError(f"The tensor {name!r} is sparse or quantized; convert it to a dense tensor and save again.")
        return tensor.detach().clone()

    def dtype(self, name: str) -> torch.dtype:
        return self.tensor(name).dtype


def open_checkpoint(path: str | os.PathLike[str], tick: Tick = no_tick) -> Checkpoint:
    """Open a checkpoint; raises UserError with one sentence for anything that is not one."""
    file = Path(path).expanduser().absolute()
    try:
        read = _reader(file)
        stamp, digest = _stamp(file), _sha256(file, tick)
        opened = read(file, digest, stamp)
        beside = _config_beside(file)
        return replace(opened, metadata={**opened.metadata, "config.json": beside}) if beside else opened
    except FileNotFoundError:
        raise UserError(f"{file} does not exist; check the path.") from None
    except PermissionError:
        raise UserError(f"{file} may not be read by you; ask for permission to read it or copy it elsewhere.") from None
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror or error}); check the disk and try again.") from None


def _reader(file: Path) -> Callable[[Path, str, tuple[int, ...]], Checkpoint]:
    """Which reader the first bytes call for."""
    if file.is_dir():
        raise UserError(f"{file} is a directory; choose the checkpoint file inside it.")
    if file.exists() and not file.is_file():
        raise UserError(f"{file} is not a regular file; choose a checkpoint file.")
    with file.open("rb") as stream:
        start, size = stream.read(16), file.stat().st_size
    if not start:
        raise UserError(f"{file.name} is empty; it was probably not written to its end, so save or copy it again.")
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 100 * 2**20:
        return _read_safetensors
    if start[:2] == b"PK" or start[:1] == b"\x80":
        return _read_torch
    raise UserError(
        f"{file.name} is not a checkpoint ({size} bytes, starting with {start[:8]!r}); "
        "open a file written by torch.save or safetensors."
    )


def _config_beside(file: Path) -> dict[str, object]:
    """The object in config.json in the same folder; empty when there is none that can be read."""
    beside = file.parent / "config.json"
    try:
        if not beside.is_file():
            return {}
        with beside.open("rb") as stream:
            text = stream.read(_LARGEST_CONFIG + 1)
        found = json.loads(text) if len(text) <= _LARGEST_CONFIG else None
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        stat = file.stat()
    except FileNotFoundError:
        return (-1,)
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _sha256(file: Path, tick: Tick) -> str:
    digest, size, done = hashlib.sha256(), max(1, file.stat().st_size), 0
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            tick(min(1.0, done / size))
    return digest.hexdigest()


# ---- safetensors -------------------------------------------------------------------------------------------------


def _read_safetensors(file: Path, sha256: str, stamp: tuple[int, ...]) -> Checkpoint:
    damaged = f"{file.name} is a damaged or incomplete safetensors file; download, copy or save it again."
    try:
        handle = safe_open(file, framework="pt", device="cpu", backend="pread")
        shapes = {name: tuple(handle.get_slice(name).get_shape()) for name in handle.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError, RuntimeError):
        raise UserError(damaged) from None
    names, notes = _strip(shapes)
    _require_tensors(names, file, ())

    def fetch(name: str) -> torch.Tensor:
        try:
            tensor: torch.Tensor = handle.get_tensor(names[name])
        except (SafetensorError, ValueError, RuntimeError, AttributeError):
            raise UserError(damaged) from None
        return tensor

    kept = {name: shapes[source] for name, source in names.items()}
    return Checkpoint(file, sha256, kept, fetch, dict(handle.metadata() or {}), notes, stamp)


# ---- torch.save --------------------------------------------------------------------------------------------------


def _read_torch(file: Path, sha256: str, stamp: tuple[int, ...]) -> Checkpoint:
    content = _load(file)
    found, metadata, wrappers = _unwrap(content)
    names, prefixes = _strip(found)
    _require_tensors(names, file, tuple(map(str, content)) if isinstance(content, dict) else ())
    tensors = {name: found[source] for name, source in names.items()}
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    return Checkpoint(file, sha256, shapes, tensors.__getitem__, metadata, wrappers + prefixes, stamp)


def _load(file: Path) -> object:
    """What torch.save put into the file, tensors mapped rather than read where the form allows it."""
    zipped = _check_zip(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(file, map_location="cpu", weights_only=True, mmap=zipped)
    except pickle.UnpicklingError as error:
        raise UserError(_refusal(file, str(error))) from None
    except OSError:
        raise
    except Exception:  # the archive reader and the unpickler raise whatever the damage makes them trip over
        raise UserError(f"{file.name} is damaged or incomplete; download, copy or save it again.") from None


def _check_zip(file: Path) -> bool:
    """Whether the file is a zip archive; raises UserError when it is one, but not of torch.save."""
    with file.open("rb") as stream:
        if stream.read(2) != b"PK":
            return False
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise UserError(f"{file.name} is damaged or incomplete; download, copy or save it again.") from None
    if not any(name.endswith("/data.pkl") for name in names):
        raise UserError(f"{file.name} is a zip archive, but no checkpoint; open one written by torch.save.")
    if any(name.endswith("/constants.pkl") for name in names):
        raise UserError(f"{file.name} holds a TorchScript program, which is not run here; {_SAVE_AGAIN}.")
    return True


def _refusal(file: Path, message: str) -> str:
    """One sentence for what the safe unpickler refused."""
    found = re.search(r"GLOBAL ([\w.]+)", message) or re.search(r"(?:class|type|function) '?([\w.]+\.[\w.]+)", message)
    if found is None:
        return f"{file.name} is damaged, incomplete or no checkpoint; copy it again, or {_SAVE_AGAIN}."
    return f"{file.name} needs the Python class {found[1]}, and code from a file is never run here; {_SAVE_AGAIN}."


def _unwrap(content: object) -> tuple[dict[str, torch.Tensor], dict[str, object], tuple[str, ...]]:
    """The state dictionary, the plain values around it, and the names of what it was wrapped in."""
    metadata: dict[str, object] = {}
    wrappers: list[str] = []
    while isinstance(content, dict):
        metadata |= {key: value for key, value in content.items() if isinstance(key, str) and _plain(value)}
        inner = next((key for key in _WRAPPERS if _holds_tensors(content.get(key), _NESTED)), None)
        if inner is None or len(wrappers) == _NESTED:
            break
        wrappers.append(inner)
        content = content[inner]
    return _tensors(content), metadata, tuple(wrappers)


def _tensors(content: Any) -> dict[str, torch.Tensor]:
    if not isinstance(content, dict):
        return {}
    return {key: value for key, value in content.items() if isinstance(key, str) and isinstance(value, torch.Tensor)}


def _holds_tensors(content: object, depth: int) -> bool:
    if not isinstance(content, dict):
        return False
    inside = (content.get(key) for key in _WRAPPERS)
    return bool(_tensors(content)) or (depth > 0 and any(_holds_tensors(inner, depth - 1) for inner in inside))


def _plain(value: object, depth: int = 6) -> bool:
    """Whether a value is made of numbers, texts and small containers alone; the depth ends circular ones."""
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
        held = f" (it holds {', '.join(keys[:6])})" if keys else ""
        raise UserError(f"{file.name} holds no named tensors{held}; {_SAVE_AGAIN}.")
