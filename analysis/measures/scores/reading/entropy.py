"""Entropy: is the head sure of which character it reads?"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.measures.patterns import PatternBlock
from analysis.measures.scores import Score
from analysis.measures.scores.reading._lines import LINES, queries_of, reads_lines
from analysis.values import ScoreInfo


def measure(block: PatternBlock) -> tuple[Float[Tensor, "samples heads"], Int[Tensor, " samples"]]:
    """Entropy of each stroke's attention over the whole context, over its largest possible value, added up."""
    lines = block.prompt.writing
    assert lines is not None
    pattern = block.pattern
    ink = lines.strokes[:, queries_of(block)].to(pattern.device) >= 0
    entropy = torch.special.entr(pattern).sum(-1) / math.log(max(2, pattern.shape[-1]))
    return (entropy * ink[:, None]).sum(-1), ink.sum(1)


SCORE = Score(
    ScoreInfo(
        "entropy", "Entropy", "entr.",
        "Real handwriting: −Σ p ln p of a stroke's attention over the context's C characters, padding included, "
        "÷ ln C, mean over strokes; 0 to 1, 0 reads one character, 1 all alike.",
        "Shannon 1948; of attention: Ghader and Monz 2017, “What does Attention in Neural Machine Translation Pay "
        "Attention to?”",
        0.0, 1.0, ("cross",), order=76, formula="mean over i of −Σ A[i, j] ln A[i, j] / ln C",
    ),
    LINES, measure, applies=reads_lines,
)
