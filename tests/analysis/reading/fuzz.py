"""Run as a program: mutates good files, opens them in little memory, and compares with other readers what opens.

Arguments: a seed, how many files, a folder to work in. Writes a line before each step, so that whoever started it knows
which file and which reader took the process down; ends with 1 and a reason at the first fault.
"""

from __future__ import annotations

import json
import pickletools
import random
import sys
import time
import warnings
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

from analysis.files.opened import Opened, open_file
from analysis.values import UserError

from .limited import SECONDS, confine, fault, read_all
from .making import plain_form, same, saved, tensors_in, zipped

BASE = torch.arange(24.0).reshape(4, 6)
CONTENT = {
    "model": {"a.weight": BASE, "a.part": BASE[1:3, 2:4], "t": BASE.T, "half": BASE[0].bfloat16()},
    "optimizer": {"state": {0: {"step": torch.tensor(3), "mask": torch.ones(3, dtype=torch.bool)}}, "lr": 0.1},
    "epoch": 3,
    "f8": BASE[1].to(torch.float8_e4m3fn),
}
EXTRAS = CONTENT | {"loss": np.float64(1), "args": {"path": Path("x"), "curve": np.arange(4), "names": [None, True]}}
FLAT = {f"layer.{n}.weight": torch.randn(3, 4, generator=torch.Generator().manual_seed(n)) for n in range(4)}
SAFE = safetensors.torch.save(FLAT | {"half": BASE[0].bfloat16(), "n": torch.arange(3)}, {"made": "here"})
ZIPS = [saved(CONTENT), saved(EXTRAS), saved(FLAT, pickle_protocol=4)]
PLAIN = [plain_form(CONTENT), plain_form(EXTRAS), plain_form(FLAT, pickle_protocol=4)]
_PLAIN_CODES = b"().0129NRabdehlotu]}\x81\x85\x86\x87\x88\x89\x8f\x91\x92\x93\x94"  # no arguments follow
EDGES = (0, 1, 2, 3, 127, 128, 254, 255)
Random = random.Random


def bytes_of(raw: bytes, rng: Random, low: int = 0, high: int | None = None) -> bytes:
    """A few changes of bytes between `low` and `high`."""
    changed = bytearray(raw)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(low, min(high or len(raw), len(changed)))
        match rng.randrange(6):
            case 0:
                changed[at] ^= 1 << rng.randrange(8)
            case 1:
                changed[at] = rng.choice(EDGES)
            case 2:
                changed[at : at + 4] = rng.choice((2**31, 2**32 - 1, 0, 1, 2**24)).to_bytes(4, "little")
            case 3:
                del changed[at : at + rng.randint(1, 8)]
            case 4:
                changed[at:at] = changed[at : at + rng.randint(1, 16)]
            case _:
                changed[at] = rng.randrange(256)
        if len(changed) <= low + 8:
            break
    return bytes(changed)


def instructions_of(pickled: bytes, rng: Random) -> bytes:
    """The pickle with some of its instructions dropped, doubled, swapped, or with other bytes in them."""
    starts = [position for _, _, position in pickletools.genops(pickled) if position is not None]
    parts = [pickled[a:b] for a, b in zip(starts, [*starts[1:], len(pickled)], strict=True)]
    for _ in range(rng.choice((1, 1, 2))):
        one, other = rng.randrange(len(parts)), rng.randrange(len(parts))
        match rng.randrange(5):
            case 0:
                del parts[one]
            case 1:
                parts[one], parts[other] = parts[other], parts[one]
            case 2:
                parts.insert(one, parts[other])
            case 3:
                parts[one] = parts[one][:1] + bytes(rng.choice((0, 1, 2, 3, 6, 24, 255)) for _ in parts[one][1:])
            case _:
                parts.insert(one, bytes([rng.choice(_PLAIN_CODES)]))
    return b"".join(parts)


