"""Own word: attention to the letters of the word that is being written."""

from jaxtyping import Float, Int
from torch import Tensor

from analysis.measures.patterns import PatternBlock
from analysis.measures.scores import Score
from analysis.measures.scores.reading._lines import LINES, queries_of, reads_lines
from analysis.values import ScoreInfo


def measure(block: PatternBlock) -> tuple[Float[Tensor, "samples heads"], Int[Tensor, " samples"]]:
    """Attention from every stroke to the letters of its word, added up; strokes whose word was cut off do not count."""
    lines = block.prompt.writing
    assert lines is not None
    here = queries_of(block)
    own = lines.own(here.start, here.stop).to(block.pattern.device)
    return (block.pattern * own[:, None]).sum((2, 3)), own.any(2).sum(1)


SCORE = Score(
    ScoreInfo(
        "own_word", "Own word", "own",
        "Real handwriting: mean attention from a stroke to the letters of the word it belongs to, out of all that is "
        "read, padding included; 0 to 1, uniform attention gives the word's share of the context.",
        "Headscope", 0.0, 1.0, ("cross",), order=74, formula="mean over i of Σ A[i, j] over j in the word of i",
    ),
    LINES, measure, applies=reads_lines,
)
