"""Loss of every next token, in slices that stop often."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from analysis.model.model import Model
from analysis.model.transformer import unembed
from analysis.values.work import Steps

SLICE = 2**22
"""The most logits at once."""


def losses(model: Model, final: torch.Tensor, tokens: torch.Tensor) -> Steps[torch.Tensor]:
    """Cross-entropy in nats of each next token, [B, T − 1], from what is unembedded, [B, T, D]."""
    flat, targets = final[:, :-1].flatten(0, 1), tokens[:, 1:].flatten()
    step, pieces = max(1, SLICE // model.config.d_vocab), []
    for low in range(0, len(flat), step):
        yield 1.0
        logits = unembed(model, flat[low : low + step])
        pieces.append(F.cross_entropy(logits, targets[low : low + step], reduction="none"))
    lost = torch.cat(pieces) if pieces else flat.new_zeros(0)
    return lost.view(len(final), -1) if pieces else lost.view(len(final), 0)
