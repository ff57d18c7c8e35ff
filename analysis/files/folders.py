"""A model folder as Hugging Face lays it out: one file, or shards and an index that says which tensor is where."""

import json
import os
import re
from pathlib import Path

from analysis.files.source import Source
from analysis.files.unreadable import Unreadable, damaged, shown
from analysis.values import UserError

INDEX = (".safetensors.index.json", ".bin.index.json")
_USUAL = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
_MOST_INDEX = 16 * 2**20
_MOST_BRACKETS = 10_000
_MOST_SHARDS = 500


def main_file(folder: Path) -> Path:
    """The file of the folder that holds the model, or its index; raises UserError when there is none."""
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise UserError(f"{folder} cannot be listed ({error.strerror or error}); choose a file inside it.") from None
    usual = [name for name in _USUAL if name in names]
    found = usual or [name for name in names if name.endswith(INDEX)] or _only(names)
    if not found:
        raise UserError(f"{folder} is a directory without one model in it; choose the checkpoint file inside it.")
    return inside(folder, found[0])


def _only(names: list[str]) -> list[str]:
    """The safetensors file of a folder that has exactly one."""
    found = [name for name in names if name.endswith(".safetensors")]
    return found if len(found) == 1 else []


def inside(folder: Path, name: str) -> Path:
    """A file of the folder; a link is followed only where the Hugging Face cache would have put it."""
    path = folder / name
    if not path.is_symlink():
        return path
    target = os.readlink(path)
    if not re.fullmatch(r"\.\./\.\./blobs/[0-9a-f]{40,64}", target) or (folder / target).is_symlink():
        raise UserError(f"{path} is a link that leads elsewhere; copy the file itself into the folder.")
    return path


def read_index(source: Source) -> dict[str, str]:
    """Tensor name → file name, in the folder of the index; raises Unreadable when a name leads out of it."""
    if source.size > _MOST_INDEX:
        raise Unreadable("is larger than any index of shards")
    raw = source.read(0, source.size)
    if raw.count(b"{") + raw.count(b"[") > _MOST_BRACKETS:
        raise Unreadable("is not an index of shards")
    try:
        index = json.loads(raw, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise damaged("it is not JSON") from None
    names = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(names, dict) or not all(isinstance(file, str) for file in names.values()):
        raise Unreadable("is not an index of shards")
    for file in set(names.values()):
        if not re.fullmatch(r"[A-Za-z0-9_\-][A-Za-z0-9_.\- ]{0,200}", file):
            raise Unreadable(f"names the shard {shown(file)}, which is not a file in its folder")
    if len(set(names.values())) > _MOST_SHARDS:
        raise Unreadable(f"names more than {_MOST_SHARDS} shards")
    return names


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise damaged("it holds a name twice")
    return result
