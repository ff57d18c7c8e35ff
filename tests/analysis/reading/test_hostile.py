"""Files made to hurt: each is refused in one sentence, soon and in little memory, or read as what it is."""

from __future__ import annotations

import json
import pickle
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from analysis.files.opened import open_file
from analysis.values import UserError

from .limited import SECONDS, fault
from .making import plain_form, saved, zipped

ROOT = Path(__file__).parents[3]
W = {"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.ones(4)}
GOOD = saved(W)
FAR = 100_000_000_000


def data_pkl(raw: bytes, **members: bytes) -> bytes:
    return zipped({"x/data.pkl": raw, "x/data/0": bytes(24), "x/version": b"3\n"} | members)


def _body(value: object) -> bytes:
    """A pickle without its ends."""
    return pickle.dumps(value, 2)[2:-1]


def tensor_pkl(
    shape: object, stride: object, offset: object = 0, count: int = 6, storage: str = "FloatStorage"
) -> bytes:
    """A tensor over a storage of 24 bytes, as torch writes it, with any numbers in it."""
    parts = b"(X\x07\x00\x00\x00storagectorch\n%b\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" % storage.encode()
    args = b"(" + parts + _body(count) + b"tQ" + _body(offset) + _body(shape) + _body(stride) + b"\x89}t"
    return b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n" + args + b"Rs."


def safe(header: object, data: bytes = b"", raw: bytes | None = None) -> bytes:
    text = raw if raw is not None else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def described(shape: list[int], begin: int, end: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def patched(find: bytes, replacement: bytes, raw: bytes = GOOD, last: bool = False) -> bytes:
    at = raw.rfind(find) if last else raw.find(find)
    assert at >= 0
    return raw[:at] + replacement + raw[at + len(replacement) :]


def entry_of(raw: bytes, name: str) -> int:
    """Where the directory's entry of a member begins."""
    at = raw.find(b"PK\x01\x02")
    while not raw[at + 46 :].startswith(name.encode()):
        at = raw.index(b"PK\x01\x02", at + 1)
    return at


def overlapping() -> bytes:
    raw = bytearray(zipped({"x/data.pkl": pickle.dumps(1, 2), "x/data/0": bytes(8), "x/data/1": bytes(8)}))
    first, second = entry_of(bytes(raw), "x/data/0"), entry_of(bytes(raw), "x/data/1")
    raw[second + 42 : second + 46] = raw[first + 42 : first + 46]
    return bytes(raw)


def resized(name: str, size: int) -> bytes:
    """A member that claims another size in the directory."""
    raw = bytearray(zipped({"x/data.pkl": tensor_pkl((2, 3), (3, 1)), "x/data/0": bytes(24), "x/z": b""}))
    at = entry_of(bytes(raw), name)
    raw[at + 20 : at + 28] = struct.pack("<2I", size, size)
    return bytes(raw)


def folder_with_content() -> bytes:
    """A storage that the directory calls a folder: torch hands out memory that was never written."""
    raw = bytearray(GOOD)
    raw[entry_of(GOOD, "archive/data/0") + 38] = 0x10
    return bytes(raw)


def twice() -> bytes:
    return zipped({"x/data.pkl": b"\x80\x02}.", "x/data.pkk": b"\x80\x02]."}).replace(b"x/data.pkk", b"x/data.pkl")


def many_members() -> bytes:
    raw = bytearray(GOOD)
    at = raw.rfind(b"PK\x06\x06")
    raw[at + 24 : at + 40] = struct.pack("<2Q", 1 << 40, 1 << 40)
    return bytes(raw)


TORCH: dict[str, Callable[[], bytes]] = {
    "zip bomb": lambda: zipped(
        {"x/data.pkl": b"\x80\x02}.", "x/data/0": bytes(50_000_000)}, compression=zipfile.ZIP_DEFLATED
    ),
    "compressed pickle": lambda: zipped({"x/data.pkl": b"\x80\x02}."}, compression=zipfile.ZIP_BZIP2),
    "overlapping members": overlapping,
    "a member twice": twice,
    "a member too large": lambda: resized("x/data/0", 10_000_000),
    "a member of another size": lambda: resized("x/data/0", 20),
    "two folders": lambda: zipped({"x/data.pkl": b"\x80\x02}.", "y/data.pkl": b"\x80\x02}."}),
    "a member outside": lambda: zipped({"x/data.pkl": b"\x80\x02}.", "../evil": b"x"}),
    "a folder with content": folder_with_content,
    "no storage": lambda: zipped({"x/data.pkl": tensor_pkl((2, 3), (3, 1))}),
    "TorchScript": lambda: zipped({"x/data.pkl": b"\x80\x02}.", "x/constants.pkl": b"\x80\x02)."}),
    "TorchScript code": lambda: zipped({"x/data.pkl": b"\x80\x02}.", "x/code/a.py": b"pass"}),
    "byte order": lambda: zipped({"x/data.pkl": b"\x80\x02}.", "x/byteorder": b"middle"}),
    "countless members": many_members,
    "local name differs": lambda: patched(b"archive/data/0", b"archive/data/7"),
    "no directory": lambda: GOOD[: GOOD.rfind(b"PK\x05\x06")],
    "half": lambda: GOOD[: len(GOOD) // 2],
    "tar": lambda: b"storages".ljust(257, b"\0") + b"ustar\x0000" + bytes(1000),
    "past the end": lambda: data_pkl(tensor_pkl((2, 3), (3, 1), offset=1)),
    "far past the end": lambda: data_pkl(tensor_pkl((1,), (1,), offset=FAR)),
    "negative offset": lambda: data_pkl(tensor_pkl((1,), (1,), offset=-1)),
    "negative stride": lambda: data_pkl(tensor_pkl((2,), (-1,), offset=1)),
    "negative size": lambda: data_pkl(tensor_pkl((-1,), (1,))),
    "huge size": lambda: data_pkl(tensor_pkl((2**62, 2**62), (0, 0))),
    "overflow": lambda: data_pkl(tensor_pkl((2**32, 2**32 + 1), (1, 1))),
    "wrapping stride": lambda: data_pkl(tensor_pkl((3,), (2**63 - 1,))),
    "100 GB": lambda: data_pkl(tensor_pkl((FAR // 4,), (1,))),
    "100 GB in a storage": lambda: data_pkl(tensor_pkl((FAR // 4,), (1,), count=FAR // 4)),
    "stride without size": lambda: data_pkl(tensor_pkl((2, 3), (1,))),
    "size is a text": lambda: data_pkl(tensor_pkl(("a",), (1,))),
    "size is true": lambda: data_pkl(tensor_pkl((True,), (1,))),
    "offset is a float": lambda: data_pkl(tensor_pkl((1,), (1,), offset=0.0)),
    "unknown storage": lambda: data_pkl(tensor_pkl((1,), (1,), storage="EvilStorage")),
    "1000 dimensions": lambda: data_pkl(tensor_pkl((1,) * 1000, (1,) * 1000)),
    "100 GB in the plain form": lambda: plain_form({"a": torch.ones(3)}).replace(b"K\x03Nt", b"\x8a\x05\0\0\0\0\x17Nt"),
    "plain form, cut": lambda: plain_form(W)[:-1],
}


def deep(opening: bytes, closing: bytes, levels: int) -> bytes:
    return b"\x80\x04" + opening * levels + b"N" + closing * levels + b"."


def lists_of_lists() -> bytes:
    """A list twice in a list, twice in a list …: 2 to the 60 values, each thing small."""
    return b"\x80\x02]q\x00" + b"".join(b"](h%ch%ceq%c" % (i, i, i + 1) for i in range(60)) + b"."


PICKLES: dict[str, Callable[[], bytes]] = {
    "deep lists": lambda: deep(b"]", b"a", 400_000)[:-1] + b".",
    "deep tuples": lambda: deep(b"", b"\x85", 1_000_000),
    "deep marks": lambda: deep(b"(", b"t", 100_000),
    "deep reduces": lambda: deep(b"cx\ny\n", b"\x85R", 10_000),
    "many empty sets": lambda: b"\x80\x04(" + b"\x8f" * 3_000_000 + b"l.",
    "many empty lists": lambda: b"\x80\x04(" + b"]" * 1_400_000 + b"l.",
    "many numbers": lambda: b"\x80\x04(" + b"J\x01\x02\x03\x04" * 1_400_000 + b"l.",
    "many numbers, twice": lambda: b"\x80\x04(" + b"J\x01\x02\x03\x04" * 5_000_000 + b"l.",
    "much memory of the memo": lambda: b"\x80\x04" + b"N\x940" * 1_000_000 + b"N.",
    "a text of 4 GB": lambda: b"\x80\x04X\xff\xff\xff\xffabc.",
    "a text of 2 to the 63": lambda: b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7fabc.",
    "a wide text": lambda: b"\x80\x04\x8d" + struct.pack("<Q", 4 << 23) + "😀".encode().ljust(4 << 23, b"a") + b".",
    "a number of a megabyte": lambda: b"\x80\x04\x8b\x00\x00\x10\x00" + b"\x01" * (1 << 20) + b".",
    "a number of many digits": lambda: b"\x80\x02L" + b"9" * 50_000 + b"L\n.",
    "a line without end": lambda: b"\x80\x02S'" + b"a" * 5_000_000,
    "a copied list": lambda: b"\x80\x02(" + b"K\x01" * 500_000 + b"lq\x00("
    + b"cbuiltins\nset\nh\x00\x85R" * 50_000 + b"l.",
    "a copied text": lambda: b"\x80\x02X\x00\x00\x10\x00" + b"a" * (1 << 20) + b"q\x00("
    + b"c_codecs\nencode\n(h\x00X\x06\x00\x00\x00latin1tR" * 10_000 + b"l.",
    "a joined path": lambda: b"\x80\x02X\x00\x00\x10\x00" + b"a" * (1 << 20) + b"q\x00(cpathlib\nPosixPath\n("
    + b"h\x00" * 100_000 + b"tRl.",
    "colliding keys": lambda: b"\x80\x02}("
    + b"".join(b"\x8a\x0a" + (k * (2**61 - 1)).to_bytes(10, "little") + b"N" for k in range(1, 100_000)) + b"u.",
    "colliding keys in a set": lambda: b"\x80\x04\x8f("
    + b"".join(b"\x8a\x0a" + (k * (2**61 - 1)).to_bytes(10, "little") for k in range(1, 100_000)) + b"\x90.",
    "a bytearray of 100 GB": lambda: b"\x80\x02cbuiltins\nbytearray\n\x8a\x05\x00\x00\x00\x00\x17\x85R.",
    "an array of 100 GB": lambda: b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n"
    b"(cnumpy\nndarray\nK\x00\x85C\x01btR(K\x01\x8a\x05\x00\x00\x00\x00\x17\x85cnumpy\ndtype\nX\x02\x00\x00\x00f8\x85R\x89C\x01atb.",
    "buffers": lambda: b"\x80\x05\x97.",
    "protocol 6": lambda: b"\x80\x06N.",
    "nothing on the stack": lambda: b"\x80\x02.",
    "popped too often": lambda: b"\x80\x02N000.",
    "unknown instruction": lambda: b"\x80\x02\xff.",
    "unknown memory": lambda: b"\x80\x02h\x07.",
    "no end": lambda: b"\x80\x02N",
    "names that grow": lambda: b"\x80\x02X\x00\x00\x10\x00" + b"a" * (1 << 20) + b"q\x000"
    + b"}h\x00" * 100 + b"N" + b"s" * 100 + b".",
    "2 to the 60 values": lists_of_lists,
    "one key many times, in many places": lambda: b"\x80\x02}q\x00(" + b"K\x01N" * 300_000 + b"u("
    + b"h\x00" * 300_000 + b"l.",
    "one state of many objects": lambda: b"\x80\x02}q\x00(" + b"X\x01\x00\x00\x00_N" * 200_000
    + b"ucx\ny\nq\x01(" + b"h\x01)Rh\x00b" * 100_000 + b"l.",
    "one hidden state of many": lambda: b"\x80\x02}q\x00(" + b"X\x0b\x00\x00\x00_parametersN" * 200_000
    + b"ucx\ny\nq\x01(" + b"h\x01)Rh\x00b" * 100_000 + b"l.",
    "calls of calls": lambda: b"\x80\x02cx\ny\n" + b")R" * 600_000 + b".",
    "a name of a megabyte": lambda: b"\x80\x04X\x00\x00\x10\x00" + b"a" * (1 << 20) + b"\x94h\x00\x93\x94("
    + b"h\x01)R" * 300_000 + b"l.",
    "keys of long texts": lambda: b"\x80\x02X\x00\x00\x10\x00" + b"a" * (1 << 20) + b"q\x00h\x00h\x00h\x00\x87q\x01}("
    + b"h\x01N" * 400_000 + b"u.",
}  # fmt: skip
HARMLESS = {"many numbers", "a bytearray of 100 GB", "names that grow", "colliding keys", "colliding keys in a set",
    "keys of long texts"}

SAFE: dict[str, Callable[[], bytes]] = {
    "header past the end": lambda: (1 << 20).to_bytes(8, "little") + b"{}",
    "header of 2 to the 47": lambda: (1 << 47).to_bytes(8, "little") + b"{}" + bytes(100),
    "gap": lambda: safe({"a": described([1], 0, 4), "b": described([1], 8, 12)}, bytes(12)),
    "overlap": lambda: safe({"a": described([2], 0, 8), "b": described([1], 4, 8)}, bytes(8)),
    "past the end": lambda: safe({"a": described([2], 0, 8)}, bytes(4)),
    "more data": lambda: safe({"a": described([1], 0, 4)}, bytes(8)),
    "100 GB": lambda: safe({"a": described([FAR // 4], 0, FAR)}, bytes(4)),
    "overflow": lambda: safe({"a": described([2**32, 2**32], 0, 0)}),
    "long overflow": lambda: safe({"a": described([2**62] * 40, 0, 0)}),
    "wrong size": lambda: safe({"a": described([3], 0, 8)}, bytes(8)),
    "negative": lambda: safe({"a": described([-1], 0, 4)}, bytes(4)),
    "backwards": lambda: safe({"a": described([1], 4, 0)}, bytes(4)),
    "float": lambda: safe({"a": described([1.0], 0, 4)}, bytes(4)),  # type: ignore[list-item]
    "unknown dtype": lambda: safe({"a": described([1], 0, 4, "F99")}, bytes(4)),
    "twice": lambda: safe(None, bytes(4), b'{"a":%b,"a":%b}' % ((json.dumps(described([1], 0, 4)).encode(),) * 2)),
    "field twice": lambda: safe(None, bytes(4), b'{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}'),
    "field missing": lambda: safe({"a": {"dtype": "F32", "shape": [1]}}, bytes(4)),
    "control characters": lambda: safe({"a\nb": described([1], 0, 4)}, bytes(4)),
    "lone surrogate": lambda: safe({"a\ud800": described([1], 0, 4)}, bytes(4)),
    "no JSON": lambda: safe(None, b"", b"{" + b"x" * 40),
    "deep": lambda: safe(None, b"", b'{"a":' + b"[" * 1_000_000),
    "a list of metadata": lambda: safe({"__metadata__": ["x"]}),
    "metadata of numbers": lambda: safe({"__metadata__": {"x": 1}}),
    "no end of a text": lambda: safe(None, b"", b'{"' + b"\\a" * 1_000_000),
    "trailing": lambda: safe(None, b"", b"{}{}"),
    "a note of 90 MB": lambda: safe({"__metadata__": {"x": "a" * 90_000_000}}),
    "300,000 tensors": lambda: safe({f"t{number}": described([0], 0, 0) for number in range(300_000)}),
    "a name of a megabyte": lambda: safe({"a" * (1 << 20): described([0], 0, 0)}),
}


def judged(files: dict[str, bytes], folder: Path) -> dict[str, dict[str, object]]:
    """Each file opened in a process of little memory; fails when one of them takes it down or too long."""
    (folder / "files").mkdir()
    for name, raw in files.items():
        (folder / "files" / name).write_bytes(raw)
    (folder / "good").write_bytes(GOOD)
    command = [sys.executable, "-m", "tests.analysis.reading.limited", str(folder / "files"), str(folder / "good")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    told: dict[str, dict[str, object]] = json.loads(run.stdout)
    assert {name: entry["seconds"] for name, entry in told.items() if float(str(entry["seconds"])) > SECONDS} == {}
    refusals = [str(entry["refusal"]) for entry in told.values() if entry["refusal"]]
    assert [fault(refusal) for refusal in refusals if fault(refusal)] == []
    return told


@pytest.mark.parametrize("group", [TORCH, SAFE], ids=["torch", "safetensors"])
def test_that_a_hostile_file_is_refused(group: dict[str, Callable[[], bytes]], tmp_path: Path) -> None:
    told = judged({name: make() for name, make in group.items()}, tmp_path)
    assert [name for name, entry in told.items() if not entry["refusal"]] == []
    assert [name for name, entry in told.items() if entry["opens"]] == []


def test_that_a_hostile_pickle_ends_soon(tmp_path: Path) -> None:
    told = judged({name: make() for name, make in PICKLES.items()}, tmp_path)
    assert {name for name, entry in told.items() if not entry["refusal"]} == HARMLESS


def test_that_the_makers_of_hostile_files_can_make_good_ones(tmp_path: Path) -> None:
    """Each refusal above is for the one thing that was changed."""
    good = {
        "torch": data_pkl(tensor_pkl((2, 3), (3, 1))),
        "safe": safe({"__metadata__": {"x": "y"}, "w": described([2, 3], 0, 24)}, bytes(24)),
        "spaced": safe(None, bytes(4), b'{ "w" : {"shape" : [ 1 ] ,\n"data_offsets":[0,4], "dtype":"F32"} }   '),
        "blank": safe(None, bytes(4), b'{"w":{"shape":[1],"data_offsets":[0,4],"dtype":"F32"}}' + b" " * 90_000_000),
        "size": resized("x/data/0", 24),
    }
    for name, raw in good.items():
        (tmp_path / name).write_bytes(raw)
        with open_file(tmp_path / name) as opened:
            assert opened.tensor("w").count_nonzero() == 0


@pytest.mark.parametrize(("raw", "match"), [(b"", "is empty"), (b"x" * 90, "is not a checkpoint"), (b"PK", "damaged")])
def test_that_a_file_of_another_kind_is_told(raw: bytes, match: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(raw)
    with pytest.raises(UserError, match=match):
        open_file(tmp_path / "x")


def test_that_every_beginning_of_a_file_is_refused_or_lacks_nothing(tmp_path: Path) -> None:
    for raw in (GOOD, plain_form(W), safe({"a": described([2, 3], 0, 24)}, bytes(24))):
        for size in [*range(0, len(raw), 11), *range(len(raw) - 40, len(raw))]:
            (tmp_path / "x").write_bytes(raw[:size])
            with pytest.raises(UserError) as told:
                open_file(tmp_path / "x")
            assert fault(str(told.value)) == ""
