"""What every self-attention head attends to in the second copy of random tokens, beside what it would by chance.

The shares of the second copy's attention are disjoint: the stripe of induction, the token itself one copy before, the
previous token, the first token, the own position. Their control is the same piece with its second copy in another
order (“shuffled repeats”): the same tokens and places, but nothing to be found by looking for the last occurrence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from analysis.measures.patterns import PatternBlock, blocks
from analysis.measures.scores.stripe import FURTHEST, possible
from analysis.measures.scoring import BLOCK_BYTES, TOKENS_AT_ONCE
from analysis.model.model import Model
from analysis.model.transformer import forward
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, HeadId
from analysis.values.work import Work, part
from analysis.verdict import chance
from analysis.verdict.variants import VARIANTS, Variant
from analysis.verdict.verdict import Measured, Shares

DUPLICATE, PREVIOUS, FIRST = FURTHEST, FURTHEST + 1, FURTHEST + 2
"""Columns of `Evidence.shares`; those before are the stripes at L − 1 … L − 8."""
COLUMNS = FURTHEST + 3


@dataclass(frozen=True, eq=False)
class Evidence:
    """Attention of the queries of the second copy from its second token on, averaged over them."""

    heads: tuple[HeadId, ...]
    shares: Float[FloatArray, "samples heads columns"]
    """NaN for stripes that this length does not have."""
    control: Float[FloatArray, "samples heads columns"]
    """The same, with the second copy shuffled."""
    uniform: float
    """What one key gets under uniform attention."""
    first_loss: Float[FloatArray, " samples"]
    """In nats, mean over the first copy."""
    second_loss: Float[FloatArray, " samples"]
    """Over the second copy from its second token on."""
    variants: Float[FloatArray, "variants heads"]
    """As published."""
    length: int
    """L, tokens in one copy."""
    bos: bool
    prompt: str
    by_head: dict[HeadId, Shares]
    gain: Measured
    """Loss on the first copy minus loss on the second, whole model."""

    def ceiling(self, variant: Variant) -> float:
        """The most that a perfect induction head can score in a variant, on this prompt."""
        return variant.ceiling(self.length, self.bos)


def shuffled(prompt: Prompt, seed: int) -> Prompt:
    """The prompt with the tokens of its second copy in another random order, each kind of token among its own."""
    assert prompt.period is not None
    tokens, generator = prompt.tokens.clone(), torch.Generator().manual_seed(seed)
    for row in tokens:
        for place in range(prompt.cycle):
            low = prompt.start + prompt.period + place
            spots = torch.arange(low, prompt.start + 2 * prompt.period, prompt.cycle)
            row[spots] = row[spots[torch.randperm(len(spots), generator=generator)]]
    words = f"{prompt.description}, second copy shuffled"
    return Prompt(tokens, prompt.context, words, prompt.period, prompt.start, prompt.cycle)


@torch.no_grad()
def gather(model: Model, prompt: Prompt, seed: int) -> Work[Evidence]:
    """Run the twofold repeat and its control."""
    assert prompt.period is not None
    assert prompt.tokens.shape[1] == prompt.start + 2 * prompt.period
    heads = tuple(head for head in model.heads if head.kind == "self")
    here = [one for one in VARIANTS if one.with_bos or not prompt.start]
    shares, losses, measured = yield from part(_measure(model, prompt, here), 0.0, 0.45)
    control, _, _ = yield from part(_measure(model, shuffled(prompt, seed + 1), []), 0.45, 0.8)
    if prompt.start:
        bare = Prompt(prompt.tokens[:, 1:], prompt.context, prompt.description, prompt.period, 0, prompt.cycle)
        there = [one for one in VARIANTS if not one.with_bos]
        _, _, without = yield from part(_measure(model, bare, there), 0.8, 1.0)
        measured |= without
    low, high = prompt.second
    first = losses[:, prompt.start : prompt.start + prompt.period - 1].mean(1)
    second = losses[:, low - 1 : high - 1].mean(1)
    uniform = float(np.mean([1 / (query + 1) for query in range(low, high)]))
    by_head = _judged(heads, shares, control, uniform)
    return Evidence(
        heads, shares, control, uniform, first, second,
        np.array([measured[variant.key] for variant in VARIANTS], np.float32), prompt.period, bool(prompt.start),
        prompt.description, by_head, mean_of(first - second),
    )


Passed = tuple[FloatArray, FloatArray, dict[str, FloatArray]]


def _measure(model: Model, prompt: Prompt, wanted: Sequence[Variant]) -> Work[Passed]:
    """(shares [n, heads, COLUMNS], losses [n, T − 1], the wanted variants by key, each [heads])"""
    n, length = prompt.tokens.shape
    config, at_once = model.config, max(1, TOKENS_AT_ONCE // length)
    shares = np.full((n, config.n_layers, config.n_heads, COLUMNS), np.nan, np.float32)
    found = {one.key: np.zeros((config.n_layers, config.n_heads), np.float32) for one in wanted}
    losses = []
    for low in range(0, n, at_once):
        piece = prompt[low : low + at_once]
        run = yield from part(forward(model, piece.tokens, piece.context), low / n, min(1, (low + at_once / 2) / n))
        sums = torch.zeros(config.n_layers, len(piece.tokens), config.n_heads, COLUMNS, device=model.device)
        for block in blocks(model, run, piece, largest=BLOCK_BYTES):
            if block.kind == "self":
                sums[block.layer] += _shares(block)
                for one in wanted:
                    found[one.key][block.layer] += one.measure(block).sum(0).float().cpu().numpy() / n
            yield min(1, (low + at_once / 2) / n), None
        queries = prompt.second[1] - prompt.second[0]
        shares[low : low + at_once] = (sums / queries).transpose(0, 1).float().cpu().numpy()
        losing = part(run.losses(), min(1, (low + at_once / 2) / n), min(1, (low + at_once) / n))
        losses.append((yield from losing).float().cpu().numpy())
    shares[..., possible(prompt) : FURTHEST] = np.nan
    return shares.reshape(n, -1, COLUMNS), np.concatenate(losses), {key: a.ravel() for key, a in found.items()}


def _shares(block: PatternBlock) -> torch.Tensor:
    """Attention of the block's queries, added up: [B, H, COLUMNS]."""
    period, (low, high) = block.prompt.period, block.prompt.second
    assert period is not None
    lags = [*(max(0, period - k) for k in range(1, FURTHEST + 1)), period, 1]
    columns = [block.at_lag(lag, low, high)[0] for lag in lags]
    inside = (block.queries >= low) & (block.queries < high)
    return torch.stack([*columns, block.pattern[:, :, inside, 0].sum(-1)], dim=-1)


