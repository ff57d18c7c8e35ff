"""The induction score as others publish it, so that a number found elsewhere can be met here.

All are measured on the random tokens of the induction score, L = 50 repeated once, averaged over the samples. Ours are
drawn without repeats inside one copy, theirs with; over a vocabulary of thousands that is nearly the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from analysis.measures.patterns import PatternBlock


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
