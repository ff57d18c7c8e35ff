"""Prefix matching as Olsson et al. define it."""

from jaxtyping import Float
from torch import Tensor

from analysis.measures.patterns import PatternBlock
from analysis.measures.scores import Score
from analysis.measures.scores._prompts import FOUR_TIMES
from analysis.values import ScoreInfo


def measure(block: PatternBlock) -> tuple[Float[Tensor, "samples heads"], Float[Tensor, " samples"]]:
    """Attention from each query to the tokens after all its earlier occurrences, added; queries of copies 2, 3, 4."""
    prompt = block.prompt
    assert prompt.period is not None
    low, high = prompt.start + prompt.period, prompt.tokens.shape[1]
    # The follower in the copy `back` copies earlier is at lag back·L − 1; a query has a copy that far back only from
    # start + back·L on.
    sums, counts = block.at_lag(prompt.period - 1, low, high)
    for back in range(2, (high - prompt.start) // prompt.period):
        more, _ = block.at_lag(back * prompt.period - 1, prompt.start + back * prompt.period, high)
        sums = sums + more
    return sums, counts


SCORE = Score(
    ScoreInfo(
        "prefix_matching", "Prefix matching", "prefix",
        "25 random tokens × 4: attention from each query of the later copies to the followers of all its earlier "
        "occurrences, added up, then the mean over queries; 0 to 1.",
        "Olsson et al. 2022, “In-context Learning and Induction Heads”",
        0.0, 1.0, order=50, formula="mean over i of Σ A[i, j + 1] over the earlier j with the token of i",
    ),
    FOUR_TIMES, measure,
)
