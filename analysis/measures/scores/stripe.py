"""The best stripe: an induction head that looks a few tokens past the follower still shows."""

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.measures.patterns import PatternBlock
from analysis.measures.scores import Score
from analysis.measures.scores._prompts import TWICE
from analysis.prompts.prompt import Prompt
from analysis.values import ScoreInfo

FURTHEST = 8


def measure(block: PatternBlock) -> tuple[Float[Tensor, "samples heads stripes"], Float[Tensor, " samples"]]:
    """Attention from the second copy to i − L + k, for every k = 1 … 8."""
    assert block.prompt.period is not None
    lags = [max(0, block.prompt.period - k) for k in range(1, FURTHEST + 1)]
    found = [block.at_lag(lag, *block.prompt.second) for lag in lags]
    return torch.stack([sums for sums, _ in found], dim=-1), found[0][1]


def height(mean: Float[Tensor, "heads stripes"], prompt: Prompt) -> Float[Tensor, " heads"]:
    """The highest of the stripes."""
    return mean[:, : possible(prompt)].amax(-1)


def possible(prompt: Prompt) -> int:
    """How many displacements stay clear of short distances, where every local head would pass for induction."""
    assert prompt.period is not None
    return max(1, min(FURTHEST, prompt.period // 2))


SCORE = Score(
    ScoreInfo(
        "stripe", "Best stripe", "stripe",
        "The highest mean attention from the second copy at one distance L − k, k = 1 … 8: k = 1 is the induction "
        "score, k > 1 an induction head that looks past the follower; 0 to 1.",
        "Headscope; displaced induction occurs in rotary models",
        0.0, 1.0, order=12, formula="max over k = 1 … 8 of the mean over i of A[i, i − L + k]",
    ),
    TWICE, measure, finish=height,
)
