"""How often the answer says anything of models that learned nothing.

    python -m tests.bench.random_models [--each 30] [--samples 32]

Ten shapes, so many seeds of each: learned and rotary positions, sharp softmax, heavy tails, with and without MLPs.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import torch

from analysis.model.model import Config, Model
from analysis.values.work import finish
from analysis.verdict.induction.answer import answer
from analysis.verdict.trials.trial import Asked
from analysis.verdict.wording.facts import Answer
from tests.analysis.handmade import model_of

BASE = Config(n_layers=2, n_heads=4, n_kv_heads=4, d_model=32, d_head=8, d_vocab=60, n_ctx=128)
ROTARY = replace(BASE, positions="rotary", norm="rms")


@dataclass(frozen=True)
class Shape:
    config: Config
    gain: float = 1.0
    """Of every matrix, beside what keeps the size of what passes through it."""
    freedom: float = 0.0
    """Degrees of freedom of Student's t that weights are drawn from; 0: normal."""


SHAPES = {
    "learned": Shape(BASE), "rotary": Shape(ROTARY), "no norm": Shape(replace(BASE, norm="none"), 0.5),
    "sharp learned": Shape(BASE, 4.0), "sharp rotary": Shape(ROTARY, 4.0),
    "heavy learned": Shape(BASE, 1.0, 2.5), "heavy rotary": Shape(replace(BASE, positions="rotary"), 1.0, 2.5),
    "deep with MLPs": Shape(replace(BASE, n_layers=4, d_mlp=64)),
    "grouped and gated": Shape(replace(ROTARY, d_model=96, d_head=12, n_heads=8, n_kv_heads=2, d_mlp=128, gated=True,
                                       activation="silu"), 1.5),
    "wide": Shape(replace(BASE, n_layers=1, n_heads=16, n_kv_heads=16, d_head=16, d_vocab=300, n_ctx=256), 2.0),
}  # fmt: skip


def made(name: str, seed: int) -> Model:
    """One model of a shape."""
    shape, draw = SHAPES[name], np.random.default_rng([seed, list(SHAPES).index(name)])
    tensors = {}
    for key, size in shape.config.required().items():
        embeds = key in ("embed.W_E", "pos.W_pos")
        values = draw.standard_t(shape.freedom, size) if shape.freedom else draw.standard_normal(size)
        spread = 1.0 if embeds else shape.gain / np.sqrt(size[-2] if len(size) > 1 else 1)
        tensors[key] = torch.ones(size) if key.endswith(".w") else torch.from_numpy(values * spread).float()
    return model_of(shape.config, tensors)


def said(found: Answer) -> set[str]:
    """What an answer claims: words of heads, and "copies"."""
    words = {word for facts in found.heads.values() for word in facts.words if word != "none"}
    return words | ({"copies"} if found.copies.copies else set())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=30)
    parser.add_argument("--samples", type=int, default=32)
    asked = parser.parse_args()
    total, any_word = Counter[str](), 0
    for name in SHAPES:
        here = Counter[str]()
        for seed in range(asked.each):
            claims = said(finish(answer(made(name, seed), Asked(samples=asked.samples))))
            here.update(claims)
            any_word += bool(claims)
        total.update(here)
        print(f"{name}: {dict(here) or 'nothing'}", flush=True)
    count = asked.each * len(SHAPES)
    print(f"{any_word} of {count} models are told anything ({any_word / count:.1%}): {dict(total)}")


if __name__ == "__main__":
    main()