def mean_of(samples: Float[FloatArray, " samples"], null: float = 0.0) -> Measured:
    """The mean of one number a sample."""
    low, high = chance.of_mean(samples)
    return Measured(float(samples.mean()), float(low), float(high), null)


def _judged(
    heads: tuple[HeadId, ...], shares: FloatArray, control: FloatArray, uniform: float
) -> dict[HeadId, Shares]:
    """Intervals and error rates of all heads."""
    stripes = int(np.isfinite(shares[0, 0, :FURTHEST]).sum())
    low, high = _intervals(shares, stripes)
    mean, by_chance = shares.mean(0), control.mean(0)
    best, at = mean[:, :stripes].argmax(1), np.arange(len(heads))
    p = chance.one_sided(shares - control)  # [heads, COLUMNS]
    # The best of several stripes: each of them had the chance.
    q_induction = chance.adjusted(np.minimum(1.0, p[at, best] * stripes))
    q_duplicate = chance.adjusted(p[:, DUPLICATE])
    follower = mean[:, 0].copy()
    mean[:, 0], by_chance[:, 0] = mean[at, best], by_chance[:, :stripes].max(1)

    def line(number: int, column: int, null: float, q: float = np.nan) -> Measured:
        ends = float(low[number, column]), float(high[number, column])
        return Measured(float(mean[number, column]), *ends, float(null), float(q))

    return {
        head: Shares(
            line(n, 0, by_chance[n, 0], q_induction[n]), int(best[n]) + 1, float(follower[n]),
            line(n, PREVIOUS, uniform), line(n, DUPLICATE, by_chance[n, DUPLICATE], q_duplicate[n]),
            line(n, FIRST, uniform),
        )
        for n, head in enumerate(heads)
    }


def _intervals(shares: FloatArray, stripes: int) -> tuple[FloatArray, FloatArray]:
    """Low and high of the mean of every column, [heads, COLUMNS]; column 0 holds the best of the stripes instead."""
    low, high = chance.of_mean(shares)
    _, low[:, 0], high[:, 0] = chance.best_of(shares[..., :stripes])
    return low, high
