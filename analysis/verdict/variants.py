"""The induction score as others publish it, so that a number found elsewhere can be met here.

All are measured on the random tokens of the induction score, L = 50 repeated once, averaged over the samples. Ours are
drawn without repeats inside one copy, theirs with; over a vocabulary of thousands that is nearly the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from analysis.measures.patterns import PatternBlock, blocks
from analysis.measures.scoring import BLOCK_BYTES, TOKENS_AT_ONCE
from analysis.model.model import Model
from analysis.model.transformer import forward
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, HeadId
from analysis.values.work import Work, part


@dataclass(frozen=True)
class Variant:
    """A published score of one head, as a sum over blocks of patterns."""

    key: str
    title: str
    short: str
    definition: str
    source: str
    with_bos: bool
    """Whether its prompt begins with a BOS, where the model has one."""
    measure: Callable[[PatternBlock], torch.Tensor]
    """What one block adds to the score, [B, H]."""
    ceiling: Callable[[int, bool], float]
    """(L, whether there is a BOS) → the score of a head that attends to the follower wherever there is one."""


def _diagonal(block: PatternBlock) -> torch.Tensor:
    """The mean of the diagonal at lag L − 1, whole: it begins before the second copy does."""
    period, n = block.prompt.period, block.prompt.tokens.shape[1]
    assert period is not None
    return block.at_lag(period - 1, 0, n)[0] / (n - period + 1)


def _follower(block: PatternBlock) -> torch.Tensor:
    """Attention to tokens after an earlier occurrence of the query's token, as a share of all attention."""
    tokens, queries = block.prompt.tokens.to(block.pattern.device), block.queries
    n_keys = block.pattern.shape[-1]
    keys = torch.arange(1, n_keys, device=queries.device)
    before = tokens[:, None, : n_keys - 1] == tokens[:, queries, None]  # [B, queries, keys from 1]: token before key
    before = before & (keys - 1 < queries[:, None])[None]
    return (block.pattern[..., 1:] * before[:, None]).sum((-1, -2)) / tokens.shape[1]


VARIANTS = (
    Variant(
        "demo_stripe", "TransformerLens demo", "TL demo",
        "Mean of the diagonal at L − 1 of two copies without BOS, from row L − 1 on: the first of its L + 1 entries "
        "lies before the second copy.",
        "TransformerLens, Main demo and Exploratory Analysis demo (induction_stripe)",
        False,
        _diagonal,
        lambda length, bos: length / (length + 1),
    ),
    Variant(
        "detect_head", "TransformerLens detect_head", "TL detect_head",
        "Attention to the tokens after all earlier occurrences, as a share of the attention of all rows, those of the "
        "first copy too (error_measure “mul”, nothing excluded).",
        "TransformerLens, head_detector.detect_head(…, “induction_head”)",
        True,
        _follower,
        lambda length, bos: length / (2 * length + bos),
    ),
    Variant(
        "arena", "ARENA", "ARENA",
        "Mean of the diagonal at L − 1 of BOS and two copies, from row L − 1 on: with a BOS the first two of its L + 2 "
        "entries lie before the second copy, and one of them is attention to the BOS.",
        "ARENA, chapter 1.2, induction_attn_detector (calls a head induction above 0.4)",
        True,
        _diagonal,
        lambda length, bos: length / (length + 1 + bos),
    ),
)
"""Olsson's prefix matching is the score of that name: another prompt."""


@dataclass(frozen=True, eq=False)
class Published:
    """All variants of all self-attention heads."""

    heads: tuple[HeadId, ...]
    values: Float[FloatArray, "variants heads"]
    length: int
    """L, tokens in one copy."""
    bos: bool

    def ceiling(self, variant: Variant) -> float:
        """The most that a perfect induction head can score in a variant, on this prompt."""
        return variant.ceiling(self.length, self.bos)


@torch.no_grad()
def measure_published(model: Model, prompt: Prompt) -> Work[Published]:
    """On plain twofold repeats; without their BOS where a variant has none."""
    assert prompt.period is not None
    assert prompt.tokens.shape[1] == prompt.start + 2 * prompt.period
    here = [one for one in VARIANTS if one.with_bos or not prompt.start]
    found = yield from part(_measure(model, prompt, here), 0.0, 0.6)
    if prompt.start:
        bare = Prompt(prompt.tokens[:, 1:], prompt.context, prompt.description, prompt.period, 0, prompt.cycle)
        there = [one for one in VARIANTS if not one.with_bos]
        found |= yield from part(_measure(model, bare, there), 0.6, 1.0)
    values = np.array([found[variant.key] for variant in VARIANTS], np.float32)
    heads = tuple(head for head in model.heads if head.kind == "self")
    return Published(heads, values, prompt.period, bool(prompt.start))


def _measure(model: Model, prompt: Prompt, wanted: Sequence[Variant]) -> Work[dict[str, FloatArray]]:
    """Each wanted variant by its key, [heads]."""
    n, length = prompt.tokens.shape
    config, at_once = model.config, max(1, TOKENS_AT_ONCE // length)
    found = {one.key: np.zeros((config.n_layers, config.n_heads), np.float32) for one in wanted}
    for low in range(0, n, at_once):
        piece, end = prompt[low : low + at_once], min(1, (low + at_once) / n)
        run = yield from part(forward(model, piece.tokens, piece.context), low / n, end)
        for block in blocks(model, run, piece, largest=BLOCK_BYTES, kinds={"self"}):
            for one in wanted:
                found[one.key][block.layer] += one.measure(block).sum(0).float().cpu().numpy() / n
            yield end, None
    return {key: values.ravel() for key, values in found.items()}
