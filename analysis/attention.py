"""Softmax attention, written out: it rounds as the models' own code does, and patterns come from the same place."""

from __future__ import annotations

import torch

BLOCK_BYTES = 64 * 2**20
"""The most that one block of patterns may hold."""


def attention(q: torch.Tensor, k: torch.Tensor, scale: float, first: int | None) -> torch.Tensor:
    """softmax(q kᵀ · scale) over keys, [..., queries, keys]; causal when `first`, the first query's place, is given."""
    scores = torch.matmul(q, k.transpose(-1, -2)) * scale
    if first is not None:
        queries = torch.arange(first, first + q.shape[-2], device=q.device)
        keys = torch.arange(k.shape[-2], device=q.device)
        scores.masked_fill_(keys > queries[:, None], float("-inf"))
    return torch.softmax(scores, dim=-1)


def spread(shared: torch.Tensor, heads: int) -> torch.Tensor:
    """Keys or values [B, G, T, K] repeated for the query heads that share them: [B, H, T, K]."""
    return shared if shared.shape[1] == heads else shared.repeat_interleave(heads // shared.shape[1], dim=1)


def block_size(q: torch.Tensor, keys: int, largest: int) -> int:
    """How many queries of q [B, H, T, K] make a block of patterns of at most `largest` bytes."""
    return max(1, largest // (q.element_size() * q.shape[0] * q.shape[1] * keys))


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float, causal: bool) -> torch.Tensor:
    """What every head reads, z [B, H, T, K], in blocks of queries that keep memory bounded."""
    k, v = spread(k, q.shape[1]), spread(v, q.shape[1])
    step, pieces = block_size(q, k.shape[2], BLOCK_BYTES), []
    for low in range(0, q.shape[2], step):
        queries = q[:, :, low : low + step]
        # Later keys cannot be seen, so they need not be scored.
        seen = low + queries.shape[2] if causal else k.shape[2]
        pattern = attention(queries, k[:, :, :seen], scale, low if causal else None)
        pieces.append(pattern @ v[:, :, :seen])
    return pieces[0] if len(pieces) == 1 else torch.cat(pieces, dim=2)
