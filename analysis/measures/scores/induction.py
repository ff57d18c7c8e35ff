"""Induction: attention to what followed last time."""

from jaxtyping import Float
from torch import Tensor

from analysis.measures.patterns import PatternBlock
from analysis.measures.scores import Score
from analysis.measures.scores._prompts import TWICE
from analysis.values import ScoreInfo


def measure(block: PatternBlock) -> tuple[Float[Tensor, "samples heads"], Float[Tensor, " samples"]]:
    """Attention from each query i of the second copy to i − L + 1, the token after its previous occurrence."""
    assert block.prompt.period is not None
    return block.at_lag(block.prompt.period - 1, *block.prompt.second)


SCORE = Score(
    ScoreInfo(
        "induction", "Induction", "ind.",
        "Mean attention from each query i of the second copy of random tokens to i − L + 1, the token after its "
        "previous occurrence; 0 to 1, uniform attention gives about 1/(1.5 L).",
        "The induction stripe of TransformerLens' demos; idea from Elhage et al. 2021 and Olsson et al. 2022",
        0.0, 1.0, order=10, formula="mean over i of A[i, i − L + 1]",
    ),
    TWICE, measure,
)
