"""Ordinary files, as researchers and their libraries save them: all open, all tensors are right."""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime
import enum
import functools
import io
import pathlib
import pickle
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from analysis.files.opened import Ref, open_file

from .making import check, plain_form, same, saved, stranger, tensors_in, zipped

W = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.tensor([1.0, -2.0])}
BASE = torch.arange(24.0).reshape(4, 6)


def ema() -> dict[str, Any]:
    return {"model": dict(W), "ema": {name: tensor * 0.9 for name, tensor in W.items()}, "step": 7}


def trained(optimizer: type[torch.optim.Optimizer]) -> dict[str, Any]:
    model = nn.Linear(3, 2)
    steps = optimizer(model.parameters(), lr=0.1)  # type: ignore[call-arg]
    model(torch.ones(1, 3)).sum().backward()
    steps.step()
    schedule = torch.optim.lr_scheduler.StepLR(steps, 1)
    return {"model": model.state_dict(), "optimizer": steps.state_dict(), "schedule": schedule.state_dict()}


def lightning() -> dict[str, Any]:
    return {
        "epoch": 3,
        "global_step": 100,
        "pytorch-lightning_version": "2.4.0",
        "state_dict": collections.OrderedDict(("model." + name, tensor) for name, tensor in W.items()),
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 4}}}},
        "callbacks": {"ModelCheckpoint{'monitor': 'loss'}": {"best_model_score": torch.tensor(0.5), "dirpath": "x"}},
        "optimizer_states": [{"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"betas": (0.9, 0.99)}]}],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": {"lr": np.float64(1e-3), "path": Path("/data"), "args": argparse.Namespace(heads=4)},
    }


ORDINARY: dict[str, Callable[[], object]] = {
    "state dict": lambda: dict(W),
    "ordered": lambda: collections.OrderedDict(W),
    "module.": lambda: {"module." + name: tensor for name, tensor in W.items()},
    "_orig_mod.": lambda: {"model": {"_orig_mod." + name: tensor for name, tensor in W.items()}},
    "both prefixes": lambda: {"_orig_mod.module." + name: tensor for name, tensor in W.items()},
    "nanoGPT": lambda: {"model": W, "model_args": {"n_head": 4, "bias": False}, "iter_num": 1, "best_val_loss": 1.5},
    "EMA": ema,
    "Lightning": lightning,
    "SGD": lambda: trained(torch.optim.SGD),
    "Adam": lambda: trained(torch.optim.Adam),
    "AdamW": lambda: trained(torch.optim.AdamW),
    "numpy float": lambda: {**W, "loss": np.float64(1.5), "half": np.float16(2)},
    "numpy int": lambda: {**W, "step": np.int64(15), "flag": np.bool_(True)},
    "numpy array": lambda: {**W, "curve": np.arange(6, dtype=np.float32).reshape(2, 3)},
    "numpy array by columns": lambda: {**W, "curve": np.asfortranarray(np.arange(6).reshape(2, 3))},
    "numpy text": lambda: {**W, "names": np.array(["a", "bc"]), "big": np.arange(3, dtype=">i4")},
    "numpy objects": lambda: {**W, "odd": np.array([None, "x"], dtype=object)},
    "numpy random state": lambda: {**W, "rng": np.random.RandomState(1).get_state()},
    "numpy type": lambda: {**W, "dtype": np.dtype("float32"), "kind": np.float32},
    "Namespace": lambda: {**W, "args": argparse.Namespace(n_head=4, path=pathlib.Path("x/y"))},
    "SimpleNamespace": lambda: {**W, "args": types.SimpleNamespace(n_head=4)},
    "Path": lambda: {**W, "path": pathlib.PurePosixPath("/a/b"), "windows": pathlib.PureWindowsPath("C:/a")},
    "defaultdict": lambda: {**W, "count": collections.defaultdict(list, {"x": [1, 2]})},
    "Counter": lambda: {**W, "count": collections.Counter("abca")},
    "deque": lambda: {**W, "last": collections.deque([1, 2, 3], maxlen=3)},
    "sets": lambda: {**W, "seen": {1, 2, "x"}, "fixed": frozenset({3})},
    "bytes": lambda: {**W, "raw": b"\x00\xff", "more": bytearray(b"abc")},
    "date": lambda: {**W, "when": datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC), "took": datetime.timedelta(1)},
    "dtype and device": lambda: {**W, "dtype": torch.bfloat16, "device": torch.device("cuda:1"), "size": BASE.shape},
    "large numbers": lambda: {**W, "seed": 2**127 + 1, "low": -(2**70), "z": 1 + 2j, "none": None, "inf": float("inf")},
    "functions": lambda: {**W, "act": torch.nn.functional.gelu, "part": functools.partial(max, 1)},
    "odd keys": lambda: {**W, "map": {(0, 1): "x", 2: "y", None: "z", 1.5: "w", True: "v"}},
    "bfloat16": lambda: {name: tensor.bfloat16() for name, tensor in W.items()},
    "float16": lambda: {name: tensor.half() for name, tensor in W.items()},
    "float8": lambda: {"e4": W["a.weight"].to(torch.float8_e4m3fn), "e5": W["a.weight"].to(torch.float8_e5m2)},
    "integers": lambda: {str(size): torch.arange(4).to(getattr(torch, f"int{size}")) for size in (8, 16, 32)},
    "unsigned": lambda: {str(kind): torch.arange(4).to(kind) for kind in (torch.uint16, torch.uint32, torch.uint64)},
    "bool": lambda: {"mask": torch.ones(3, 3, dtype=torch.bool).tril()},
    "complex": lambda: {"z": torch.tensor([1 + 2j, 3 - 4j]), "conjugate": torch.tensor([1 + 2j]).conj()},
    "negated view": lambda: {"n": torch.tensor([1 + 2j]).conj().imag},
    "scalar": lambda: {"step": torch.tensor(3), "empty": torch.empty(0, 4), "none": torch.empty(0)},
    "transposed": lambda: {"t": BASE.T, "p": BASE.reshape(2, 2, 6).permute(2, 0, 1)},
    "expanded": lambda: {"e": torch.tensor([[1.0], [2.0]]).expand(2, 5), "zero": torch.zeros(()).expand(3, 4)},
    "offset": lambda: {"o": BASE[1:3, 2:4], "row": BASE[3], "step": BASE[::2, ::3], "end": BASE[4:]},
    "channels last": lambda: {"c": torch.arange(24.0).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last)},
    "shared storage": lambda: {"whole": BASE, "part": BASE[1:], "again": BASE.view(-1)},
    "tied": lambda: {"wte.weight": W["a.weight"], "lm_head.weight": W["a.weight"]},
    "parameters": lambda: {name: nn.Parameter(tensor) for name, tensor in W.items()},
    "parameter with an attribute": lambda: {"p": marked(nn.Parameter(W["a.bias"].clone()))},
    "parameter list": lambda: [nn.Parameter(tensor) for tensor in W.values()],
    "tuple of state dicts": lambda: (dict(W), {"optimizer": 1}),
    "one tensor": lambda: BASE,
    "requires grad": lambda: {"g": torch.ones(2, requires_grad=True)},
    "unicode names": lambda: {"größe.重み": torch.ones(2), "": torch.ones(1)},
    "deep": lambda: nested(20),
}


