"""Monotonicity: does the head walk along the text?"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.measures.patterns import PatternBlock
from analysis.measures.scores import Score
from analysis.measures.scores.reading._lines import LINES, correlation, moments, queries_of, reads_lines
from analysis.values import ScoreInfo


def measure(block: PatternBlock) -> tuple[Float[Tensor, "samples heads 6"], Int[Tensor, " samples"]]:
    """Moments of (stroke's position, character's position) under the attention to the text."""
    lines = block.prompt.writing
    assert lines is not None
    pattern = block.pattern.double()
    text, ink = lines.text.to(pattern.device), lines.strokes[:, queries_of(block)].to(pattern.device) >= 0
    u = 2 * block.queries / block.prompt.tokens.shape[1] - 1
    v = 2 * torch.arange(text.shape[1], device=pattern.device) / text.shape[1] - 1
    counted = pattern * text[:, None, None] * ink[:, None, :, None]
    return moments(counted, u.double().expand(ink.shape), v.double().expand(text.shape)), ink.sum(1)


SCORE = Score(
    ScoreInfo(
        "monotonicity", "Monotonicity", "mono.",
        "Real handwriting: the correlation of a stroke's position with that of the character it reads, attention to "
        "the text taken as their joint distribution and padding left out; −1 to 1, 1 walks evenly along the text, 0 "
        "when what is read does not depend on the position.",
        "Headscope; the walk is that of the window in Graves 2013, “Generating Sequences With Recurrent Neural "
        "Networks”",
        -1.0, 1.0, ("cross",), order=70,
        formula="corr(place of i in the line, place of j in the text), weighted by A[i, j]",
    ),
    LINES, measure, each=correlation, applies=reads_lines,
)
