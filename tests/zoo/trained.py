"""The trained models: how each was trained, and reading them again. Trains one with

    python -m tests.zoo.trained NAME --out FILE

which writes a checkpoint as it goes, goes on from it when it is there, and compresses the end result.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load

from analysis.model.model import Config, Model
from analysis.model.vocabulary import plain
from tests.analysis.handmade import model_of
from tests.zoo.learning import sequences
from tests.zoo.learning.training import Recipe, train
from tests.zoo.truth import Truth

DATA = Path(__file__).parents[1] / "data" / "zoo"


def _config(**more: Any) -> Config:
    sizes: dict[str, Any] = {"n_layers": 2, "n_heads": 4, "d_model": 64, "d_vocab": 48, "n_ctx": 96} | more
    d_head = sizes["d_model"] // sizes["n_heads"]
    if sizes.get("positions") == "rotary":
        sizes |= {"rotary_dim": d_head}
    return Config(**{"d_head": d_head, "n_kv_heads": sizes["n_heads"]} | sizes)


ROTARY: dict[str, Any] = {"positions": "rotary"}
RECIPES = {
    "content_learned": Recipe(sequences.rotated, _config()),
    "content_rotary": Recipe(sequences.rotated, _config(**ROTARY, d_vocab=40), seed=1),
    "content_mlp": Recipe(sequences.rotated, _config(d_mlp=64), 1400, seed=2),
    "content_rotary_gated": Recipe(
        sequences.gaps, _config(**ROTARY, n_layers=3, d_mlp=64, norm="rms", gated=True, activation="silu"), seed=3
    ),
    "content_eight_heads": Recipe(sequences.periods, _config(n_heads=8, d_vocab=64), seed=4),
    "content_grouped": Recipe(sequences.rotated, _config(**ROTARY, n_heads=8, n_kv_heads=2, n_layers=3), seed=5),
    "fixed_learned": Recipe(sequences.fixed, _config(), 1000, seed=6),
    "fixed_rotary": Recipe(sequences.fixed, _config(**ROTARY, n_layers=3), 1000, seed=7),
    "window_set_learned": Recipe(sequences.rotated, _config(windows=(0, 32)), 1000),
    "window_set": Recipe(sequences.short, _config(**ROTARY, windows=(0, 24), d_vocab=32), seed=8),
    "bigrams": Recipe(sequences.bigrams, _config(d_mlp=64, d_vocab=32), 800, seed=9),
    "no_repeats": Recipe(sequences.no_repeats, _config(d_vocab=64, n_ctx=64), 800, seed=10),
    "quotes": Recipe(sequences.quotes, _config(d_mlp=64, d_vocab=40), 1100, seed=13),
    "same_set": Recipe(sequences.same_set, _config(**ROTARY, d_vocab=64), 1000, seed=11),
}


def read(file: Path) -> Model:
    data = lzma.decompress(file.read_bytes())
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    told = json.loads(header["__metadata__"]["headscope"])
    known = {item.name for item in fields(Config)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in told.items() if key in known
    }
    config = Config(**values)
    tensors = {key: tensor.float() for key, tensor in load(data).items()}
    model = model_of(config, tensors, plain(config.d_vocab, 0))
    model.name = file.name.split(".")[0]
    return model


def _entry(name: str) -> tuple[Model, Truth]:
    told = json.loads((DATA / "truth.json").read_text())[name]
    for key in ("induction", "circuit", "unclear", "not_"):
        told[key] = tuple(told.get(key, ()))
    told["groups"] = tuple(map(tuple, told.get("groups", ())))
    for key in ("words", "offsets"):
        told[key] = {head: tuple(value) for head, value in told.get(key, {}).items()}
    told["lengths"] = tuple(told["lengths"]) if told.get("lengths") else None
    return read(DATA / f"{name}.safetensors.xz"), Truth(name=name, **told)


def trained() -> dict[str, Callable[[], tuple[Model, Truth]]]:
    names = json.loads((DATA / "truth.json").read_text())
    return {name: partial(_entry, name) for name in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    train(RECIPES[asked.name], asked.out)


if __name__ == "__main__":
    main()
