"""Train the handwriting demo: a small cursive-architecture model that must look back to draw a letter again.

    python -m resources.demo.train_handwriting [--out FILE.safetensors] [--steps 900] [--seed 1]

About three minutes on one CPU core; needs the package Hershey-Fonts (`pip install ".[demo]"`). First random strokes
that come again and again, in pieces of every length; then written letters too. What makes the circuit form within
minutes is where training starts: positions are sinusoids in dimensions that tokens do not use, and three heads begin
as heads that look a fixed number of tokens back (L0H0 one, L0H1 three, L1H1 one). L1H0 begins at random; that it
becomes an induction head is learned. With other seeds it may come to look a token past the one that follows, which is
induction too but not by the usual score. The figures that the demo is shipped for are checked at the end, and the
files are written only when they are reached.
"""

import argparse
import json
import math
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from analysis.loading.formats.native import save_native
from analysis.measures.scoring import Scoring
from analysis.model.model import Config, Model
from analysis.model.transformer import Edit, forward, unembed
from analysis.model.vocabulary import characters, handwriting
from analysis.plugins import discover
from analysis.prompts.repeated_random import PROMPT, repeated_random_spec
from analysis.values import HeadId, ScoreTable
from analysis.values.work import finish

from .letters import CODEC, Writer, babble, line
from .training import Trained, optimizing

CONFIG = Config(
    n_layers=2, n_heads=2, n_kv_heads=2, d_model=128, d_head=64, d_vocab=CODEC.size, n_ctx=192, positions="learned",
    cross_layers=(0, 1), d_context=64, n_ctx_context=24, d_vocab_context=len(CODEC.alphabet) + 1,
)  # fmt: skip
STARTS_BACK = {(0, 0): 1, (0, 1): 3, (1, 1): 1}
"""Layer and head, and how many tokens back the head looks when training starts."""
SHORT = 112
"""Tokens of a line of random strokes; written lines take all of n_ctx."""
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]  # tokens [B, T], known [B, T], context [B, C]

WORDS = (
    ("mama", "am", "ma"), ("nat", "ant", "tan"), ("see", "less", "es"), ("no", "noon", "on"), ("pop", "oo", "po"),
    ("too", "to", "toot"), ("be", "bee", "ebb"), ("all", "lala", "al"), ("did", "add", "id"), ("eel", "lee", "le"),
    ("tea", "eat", "at"), ("nan", "an", "ann"), ("pup", "up", "pu"), ("moo", "om", "mom"), ("he", "she", "hes"),
    ("nil", "in", "inn"), ("err", "re", "her"), ("wow", "ow", "two"), ("go", "gogo", "gg"), ("kiki", "ik", "ki"),
    ("sea", "as", "ease"), ("eve", "ever", "we"), ("bob", "ob", "boo"), ("coco", "oc", "co"),
)  # fmt: skip
"""What each writer of the data set writes: few letters, soon repeated."""


def begin(generator: torch.Generator) -> Model:
    """The model before training."""
    weights = Trained(CONFIG, generator)
    own, width, half = weights.parameters(), CONFIG.d_model, CONFIG.d_model // 2
    used = CONFIG.d_head // 2  # Sinusoids that a head can hold.
    speeds = torch.from_numpy(np.geomspace(1.9, 0.019, half)).float()  # radians a token
    turn = torch.arange(CONFIG.n_ctx)[:, None] * speeds
    with torch.no_grad():
        own["pos.W_pos"].copy_(torch.cat([turn.sin(), turn.cos()], dim=1) * 0.35)
        own["embed.W_E"].mul_(math.sqrt(width) / 2)
        own["context.W_E"].mul_(4)
        for low in (0, half):
            own["embed.W_E"][:, low : low + used] = 0
        for (layer, head), back in STARTS_BACK.items():
            own[f"L{layer}.attn.W_K"][head] = _sinusoids(speeds[:used], 0)
            own[f"L{layer}.attn.W_Q"][head] = _sinusoids(speeds[:used], back)
    letters = characters(CONFIG.d_vocab_context, CODEC.alphabet)
    return Model(CONFIG, weights, handwriting(CODEC), letters)


def _sinusoids(speeds: torch.Tensor, back: int, gain: float = 3.0) -> torch.Tensor:
    """[d_model, d_head]: picks the fastest sinusoids of a position, turned to those of the position `back` before."""
    picked = torch.zeros(CONFIG.d_model, CONFIG.d_head)
    for place, angle in enumerate(speeds * back):
        sin, cos = place, CONFIG.d_model // 2 + place
        picked[sin, 2 * place], picked[cos, 2 * place] = angle.cos(), -angle.sin()
        picked[cos, 2 * place + 1], picked[sin, 2 * place + 1] = angle.cos(), angle.sin()
    return gain * picked


