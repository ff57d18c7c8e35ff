"""Training of the zoo's models: plain Adam through the program's own decoder."""

from __future__ import annotations

import lzma
import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

from analysis.loading.formats.native import save_native
from analysis.model.model import Config
from analysis.model.transformer import forward
from analysis.model.vocabulary import plain
from analysis.values.work import finish
from tests.analysis.handmade import model_of
from tests.zoo.learning import sequences


@dataclass(frozen=True)
class Recipe:
    draw: sequences.Draw
    config: Config
    steps: int = 1800
    rate: float = 3e-3
    seed: int = 0
    batch: int = 64


def train(recipe: Recipe, out: Path) -> None:
    """Cross-entropy of every next token; prints the loss of the last quarter of the tokens.

    Writes where it is beside `out` as it goes, and goes on from there when it is started again.
    """
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
            print(f"{step + 1}: {float(last):.3f} ({time.monotonic() - start:.0f} s)", flush=True)
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
