"""Files that change under the reader, files that are links or pipes, and model folders."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch

from analysis.files.opened import open_file
from analysis.values import Cancelled, UserError

from .making import check, plain_form, saved

W = {"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.ones(4)}
HALVES = ({"a.weight": W["a.weight"]}, {"b": W["b"]})
BLOB = "ab" * 32
FORMS: dict[str, Callable[[dict[str, torch.Tensor]], bytes]] = {
    "zip": saved,
    "plain": plain_form,
    "safetensors": safetensors.torch.save,
}


def truncate(path: Path, raw: bytes) -> None:
    os.truncate(path, len(raw) - 1)


def overwrite(path: Path, raw: bytes) -> None:
    time.sleep(0.02)  # a file's time has the grain of the kernel's clock
    path.write_bytes(raw[:-8] + bytes(8))


def keep_the_time(path: Path, raw: bytes) -> None:
    status = path.stat()
    overwrite(path, raw)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replace(path: Path, raw: bytes) -> None:
    path.with_name("new").write_bytes(raw)
    os.replace(path.with_name("new"), path)


def remove(path: Path, raw: bytes) -> None:
    path.unlink()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", [truncate, overwrite, keep_the_time, replace, remove])
def test_that_a_file_that_changes_while_open_is_told(
    form: str, change: Callable[[Path, bytes], None], tmp_path: Path
) -> None:
    raw = FORMS[form](W)
    (tmp_path / "x").write_bytes(raw)
    with open_file(tmp_path / "x") as opened:
        change(tmp_path / "x", raw)
        with pytest.raises(UserError, match="x has changed on disk since it was opened; open it again"):
            opened.tensor("b")


def test_that_a_closed_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(saved(W))
    opened = open_file(tmp_path / "x")
    opened.close()
    with pytest.raises(UserError, match="x was closed"):
        opened.tensor("b")


def test_that_a_refused_file_is_let_go(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    (tmp_path / "x").write_bytes(saved(W)[:-1])
    with pytest.raises(UserError):
        open_file(tmp_path / "x")
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_that_opening_can_be_cancelled(tmp_path: Path) -> None:
    def cancel(fraction: float = 0.0, /) -> None:
        raise Cancelled

    for form in FORMS.values():
        (tmp_path / "x").write_bytes(form(W))
        with pytest.raises(Cancelled):
            open_file(tmp_path / "x", cancel)


def test_that_what_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="is not a regular file"):
        open_file(tmp_path / "pipe")
    with pytest.raises(UserError, match="does not exist"):
        open_file(tmp_path / "nothing")
    with pytest.raises(UserError, match="is not a path"):
        open_file("a\0b")
    with pytest.raises(UserError, match="without one model in it"):
        open_file(tmp_path)


# ---- folders -----------------------------------------------------------------------------------------------------


def sharded(folder: Path, kind: str = "safetensors", **names: str) -> Path:
    """A folder of two shards with an index; `names` replace tensors' shards."""
    stem = "model" if kind == "safetensors" else "pytorch_model"
    owners: dict[str, str] = {}
    for number, half in enumerate(HALVES, 1):
        name = f"{stem}-0000{number}-of-00002.{kind}"
        (folder / name).write_bytes(FORMS["safetensors" if kind == "safetensors" else "zip"](half))
        owners |= dict.fromkeys(half, name)
    index = {"metadata": {"total_size": 40}, "weight_map": owners | names}
    (folder / f"{stem}.{kind}.index.json").write_text(json.dumps(index))
    return folder / f"{stem}.{kind}.index.json"


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_that_a_sharded_folder_opens_as_one(kind: str, tmp_path: Path) -> None:
    index = sharded(tmp_path, kind)
    check(tmp_path, W)
    check(index, W)
    with open_file(tmp_path) as opened:
        assert opened.notes == ("2 shards",)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "anything.safetensors"])
def test_that_a_folder_of_one_file_opens(name: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / name).write_bytes(FORMS["zip" if name.endswith("bin") else "safetensors"](W))
    check(tmp_path, W)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", "..", "", ".hidden", "C:\\x", "a\nb"])
def test_that_a_shard_outside_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    sharded(tmp_path, b=name)
    with pytest.raises(UserError, match="which is not a file in its folder"):
        open_file(tmp_path)


def test_that_an_index_that_does_not_fit_its_shards_is_refused(tmp_path: Path) -> None:
    index = sharded(tmp_path, c="model-00001-of-00002.safetensors")
    with pytest.raises(UserError, match="lacks the tensor 'c'"):
        open_file(tmp_path)
    sharded(tmp_path, b="model-00003-of-00002.safetensors")
    with pytest.raises(UserError, match=r"model-00003-of-00002\.safetensors, which the index names, is not in"):
        open_file(tmp_path)
    for text in ("", "[]", "{", '{"weight_map": 3}', '{"weight_map": {}, "weight_map": {}}', "[" * 100_000):
        index.write_text(text)
        with pytest.raises(UserError, match="index"):
            open_file(tmp_path)


def cached(tmp_path: Path, target: str) -> Path:
    """A folder as the Hugging Face cache lays it out: the model a link to a blob."""
    folder = tmp_path / "snapshots" / "main"
    folder.mkdir(parents=True)
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / BLOB).write_bytes(safetensors.torch.save(W))
    (folder / "model.safetensors").symlink_to(target)
    return folder


def test_that_links_of_the_cache_are_followed(tmp_path: Path) -> None:
    check(cached(tmp_path, f"../../blobs/{BLOB}"), W)


@pytest.mark.parametrize("target", [f"../../blobs/../blobs/{BLOB}", "/etc/passwd", "../../other", f"../blobs/{BLOB}"])
def test_that_other_links_in_a_folder_are_refused(target: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a link that leads elsewhere"):
        open_file(cached(tmp_path, target))


def test_that_a_blob_that_is_a_link_itself_is_refused(tmp_path: Path) -> None:
    folder = cached(tmp_path, f"../../blobs/{BLOB}")
    (tmp_path / "blobs" / BLOB).rename(tmp_path / "elsewhere")
    (tmp_path / "blobs" / BLOB).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="is a link that leads elsewhere"):
        open_file(folder)