def nested(levels: int) -> dict[str, Any]:
    return {f"l{levels}": nested(levels - 1)} if levels else dict(W)


def marked(parameter: nn.Parameter) -> nn.Parameter:
    parameter.tag = "no decay"  # type: ignore[attr-defined]
    return parameter


@pytest.mark.parametrize("case", ORDINARY)
def test_that_an_ordinary_file_opens_and_its_tensors_are_right(case: str, tmp_path: Path) -> None:
    content = ORDINARY[case]()
    for protocol in (2, 3, 4, 5):
        (tmp_path / f"{protocol}").write_bytes(saved(content, pickle_protocol=protocol))
        check(tmp_path / f"{protocol}", tensors_in(content))
    (tmp_path / "plain").write_bytes(plain_form(content))
    check(tmp_path / "plain", tensors_in(content))


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.heads, self.names = nn.Linear(3, 2), 4, ["a", "b"]
        self.blocks = nn.ModuleList([nn.LayerNorm(2), nn.Embedding(5, 2)])
        self.scale = nn.Parameter(torch.ones(2))
        self.register_buffer("mask", torch.ones(2, 2).tril())
        self.register_parameter("nothing", None)


@pytest.mark.parametrize("form", [saved, plain_form], ids=["zip", "plain"])
@pytest.mark.filterwarnings("ignore:Couldn't retrieve source code:UserWarning")
def test_that_a_pickled_module_opens_under_its_state_dicts_names(form: Callable[..., bytes], tmp_path: Path) -> None:
    model = Block()
    kind = type("Gone", (Block,), {})
    with stranger(Gone=kind):
        gone = kind()
        (tmp_path / "gone").write_bytes(form({"model": gone, "step": 1}))
    (tmp_path / "here").write_bytes(form(model))
    check(tmp_path / "here", model.state_dict())
    check(tmp_path / "gone", {"model." + name: tensor for name, tensor in gone.state_dict().items()})
    with open_file(tmp_path / "gone") as opened:
        assert opened.ignored == ("model: a_strangers_code.Gone",)
        assert opened.tree["model"]["heads"] == 4  # type: ignore[index]
        assert opened.tree["model"]["names"] == ["a", "b"]  # type: ignore[index]
        assert opened.tree["step"] == 1  # type: ignore[index]