def mutated_pickle(rng: Random) -> bytes:
    """An archive whose directory fits the pickle that was changed."""
    with zipfile.ZipFile(BytesIO(rng.choice(ZIPS))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = next(name for name in members if name.endswith("/data.pkl"))
    change = rng.choice((instructions_of, instructions_of, bytes_of))
    return zipped(members | {name: change(members[name], rng)})


def mutated_directory(rng: Random) -> bytes:
    raw = rng.choice(ZIPS)
    if rng.random() < 0.3:
        at = rng.choice([at for at in range(len(raw)) if raw[at : at + 4] == b"PK\x03\x04"])
        return bytes_of(raw, rng, at, at + 50)
    return bytes_of(raw, rng, raw.index(b"PK\x01\x02"))


def mutated_plain(rng: Random) -> bytes:
    raw = rng.choice(PLAIN)
    return bytes_of(raw, rng)


def mutated_header(rng: Random) -> bytes:
    """safetensors: bytes of the header, or one of its numbers and names, with its length put right."""
    size = int.from_bytes(SAFE[:8], "little")
    if rng.random() < 0.3:
        return bytes_of(SAFE, rng, 0, 8 + size)
    header = json.loads(SAFE[8 : 8 + size])
    one, other = (rng.choice([name for name in header if name != "__metadata__"]) for _ in range(2))
    match rng.randrange(5):
        case 0:
            header[one]["data_offsets"] = [rng.choice((0, -1, 48, 2**63, 1.5)), header[other]["data_offsets"][1]]
        case 1:
            header[one]["shape"] = rng.choice(([2**32, 2**32], [0], [], [4, 3], [12], [-3, -4], [True], "x"))
        case 2:
            header[one]["dtype"] = rng.choice(("F16", "I32", "BF16", "F8_E4M3", "X", 3))
        case 3:
            header[one], header[other] = header[other], header[one]
        case _:
            header[one]["data_offsets"] = header[other]["data_offsets"]
    text = bytes_of(json.dumps(header).encode(), rng) if rng.random() < 0.3 else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + SAFE[8 + size :]


MUTATIONS: tuple[Callable[[Random], bytes], ...] = (
    mutated_pickle,
    mutated_pickle,
    mutated_directory,
    mutated_plain,
    mutated_header,
    lambda rng: bytes_of(rng.choice((*ZIPS, *PLAIN, SAFE)), rng),
)


def independent(path: Path, raw: bytes) -> dict[str, torch.Tensor] | None:
    """The tensors by torch's or safetensors' own reader; None when it refuses."""
    try:
        if raw[8:9] == b"{":
            return safetensors.torch.load(raw)
        return tensors_in(torch.load(path, map_location="cpu", weights_only=True))
    except Exception:
        return None


def differing(opened: Opened, others: dict[str, torch.Tensor]) -> str:
    """The first tensor that the other reader has read differently; "" when there is none."""
    for name, tensor in others.items():
        if name + "#2" in opened.entries or "(" in name or tensor.layout != torch.strided:
            continue  # two of one name, or a key that is a tuple: the other reader's names are not ours
        try:
            if name not in opened.entries or not same(opened.tensor(name), tensor):
                return name
        except UserError:
            continue
    return ""


def judge(path: Path, raw: bytes) -> tuple[str, str]:
    """(what is wrong, how it ended: "refused", "opened" or "compared")."""
    start = time.process_time()
    try:
        opened = open_file(path)
        refusal = read_all(opened)
    except UserError as error:
        opened, refusal = None, str(error)
    seconds = time.process_time() - start
    if seconds > SECONDS:
        return f"took {seconds:.1f} s", ""
    if refusal and fault(refusal):
        return fault(refusal), ""
    if opened is None:
        return "", "refused"
    with opened:
        print("independent", flush=True)
        others = independent(path, raw)
        name = differing(opened, others) if others is not None else ""
    return (f"the tensor {name!r} differs" if name else ""), "opened" if others is None else "compared"


def main(seed: int, count: int, folder: Path) -> int:
    warnings.simplefilter("ignore")
    counts = {"refused": 0, "opened": 0, "compared": 0}
    path = folder / f"fuzzed-{seed}"
    for raw in (ZIPS[1], PLAIN[1], SAFE):
        path.write_bytes(raw)
        open_file(path).close()
    confine()
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        raw = rng.choice(MUTATIONS)(rng)
        path.write_bytes(raw)
        print(f"file {number}", flush=True)
        wrong, ending = judge(path, raw)
        if wrong:
            print(f"seed {seed}, file {number}: {wrong}", file=sys.stderr)
            return 1
        counts[ending] += 1
    print(json.dumps(counts))
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
