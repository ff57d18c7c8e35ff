"""First token: attention that rests on position 0 (a sink)."""

from jaxtyping import Float
from torch import Tensor

from analysis.measures.patterns import PatternBlock
from analysis.measures.scores import Score
from analysis.measures.scores._prompts import TWICE
from analysis.values import ScoreInfo


def measure(block: PatternBlock) -> tuple[Float[Tensor, "samples heads"], Float[Tensor, " samples"]]:
    """Attention from each query to the first token; the first query, which can see nothing else, does not count."""
    late = block.pattern[:, :, max(0, 1 - block.first) :, 0] if block.kind == "self" else block.pattern[..., 0]
    return late.sum(-1), late.new_full((len(late),), float(late.shape[-1]))


SCORE = Score(
    ScoreInfo(
        "first", "First token", "first",
        "Mean attention to the first token (an attention sink), over all queries but the first; for cross-attention, "
        "to the first character of the context. 0 to 1.",
        "Xiao et al. 2023, “Efficient Streaming Language Models with Attention Sinks”",
        0.0, 1.0, ("self", "cross"), order=40, formula="mean over i > 0 of A[i, 0]",
    ),
    TWICE, measure,
)