def random_strokes(size: int, rng: np.random.Generator) -> Batch:
    """A few strokes, then a piece again and again; lengths vary, so that no fixed distance can be learned."""
    tokens, known = np.zeros((size, SHORT), np.int64), np.zeros((size, SHORT), bool)
    for row in range(size):
        count = int(rng.integers(4, 13 if rng.random() < 0.7 else 29))
        start = 2 * int(rng.integers(0, 9))
        piece = np.column_stack(
            [
                CODEC.first_angle + rng.permutation(CODEC.angles)[:count],
                rng.permutation(len(CODEC.radii))[:count] + len(CODEC.radii) * (rng.random(count) < 0.15),
            ]
        ).reshape(-1)
        tokens[row, :start:2] = CODEC.first_angle + rng.integers(0, CODEC.angles, start // 2)
        tokens[row, 1:start:2] = rng.integers(0, len(CODEC.radii), start // 2)
        tokens[row, start:] = np.resize(piece, SHORT - start)
        known[row, start + 2 * count + 1 :] = True
    context = np.zeros((size, CONFIG.n_ctx_context), np.int64)
    context[:, :6] = rng.integers(1, CONFIG.d_vocab_context, (size, 6))
    return torch.from_numpy(tokens), torch.from_numpy(known), torch.from_numpy(context)


def written_lines(size: int, rng: np.random.Generator) -> Batch:
    """Lines of few letters in dense repetition, each by a writer of its own, cut or padded to n_ctx."""
    tokens, known, context = [], np.zeros((size, CONFIG.n_ctx), bool), []
    for row in range(size):
        text = babble(rng)
        written = line(text, Writer(rng))
        tokens.append(CODEC.fit(written.tokens, CONFIG.n_ctx))
        marked = written.known[: CONFIG.n_ctx - 1]
        known[row, : len(marked)] = marked
        context.append(CODEC.encode_text(text, CONFIG.n_ctx_context))
    return torch.from_numpy(np.stack(tokens)), torch.from_numpy(known), torch.from_numpy(np.stack(context))


def losses(model: Model, batch: Batch, edit: Edit | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean loss in nats of the tokens that are known, and of the others but for padding."""
    tokens, known, context = batch
    logits = unembed(model, finish(forward(model, tokens, context, edit=edit)).final)[:, :-1]
    each = F.cross_entropy(logits.transpose(1, 2), tokens[:, 1:], reduction="none")
    seen = known[:, 1:]
    return each[seen].mean(), each[~seen & (tokens[:, 1:] != CODEC.pad)].mean()


def train(n_steps: int, seed: int, save: Callable[[Model], None], size: int = 32) -> Model:
    """A third of the steps on random strokes alone, then half of the batches on writing."""
    model = begin(torch.Generator().manual_seed(seed))
    rng = np.random.default_rng(seed)
    assert isinstance(model.weights, Trained)
    weights = list(model.weights.parameters().values())
    optimizer, schedule = optimizing(model.weights, n_steps)
    began = time.monotonic()
    for step in range(n_steps):
        written = step >= n_steps // 3 and step % 2
        seen, new = losses(model, (written_lines if written else random_strokes)(size, rng))
        optimizer.zero_grad()
        (seen + 0.1 * new).backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 99:
            what = "written" if written else "random"
            words = f"step {step + 1:5d}  {what}: known {seen.item():.3f}, new {new.item():.3f}"
            best = score(model, "induction").value("induction", HeadId(1, 0))
            print(f"{words}, induction of L1H0 {best:.2f}  {time.monotonic() - began:.0f} s", flush=True)
            save(model)
    return model


@torch.no_grad()
def check(model: Model) -> dict[str, float]:
    """What the demo is shipped for: the best induction score, and what ablating that head costs, in nats."""
    table = score(model)
    best = table.highest("induction")
    assert best is not None
    found = {"induction": table.value("induction", best), **table.behaviour}
    spec = repeated_random_spec()
    prompt = PROMPT.make(model, spec)
    assert prompt.period is not None
    assert prompt.context is not None
    second = torch.zeros_like(prompt.tokens, dtype=torch.bool)
    second[:, prompt.start + prompt.period + 1 :] = True
    lines = written_lines(64, np.random.default_rng(1))
    for name, batch in (("repeated strokes", (prompt.tokens, second, prompt.context)), ("letters seen", lines)):
        clean, cut = losses(model, batch)[0].item(), losses(model, batch, without(best))[0].item()
        found |= {f"{name}: loss": clean, f"{name}: {best} ablated costs": cut - clean}
    for what, value in found.items():
        print(f"{what:40s} {value:.3f}")
    return found


def score(model: Model, *keys: str) -> ScoreTable:
    """As the program scores it; these scores, or all."""
    scores = [score for score in discover("scores") if not keys or score.info.key in keys]
    scoring = Scoring(model, scores, {prompt.info.key: prompt for prompt in discover("prompts")})
    return finish(scoring.run())


def without(head: HeadId) -> Edit:
    """The head's output zeroed."""

    def edit(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
        if site == "z" and layer == head.layer:
            tensor = tensor.clone()
            tensor[:, head.index] = 0
        return tensor

    return edit


def write_data(path: Path, seed: int = 2) -> None:
    """A few dozen words as a data set; three in a row are by one writer. The same bytes whenever it is written."""
    rng, items = np.random.default_rng(seed), []
    for number, words in enumerate(WORDS):
        writer = Writer(rng)
        for word in words:
            points = writer.word(word)
            points[:, 1] += 0.65  # Where the format has its line.
            metadata = {"asciiSequence": word, "aspectRatio": 1.0, "author": f"writer {number + 1}", "prepared": True}
            items.append({"metadata": metadata, "points": np.round(points, 5).tolist()})
    told = json.dumps(items, separators=(",", ":"))
    partial = path.with_name(path.name + ".part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(path.name.removesuffix(".zip")), told, zipfile.ZIP_DEFLATED)
    partial.replace(path)


def write_model(model: Model, path: Path) -> None:
    assert isinstance(model.weights, Trained)
    tensors = {name: p.detach() for name, p in model.weights.parameters().items()}
    save_native(tensors, CONFIG, path, torch.float16, codec=CODEC)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "handwriting.safetensors")
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    unfinished = given.out.with_name(given.out.name + ".unfinished")
    model = train(given.steps, given.seed, lambda model: write_model(model, unfinished))
    found = check(model)
    if found["induction"] < 0.5 or min(cost for what, cost in found.items() if what.endswith("costs")) < 1:
        print("The figures are not reached: train longer or with another seed.", file=sys.stderr)
        return 1
    write_model(model, given.out)
    write_data(given.out.with_name(given.out.stem + ".json.zip"))
    unfinished.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
