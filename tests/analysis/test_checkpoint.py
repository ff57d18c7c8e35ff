"""Opening files: what is unwrapped, what is kept, and one sentence for everything that is no checkpoint."""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save as save_safetensors

from analysis.files.checkpoint import open_checkpoint
from analysis.values import Cancelled, UserError
from analysis.values.work import finish


def saved(content: object, **options: object) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def zipped(**files: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return stream.getvalue()


WEIGHTS = {"a.weight": torch.arange(6.0).reshape(2, 3), "b.weight": torch.ones(4, dtype=torch.float16)}


def test_that_tensors_shapes_and_digest_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(saved(WEIGHTS))
    checkpoint = open_checkpoint(tmp_path / "x.png")
    assert dict(checkpoint.shapes) == {"a.weight": (2, 3), "b.weight": (4,)}
    assert torch.equal(checkpoint.tensor("a.weight"), WEIGHTS["a.weight"])
    assert checkpoint.dtype("b.weight") == torch.float16
    assert finish(checkpoint.hash()) == hashlib.sha256((tmp_path / "x.png").read_bytes()).hexdigest()
    assert checkpoint.name == "x.png"
    assert checkpoint.notes == ()


def test_that_safetensors_are_recognised_by_content(tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(save_safetensors(WEIGHTS, metadata={"made": "here"}))
    checkpoint = open_checkpoint(tmp_path / "x.pt")
    assert torch.equal(checkpoint.tensor("a.weight"), WEIGHTS["a.weight"])
    assert checkpoint.metadata == {"made": "here"}


def test_that_what_surrounds_the_weights_is_kept_when_plain(tmp_path: Path) -> None:
    content = {
        "model": {"_orig_mod." + name: tensor for name, tensor in WEIGHTS.items()},
        "model_args": {"n_head": 4, "bias": False},
        "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}, "param_groups": [{"lr": 0.1}]},
        "iter_num": 12,
    }
    (tmp_path / "x").write_bytes(saved(content))
    checkpoint = open_checkpoint(tmp_path / "x")
    assert set(checkpoint.shapes) == set(WEIGHTS)
    assert checkpoint.metadata == {"model_args": {"n_head": 4, "bias": False}, "iter_num": 12}
    assert checkpoint.notes == ("model", "_orig_mod.")


def test_that_a_circular_dictionary_ends(tmp_path: Path) -> None:
    content: dict[str, object] = dict(WEIGHTS)
    content["config"] = content["model"] = content
    (tmp_path / "x").write_bytes(saved(content))
    assert set(open_checkpoint(tmp_path / "x").shapes) == set(WEIGHTS)


def test_that_a_fetched_tensor_is_a_copy(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(saved(WEIGHTS))
    checkpoint = open_checkpoint(tmp_path / "x")
    checkpoint.tensor("a.weight").zero_()
    assert torch.equal(checkpoint.tensor("a.weight"), WEIGHTS["a.weight"])


def test_that_an_unknown_name_is_a_key_error(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(saved(WEIGHTS))
    with pytest.raises(KeyError):
        open_checkpoint(tmp_path / "x").tensor("c")


@pytest.mark.parametrize("content", [saved(WEIGHTS), save_safetensors(WEIGHTS)], ids=["torch", "safetensors"])
def test_that_a_file_cut_short_while_open_is_told_instead_of_dying(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    checkpoint = open_checkpoint(tmp_path / "x")
    os.truncate(tmp_path / "x", 10)
    with pytest.raises(UserError, match="has changed on disk"):
        checkpoint.tensor("a.weight")


def test_that_hashing_goes_in_steps(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(saved({"a": torch.zeros(3 * 2**20)}))
    steps = list(open_checkpoint(tmp_path / "x").hash())
    assert steps == sorted(steps)
    assert len(steps) > 2


@pytest.mark.parametrize("content", [saved(WEIGHTS), save_safetensors(WEIGHTS)], ids=["torch", "safetensors"])
def test_that_opening_can_be_cancelled(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)

    def cancel(fraction: float = 0.0, /) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        open_checkpoint(tmp_path / "x", cancel)


class Custom:
    pass


GOOD, GOOD_SAFE = saved(WEIGHTS), save_safetensors(WEIGHTS)
OLD = saved(WEIGHTS, _use_new_zipfile_serialization=False)
BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "is not a checkpoint"),
    "text": (b"hello, this is a text file, no more", "is not a checkpoint"),
    "one byte": (b"P", "is not a checkpoint"),
    "zip magic alone": (b"PK", "damaged or incomplete"),
    "torch, first half": (GOOD[: len(GOOD) // 2], "damaged or incomplete"),
    "torch, all but the end": (GOOD[:-10], "damaged or incomplete"),
    "older torch, first half": (OLD[: len(OLD) // 2], "damaged"),
    "older torch, all but the end": (OLD[:-4], "damaged"),
    "safetensors, header cut": (GOOD_SAFE[:40], "damaged or incomplete"),
    "safetensors, last byte missing": (GOOD_SAFE[:-1], "damaged or incomplete"),
    "safetensors, no JSON": ((20).to_bytes(8, "little") + b"{" + b"x" * 40, "damaged or incomplete"),
    "other zip": (zipped(hello="x"), "no checkpoint"),
    "TorchScript": (zipped(model__data__pkl="x").replace(b"data/pkl", b"data.pkl"), "damaged"),
    "plain pickle": (pickle.dumps({"a": 1}), "holds no named tensors"),
    "number": (saved(3), "holds no named tensors"),
    "list": (saved([torch.ones(1)]), "holds no named tensors"),
    "no weights": (saved({"step": 3, "optimizer": {"state": {}}}), r"no named tensors \(it holds step, optimizer\)"),
    "safetensors without tensors": (save_safetensors({}), "holds no named tensors"),
}


OPENS: dict[str, Callable[[], object]] = {
    "namespace": lambda: {"a": torch.ones(1), "args": argparse.Namespace(x=1)},
    "numpy scalar": lambda: {"a": torch.ones(1), "loss": np.float64(1)},
    "own class": lambda: {"a": torch.ones(1), "b": Custom()},
    "whole module": lambda: Custom1(),
    "module inside": lambda: {"model": Custom1(), "optimizer": {"state": {0: torch.zeros(2)}}},
}


class Custom1(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = torch.nn.Parameter(torch.ones(1))


@pytest.mark.parametrize("case", OPENS)
def test_that_what_stands_around_the_weights_does_not_keep_them_from_opening(case: str, tmp_path: Path) -> None:
    (tmp_path / "file.pt").write_bytes(saved(OPENS[case]()))
    checkpoint = open_checkpoint(tmp_path / "file.pt")
    assert dict(checkpoint.shapes) == {"a": (1,)}
    assert checkpoint.tensor("a").tolist() == [1.0]
    unknown = case in ("own class", "whole module", "module inside")
    assert any("Custom" in line for line in checkpoint.ignored) == unknown


@pytest.mark.parametrize("case", BAD)
def test_that_a_bad_file_is_told_in_one_sentence(case: str, tmp_path: Path) -> None:
    content, sentence = BAD[case]
    (tmp_path / "file.pt").write_bytes(content)
    with pytest.raises(UserError, match=sentence) as caught:
        open_checkpoint(tmp_path / "file.pt")
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_that_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        open_checkpoint(tmp_path / "nowhere.pt")


def test_that_a_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a directory"):
        open_checkpoint(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_that_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="not a regular file"):
        open_checkpoint(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("error", "sentence"), [(PermissionError(13, "no"), "without permission"), (OSError(5, "I/O"), "I/O")]
)
def test_that_a_file_that_cannot_be_read_is_told(
    error: OSError, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").write_bytes(GOOD)

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("analysis.files.source.os.open", refuse)
    with pytest.raises(UserError, match=sentence):
        open_checkpoint(tmp_path / "x")


SPARSE: dict[str, Callable[[], torch.Tensor]] = {
    "sparse": lambda: torch.eye(3).to_sparse(),
    "compressed": lambda: torch.sparse_compressed_tensor(
        torch.tensor([0, 1, 1, 1]), torch.tensor([0]), torch.ones(1), (3, 3), layout=torch.sparse_csr
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", SPARSE)
def test_that_a_tensor_that_is_not_dense_is_named(case: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(saved({"odd.weight": SPARSE[case]()}))
    with pytest.raises(UserError, match=r"'odd\.weight' is sparse"):
        open_checkpoint(tmp_path / "x").tensor("odd.weight")
