"""Previous token: attention one step back."""

from jaxtyping import Float
from torch import Tensor

from analysis.measures.patterns import PatternBlock
from analysis.measures.scores import Score
from analysis.measures.scores._prompts import TWICE
from analysis.values import ScoreInfo


def measure(block: PatternBlock) -> tuple[Float[Tensor, "samples heads"], Float[Tensor, " samples"]]:
    """Attention from each query i ≥ 1 to i − 1."""
    return block.at_lag(1, 1, block.prompt.tokens.shape[1])


SCORE = Score(
    ScoreInfo(
        "previous", "Previous token", "prev.",
        "Mean attention from each query i to i − 1, over all queries of the repeated random tokens; 0 to 1.",
        "Elhage et al. 2021, “A Mathematical Framework for Transformer Circuits”",
        0.0, 1.0, order=20, formula="mean over i of A[i, i − 1]",
    ),
    TWICE, measure,
)
