"""What scores of cross-attention have in common: they are measured on real lines, where strokes and letters belong."""

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.measures.patterns import PatternBlock
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt
from analysis.values import PromptSpec

LINES = PromptSpec("handwriting", (("count", "3"), ("samples", "12")))
"""Twelve lines of three words, in the order of the data set: thousands of strokes."""


def reads_lines(model: Model) -> bool:
    """Whether the model reads letters and has a data set to read."""
    return bool(model.config.cross_layers) and model.vocabulary.codec is not None and model.data is not None


def correlation(moments: Float[Tensor, "*batch 6"], prompt: Prompt) -> Float[Tensor, "*batch"]:
    """Moments (1, u, v, u², v², uv) of a joint distribution → the correlation of u and v.

    NaN where either has no spread, or where next to nothing of the attention counts: rounding would decide.
    """
    mass, u, v, uu, vv, uv = moments.double().unbind(-1)
    u, v = u / mass, v / mass
    spread = (uu / mass - u * u).clamp_min(0) * (vv / mass - v * v).clamp_min(0)
    return torch.where((spread > 1e-12) & (mass > 1e-6), (uv / mass - u * v) / spread.sqrt(), torch.nan)


def moments(
    pattern: Float[Tensor, "samples heads queries context"], u: Float[Tensor, "samples queries"],
    v: Float[Tensor, "samples context"],
) -> Float[Tensor, "samples heads 6"]:  # fmt: skip
    """The moments that `correlation` takes, with attention as the joint distribution of u and v.

    `pattern` is zero where a pair does not count; u and v go from about −1 to 1.
    """
    of_keys = torch.stack((torch.ones_like(v), v, v * v), dim=-1)  # [B, C, 3]
    of_queries = torch.stack((torch.ones_like(u), u, u * u), dim=-1)
    table = torch.einsum("bqx,bhqy->bhxy", of_queries, pattern @ of_keys[:, None])  # Σ A uˣ vʸ
    return torch.stack([table[..., x, y] for x, y in ((0, 0), (1, 0), (0, 1), (2, 0), (0, 2), (1, 1))], dim=-1)


def queries_of(block: PatternBlock) -> slice:
    """The positions of the block's queries."""
    return slice(block.first, block.first + block.pattern.shape[2])