class Fruit(enum.Enum):
    PEAR = "pear"


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Config:
    n_head: int = 4
    bias: bool = False


class Attributes(dict[str, object]):
    pass


class Stack(list[object]):
    pass


class Slotted:
    __slots__ = ("depth",)

    def __init__(self) -> None:
        self.depth = 3


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_that_objects_of_classes_that_are_gone_leave_content_and_name(protocol: int, tmp_path: Path) -> None:
    with stranger(Fruit=Fruit, Level=Level, Config=Config, Attributes=Attributes, Stack=Stack, Slotted=Slotted):
        content = {
            **W,
            "fruit": Fruit.PEAR,
            "level": Level.LOW,
            "config": Config(),
            "attributes": Attributes(lr=0.1, t=torch.ones(2)),
            "stack": Stack([1, 2]),
            "slotted": Slotted(),
            "class": Config,
        }
        (tmp_path / "x").write_bytes(saved(content, pickle_protocol=protocol))
    check(tmp_path / "x", {**W, "attributes.t": torch.ones(2)})
    with open_file(tmp_path / "x") as opened:
        tree: Any = opened.tree
    assert tree["config"] == {"n_head": 4, "bias": False}
    assert tree["attributes"] == {"lr": 0.1, "t": Ref("attributes.t")}
    assert (tree["fruit"], tree["level"], tree["stack"], tree["slotted"]) == ("pear", 1, [1, 2], {"depth": 3})
    assert set(opened.ignored) == {
        "fruit: a_strangers_code.Fruit",
        "level: a_strangers_code.Level",
        "config: a_strangers_code.Config",
        "attributes: a_strangers_code.Attributes",
        "stack: a_strangers_code.Stack",
        "slotted: a_strangers_code.Slotted",
        "class: the class or function a_strangers_code.Config",
    }


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_that_plain_extras_are_decoded(protocol: int, tmp_path: Path) -> None:
    content: dict[str, Any] = {
        "loss": np.float64(1.5),
        "step": np.int32(-3),
        "flag": np.bool_(True),
        "curve": np.arange(6, dtype=">f4").reshape(2, 3),
        "columns": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "names": np.array(["a", "bc"]),
        "args": argparse.Namespace(heads=4, inner=types.SimpleNamespace(x=1)),
        "path": pathlib.PurePosixPath("/a/b"),
        "relative": pathlib.PurePosixPath("a/b"),
        "count": collections.defaultdict(int, {"x": 2}),
        "ordered": collections.OrderedDict(z=1),
        "tuple": (1, "two", None, 3.5, True),
        "raw": b"\x00\xff\x80",
        "seed": 2**127 + 1,
        "complex": 1 + 2j,
        "dtype": torch.float32,
        "device": torch.device("cuda", 1),
        "size": torch.Size([2, 3]),
        "keys": {(0, "a"): 1, 2: "y", None: "z"},
    }
    (tmp_path / "x").write_bytes(saved(content, pickle_protocol=protocol))
    with open_file(tmp_path / "x") as opened:
        tree: Any = opened.tree
    assert opened.ignored == ()
    for key in ("curve", "columns", "names"):
        assert np.array_equal(tree.pop(key), content.pop(key))
    assert type(tree["loss"]) is float
    assert tree == content | {
        "args": {"heads": 4, "inner": {"x": 1}},
        "path": "/a/b",
        "relative": "a/b",
        "dtype": "torch.float32",
        "device": "cuda:1",
        "size": (2, 3),
        "keys": {"(0, 'a')": 1, 2: "y", None: "z"},
    }


