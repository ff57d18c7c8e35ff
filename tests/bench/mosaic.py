"""The mosaic of all heads against one full forward pass a head, on a model of 12 layers and 12 heads.

    python -m tests.bench.mosaic [--threads N] [--turns N]

Prints, for a narrow model with a long prompt (the shape of the handwriting models) and for a wide one (GPT-2 small's),
the time of the mosaic as a ratio to two baselines, taken in turns in one run: the canonical pass with the head's output
zeroed, on all samples at once, one head after another; and the plain float64 decoder of the tests, whose agreement with
the mosaic tests/analysis/causal asserts (one head and sample, scaled up: it is slow). Heads are thinned out evenly.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import torch

from analysis.causal.effects import effects
from analysis.causal.interventions import Ablate, Experiment
from analysis.model.model import Config, Model
from analysis.model.transformer import forward
from analysis.prompts.prompt import Prompt
from analysis.values import HeadId
from analysis.values.work import finish
from tests.analysis.causal.slow import Slow
from tests.analysis.handmade import random_model

SHAPES = {
    "narrow, 400 tokens": (Config(12, 12, 192, 16, 400, 1024, 12, d_mlp=768), 2, 200),
    "wide, 128 tokens": (Config(12, 12, 768, 64, 1000, 256, 12, d_mlp=3072), 2, 64),
}
EVERY = 6
"""One head in so many, spread over all layers alike."""


def canonical(model: Model, prompt: Prompt, heads: Sequence[HeadId]) -> None:
    """One full pass a head, and its losses."""
    for head in heads:
        def without(site: str, layer: int, tensor: torch.Tensor, head: HeadId = head) -> torch.Tensor:
            if site == "z" and layer == head.layer:
                tensor = tensor.clone()
                tensor[:, head.index] = 0
            return tensor

        finish(finish(forward(model, prompt.tokens, edit=without)).losses())


def mosaic(model: Model, prompt: Prompt, heads: Sequence[HeadId]) -> None:
    for _ in effects(model, prompt, [Experiment((Ablate(head),)) for head in heads]):
        pass


def plain(model: Model, prompt: Prompt, head: HeadId) -> None:
    """The slow reference for one head and one sample."""
    row = prompt.tokens[0].tolist()
    zero = torch.zeros(len(row), model.config.d_head).double().numpy()
    Slow(model, Experiment((Ablate(head),)), {str(head): zero}).losses(row)


def seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(name: str, turns: int) -> None:
    config, samples, length = SHAPES[name]
    model = random_model(config, spread=0.02)
    piece = torch.randint(0, config.d_vocab, (samples, length), generator=torch.Generator().manual_seed(0))
    prompt = Prompt(piece.repeat(1, 2), None, "random", length, 0)
    heads = model.heads[::EVERY]
    canonical(model, prompt, heads[:1])
    pairs = [(seconds(lambda: mosaic(model, prompt, heads)), seconds(lambda: canonical(model, prompt, heads)))
             for _ in range(turns)]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours = statistics.median(ours for ours, _ in pairs)
    print(f"{name}: mosaic {ours:.1f} s for {len(heads)} heads; {ratio:.2f} of a canonical pass a head "
          f"(median of {turns} turns)", flush=True)
    slow = seconds(lambda: plain(model, prompt, heads[0])) * samples * len(heads)
    print(f"    {ours / slow:.3f} of a plain pass a head", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--turns", type=int, default=5)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    for name in SHAPES:
        compare(name, given.turns)


if __name__ == "__main__":
    main()
