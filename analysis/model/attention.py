"""Softmax attention, written out: it rounds as the models' own code does, and patterns come from the same place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

BLOCK_BYTES = 64 * 2**20
"""The most that one block of patterns may hold."""


@dataclass(frozen=True)
class Masking:
    """What one layer does to q kᵀ before the softmax."""

    scale: float
    """Scores are multiplied by this."""
    first: int | None = 0
    """The place of the first query among the keys, which makes attention causal; None: every key is seen."""
    window: int = 0
    """How many keys a query sees, its own the last; 0: all before it. Only where attention is causal."""
    cap: float = 0.0
    """Scores are squeezed into (−cap, cap) by tanh (Gemma 2); 0: they are left as they are."""

    def at(self, first: int) -> Masking:
        """The same for queries that start at `first`."""
        return self if self.first is None else replace(self, first=first)


def attention(
    q: Float[Tensor, "*batch queries d_head"], k: Float[Tensor, "*batch keys d_head"], masking: Masking
) -> Float[Tensor, "*batch queries keys"]:
    """softmax(q kᵀ · scale) over the keys that a query may see."""
    scores = torch.matmul(q, k.transpose(-1, -2)) * masking.scale
    if masking.cap:
        scores = torch.tanh(scores / masking.cap) * masking.cap
    if masking.first is not None:
        queries = torch.arange(masking.first, masking.first + q.shape[-2], device=q.device)[:, None]
        keys = torch.arange(k.shape[-2], device=q.device)
        hidden = keys > queries
        if masking.window:
            hidden |= keys <= queries - masking.window
        scores.masked_fill_(hidden, float("-inf"))
    return torch.softmax(scores, dim=-1)


def spread(
    shared: Float[Tensor, "samples groups keys d_head"], heads: int
) -> Float[Tensor, "samples {heads} keys d_head"]:
    """Keys or values repeated for the query heads that share them."""
    return shared if shared.shape[1] == heads else shared.repeat_interleave(heads // shared.shape[1], dim=1)


def block_size(q: Float[Tensor, "samples heads queries d_head"], keys: int, largest: int) -> int:
    """How many queries make a block of patterns of at most `largest` bytes."""
    return max(1, largest // (q.element_size() * q.shape[0] * q.shape[1] * keys))


def attend(
    q: Float[Tensor, "samples heads queries d_head"], k: Float[Tensor, "samples groups keys d_head"],
    v: Float[Tensor, "samples groups keys d_head"], masking: Masking,
) -> Float[Tensor, "samples heads queries d_head"]:  # fmt: skip
    """What every head reads, z, in blocks of queries that keep memory bounded."""
    k, v = spread(k, q.shape[1]), spread(v, q.shape[1])
    step, pieces = block_size(q, k.shape[2], BLOCK_BYTES), []
    for low in range(0, q.shape[2], step):
        queries = q[:, :, low : low + step]
        # Later keys cannot be seen, so they need not be scored.
        seen = k.shape[2] if masking.first is None else low + queries.shape[2]
        pattern = attention(queries, k[:, :, :seen], masking.at(low))
        pieces.append(pattern @ v[:, :, :seen])
    return pieces[0] if len(pieces) == 1 else torch.cat(pieces, dim=2)
