"""The trained models: how each was trained, and reading them again. Trains one with

    python -m tests.zoo.trained NAME --out FILE

which writes a checkpoint as it goes, goes on from it when it is there, and compresses the end result.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load

from analysis.loading.formats.native import save_native
from analysis.model.model import Config, Model
from analysis.model.transformer import forward
from analysis.model.vocabulary import plain
from analysis.values.work import finish
from tests.analysis.handmade import model_of
from tests.zoo import tasks
from tests.zoo.truth import Truth

DATA = Path(__file__).parents[1] / "data" / "zoo"


@dataclass(frozen=True)
class Recipe:
    draw: tasks.Draw
    config: Config
    steps: int = 1800
    rate: float = 3e-3
    seed: int = 0
    batch: int = 64


def _config(**more: Any) -> Config:
    sizes: dict[str, Any] = {"n_layers": 2, "n_heads": 4, "d_model": 64, "d_vocab": 48, "n_ctx": 96} | more
    d_head = sizes["d_model"] // sizes["n_heads"]
    if sizes.get("positions") == "rotary":
        sizes |= {"rotary_dim": d_head}
    return Config(**{"d_head": d_head, "n_kv_heads": sizes["n_heads"]} | sizes)


ROTARY: dict[str, Any] = {"positions": "rotary"}
RECIPES = {
    "content_learned": Recipe(tasks.rotated, _config()),
    "content_rotary": Recipe(tasks.rotated, _config(**ROTARY, d_vocab=40), seed=1),
    "content_mlp": Recipe(tasks.rotated, _config(d_mlp=64), seed=2),
    "content_rotary_gated": Recipe(
        tasks.gaps, _config(**ROTARY, n_layers=3, d_mlp=64, norm="rms", gated=True, activation="silu"), seed=3
    ),
    "content_eight_heads": Recipe(tasks.periods, _config(n_heads=8, d_vocab=64), seed=4),
    "content_grouped": Recipe(tasks.rotated, _config(**ROTARY, n_heads=8, n_kv_heads=2, n_layers=3), seed=5),
    "fixed_learned": Recipe(tasks.fixed, _config(), 1000, seed=6),
    "fixed_rotary": Recipe(tasks.fixed, _config(**ROTARY, n_layers=3), 1000, seed=7),
    "window_rotary": Recipe(tasks.short, _config(**ROTARY, windows=(0, 24), d_vocab=32), seed=8),
    "bigrams": Recipe(tasks.bigrams, _config(d_mlp=64, d_vocab=32), 800, seed=9),
    "no_repeats": Recipe(tasks.no_repeats, _config(d_vocab=64, n_ctx=64), 800, seed=10),
    "same_set": Recipe(tasks.same_set, _config(**ROTARY, d_vocab=64), 1000, seed=11),
}


def train(name: str, out: Path) -> None:
    """Cross-entropy of every next token, by Adam; prints the loss of the last quarter of the tokens."""
    recipe = RECIPES[name]
    torch.manual_seed(recipe.seed)
    tensors = _fresh(recipe.config)
    model = model_of(recipe.config, tensors, plain(recipe.config.d_vocab, 0))
    adam = torch.optim.Adam(tensors.values(), lr=recipe.rate, betas=(0.9, 0.98))
    resume, first = out.with_suffix(".resume"), 0
    if resume.is_file():
        first, held, state = torch.load(resume)
        for key, tensor in tensors.items():
            tensor.data.copy_(held[key])
        adam.load_state_dict(state)
    start = time.monotonic()
    for step in range(first, recipe.steps):
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
        tokens = recipe.draw(recipe.batch, recipe.config.n_ctx, recipe.config.d_vocab, generator)
        for group in adam.param_groups:
            group["lr"] = recipe.rate * _warmth(step, recipe.steps)
        logits = finish(forward(model, tokens)).logits[:, :-1]
        losses = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), reduction="none")
        adam.zero_grad()
        losses.mean().backward()
        torch.nn.utils.clip_grad_norm_(tensors.values(), 1.0)
        adam.step()
        if step % 100 == 99:
            last = losses.detach().view(len(tokens), -1)[:, -len(tokens[0]) // 4 :].mean()
            print(f"{name} {step + 1}: {float(last):.3f} ({time.monotonic() - start:.0f} s)", flush=True)
            torch.save((step + 1, dict(tensors), adam.state_dict()), resume)
    _save(tensors, recipe.config, out)


def _fresh(config: Config) -> dict[str, torch.Tensor]:
    """Weights as usual: norms that do nothing, the rest random."""
    tensors = {}
    for key, shape in config.required().items():
        fan_in = shape[-2] if len(shape) > 1 else 1
        spread = 0.3 if key in ("embed.W_E", "pos.W_pos") else 1 / math.sqrt(fan_in)
        if key.endswith(".W_O"):
            spread = 1 / math.sqrt(config.d_model)
        made = torch.ones(shape) if key.endswith(".w") else torch.randn(shape) * spread
        tensors[key] = made.requires_grad_()
    return tensors


def _warmth(step: int, steps: int) -> float:
    """Of the rate: rises for 100 steps, falls to a tenth along a cosine."""
    return min(1.0, step / 100) * (0.55 + 0.45 * math.cos(math.pi * step / steps))


def _save(tensors: dict[str, torch.Tensor], config: Config, out: Path) -> None:
    raw = out.with_suffix(".raw")
    save_native(tensors, config, raw, torch.float16, bos=0)
    out.write_bytes(lzma.compress(raw.read_bytes(), preset=9 | lzma.PRESET_EXTREME))
    raw.unlink()


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
    train(asked.name, asked.out)


if __name__ == "__main__":
    main()
