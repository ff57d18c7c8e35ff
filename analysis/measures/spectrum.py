"""The lag spectrum: mean attention at every distance Δ = query − key."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from analysis.measures.patterns import PatternBlock


def by_lag(block: PatternBlock) -> Float[Tensor, "samples heads lags"]:
    """Attention of the block's queries added up by distance, as many as keys; index Δ holds the sum over queries i ≥ Δ.

    The block is skewed instead of indexed: reversing the keys and shifting row r by r puts equal distances into one
    column, and a shift of all rows is only another row length of the same memory.
    """
    pattern = block.pattern  # [B, H, queries, keys], causal: keys = first + queries
    n_queries, n_keys = pattern.shape[-2:]
    padded = F.pad(pattern.flip(-1), (0, n_queries)).flatten(-2)
    skewed = padded[..., : n_queries * (n_keys + n_queries - 1)]
    columns = skewed.unflatten(-1, (n_queries, n_keys + n_queries - 1)).sum(-2)
    return columns[..., n_queries - 1 :]
