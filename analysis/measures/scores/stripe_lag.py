"""Where the best stripe lies: k in the distance L − k."""

from jaxtyping import Float
from torch import Tensor

from analysis.measures.scores import Score
from analysis.measures.scores._prompts import TWICE
from analysis.measures.scores.stripe import FURTHEST, measure, possible
from analysis.prompts.prompt import Prompt
from analysis.values import ScoreInfo


def place(mean: Float[Tensor, "heads stripes"], prompt: Prompt) -> Float[Tensor, " heads"]:
    """k of the highest stripe, counted from 1."""
    return mean[:, : possible(prompt)].argmax(-1).to(mean.dtype) + 1


SCORE = Score(
    ScoreInfo(
        "stripe_lag", "Best stripe at", "L−k",
        f"The k = 1 … {FURTHEST} of the best stripe: 1 looks at the follower, as induction does; more looks past it.",
        "Headscope",
        1.0, float(FURTHEST), order=13, number_format=".0f",
        formula="argmax over k = 1 … 8 of the mean over i of A[i, i − L + k]",
    ),
    TWICE, measure, finish=place,
)
