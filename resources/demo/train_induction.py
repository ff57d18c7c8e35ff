"""Train the textbook demo: a small rotary, attention-only model that must copy what it has seen.

    python -m resources.demo.train_induction [--out FILE.safetensors] [--steps 3000] [--seed 0]

About six minutes on one CPU core. Every sequence is random tokens up to a random place, then a random piece that comes
again and again: where and how long the repeats are varies, so that no fixed distance can be learned and the only way
to predict a repeat is to find what followed the last time. The figures that the demo is shipped for are checked at
the end, and the file is written only when they are reached.
"""

import argparse
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from analysis.loading.formats.native import save_native
from analysis.measures.scoring import Scoring
from analysis.model.model import Config, Model
from analysis.model.transformer import forward, unembed
from analysis.model.vocabulary import plain
from analysis.plugins import discover
from analysis.values import ScoreTable
from analysis.values.work import finish

from .training import Trained, optimizing

BOS = 0
CONFIG = Config(
    n_layers=2, n_heads=8, n_kv_heads=8, d_model=128, d_head=16, d_vocab=128, n_ctx=512, positions="rotary",
    rotary_dim=16,
)  # fmt: skip
LENGTH = 128


def batch(size: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens [size, LENGTH] that begin with BOS, and which of them are a repeat (and so can be predicted)."""
    tokens = torch.randint(1, CONFIG.d_vocab, (size, LENGTH), generator=generator)
    known = torch.zeros(size, LENGTH, dtype=torch.bool)
    tokens[:, 0] = BOS
    for row in range(size):
        start = 1 + int(torch.randint(0, 40, (1,), generator=generator))
        # Mostly short pieces: dense repetition is what makes the circuit form early.
        longest = 56 if torch.rand(1, generator=generator) < 0.3 else 20
        period = 4 + int(torch.randint(0, longest, (1,), generator=generator))
        piece = tokens[row, start : start + period].clone()
        copies = -(-(LENGTH - start) // period)
        tokens[row, start:] = piece.repeat(copies)[: LENGTH - start]
        known[row, start + period + 1 :] = True
    return tokens, known


def loss_of(model: Model, tokens: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Mean loss of the repeats, and a tenth of that of everything else, which keeps unknown tokens uncertain."""
    run = finish(forward(model, tokens))
    logits = unembed(model, run.final)[:, :-1]
    each = F.cross_entropy(logits.transpose(1, 2), tokens[:, 1:], reduction="none")
    repeat = known[:, 1:]
    return each[repeat].mean() + 0.1 * each[~repeat].mean()


def train(n_steps: int, seed: int, size: int = 32) -> Model:
    generator = torch.Generator().manual_seed(seed)
    weights = Trained(CONFIG, generator)
    model = Model(CONFIG, weights, plain(CONFIG.d_vocab, BOS))
    optimizer, schedule = optimizing(weights, n_steps)
    began = time.monotonic()
    for step in range(n_steps):
        loss = loss_of(model, *batch(size, generator))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights.parameters().values(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 99:
            print(f"step {step + 1:5d}  loss {loss.item():.3f}  {time.monotonic() - began:.0f} s", flush=True)
    return model


def check(model: Model) -> ScoreTable:
    """Score the model as the program does, and say what was found."""
    prompts = {prompt.info.key: prompt for prompt in discover("prompts")}
    job = Scoring(model, discover("scores"), prompts)
    for _ in job.run():
        pass
    table = job.table()
    for key in ("previous", "induction", "stripe", "copying"):
        values = torch.from_numpy(table.values[key]["self"])
        layer, head = divmod(int(values.nan_to_num(-1).argmax()), CONFIG.n_heads)
        print(f"{key:10s} best L{layer}H{head}  {values.nan_to_num(-1).max():.3f}")
    print(f"loss on copy 1 {table.behaviour['first_loss']:.3f}, on copy 2 {table.behaviour['second_loss']:.3f}")
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "induction.safetensors")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    model = train(given.steps, given.seed)
    table = check(model)
    induction = float(table.values["induction"]["self"].max())
    if induction < 0.8 or table.behaviour["second_loss"] > table.behaviour["first_loss"] / 4:
        print("The figures are not reached: train longer or with another seed. Nothing was written.", file=sys.stderr)
        return 1
    assert isinstance(model.weights, Trained)
    save_native(
        {name: p.detach() for name, p in model.weights.parameters().items()}, CONFIG, given.out, torch.float16, bos=BOS
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
