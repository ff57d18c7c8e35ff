"""Duplicate token: attention to the same token, one copy before."""

from jaxtyping import Float
from torch import Tensor

from analysis.measures.patterns import PatternBlock
from analysis.measures.scores import Score
from analysis.measures.scores._prompts import TWICE
from analysis.values import ScoreInfo


def measure(block: PatternBlock) -> tuple[Float[Tensor, "samples heads"], Float[Tensor, " samples"]]:
    """Attention from each query i of the second copy to i − L, its own previous occurrence."""
    assert block.prompt.period is not None
    return block.at_lag(block.prompt.period, *block.prompt.second)


SCORE = Score(
    ScoreInfo(
        "duplicate", "Duplicate token", "dup.",
        "Mean attention from each query i of the second copy of random tokens to i − L, its own previous occurrence; "
        "0 to 1.",
        "Wang et al. 2022, “Interpretability in the Wild” (duplicate token heads)",
        0.0, 1.0, order=30, formula="mean over i of A[i, i − L]",
    ),
    TWICE, measure,
)