@pytest.mark.parametrize("protocol", range(6))
def test_that_a_bare_pickle_is_read(protocol: int, tmp_path: Path) -> None:
    content = {"stoi": {"a": 0, "b": 1, "é": 300, "long": -70000}, "vocab_size": 2, "x": [1.5, None, True, (), 2**80]}
    raw = pickle.dumps(content, protocol)
    (tmp_path / "meta.pkl").write_bytes(raw if protocol > 1 else b"\x80\x02" + raw)
    with open_file(tmp_path / "meta.pkl") as opened:
        assert opened.tree == content
        assert opened.entries == {}


def test_that_what_is_pickled_by_the_oldest_rules_is_read(tmp_path: Path) -> None:
    """Protocols 0 and 1 build objects through copyreg, and write every text and number as a line."""
    values = argparse.Namespace(heads=4, name="quo'te\n", f=0.5)
    for protocol in (0, 1):
        (tmp_path / "x").write_bytes(b"\x80\x02" + pickle.dumps({"args": values, "b": b"\xff"}, protocol))
        with open_file(tmp_path / "x") as opened:
            assert opened.tree == {"args": {"heads": 4, "name": "quo'te\n", "f": 0.5}, "b": b"\xff"}


@pytest.mark.parametrize("order", ["big", "little"])
def test_that_the_byte_order_of_a_file_is_heeded(order: str, tmp_path: Path) -> None:
    content = {"a": torch.tensor([1.5, -2.0]), "z": torch.tensor([1 + 2j]), "i": torch.arange(3)}
    swapped = {name: torch.from_numpy(tensor.numpy().byteswap()) for name, tensor in content.items()}
    (tmp_path / "x").write_bytes(_as_big(saved(swapped)) if order == "big" else saved(content))
    check(tmp_path / "x", content)


def _as_big(raw: bytes) -> bytes:
    """The archive with its byteorder member rewritten, through zipfile."""
    with zipfile.ZipFile(io.BytesIO(raw)) as old:
        members = {item: b"big" if item.endswith("/byteorder") else old.read(item) for item in old.namelist()}
    return zipped(members)


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor:UserWarning", "ignore:Sparse CSR tensor:UserWarning")
def test_that_tensors_that_are_not_dense_are_named_and_the_others_read(tmp_path: Path) -> None:
    content = {
        "good": torch.ones(2),
        "sparse": torch.eye(3).to_sparse(),
        "rows": torch.eye(3).to_sparse_csr(),
        "quantized": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "meta": torch.empty(3, device="meta"),
        "far": torch.zeros(1).expand(100_000_000_000),
    }
    (tmp_path / "x").write_bytes(saved(content))
    with open_file(tmp_path / "x") as opened:
        assert set(opened.entries) == {"good"}
        assert same(opened.tensor("good"), content["good"])
        assert [line.partition(":")[0] for line in opened.ignored] == ["sparse", "rows", "quantized", "meta", "far"]
        for name in set(content) - {"good"}:
            with pytest.raises(Exception, match=f"The tensor '{name}' is"):
                opened.tensor(name)


def test_that_a_tensor_that_was_read_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(saved(W))
    with open_file(tmp_path / "x") as opened:
        opened.tensor("a.weight").zero_()
        assert same(opened.tensor("a.weight"), W["a.weight"])
        with pytest.raises(KeyError):
            opened.tensor("b")


def test_that_two_tensors_of_one_path_are_both_there(tmp_path: Path) -> None:
    content = {"a": {"b": torch.zeros(1)}, "a.b": torch.ones(2)}
    (tmp_path / "x").write_bytes(saved(content))
    with open_file(tmp_path / "x") as opened:
        assert {name: entry.shape for name, entry in opened.entries.items()} == {"a.b": (1,), "a.b#2": (2,)}
        assert same(opened.tensor("a.b#2"), torch.ones(2))
