"""The walk within a word: does the head go from letter to letter while a word is written?"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.measures.patterns import PatternBlock
from analysis.measures.scores import Score
from analysis.measures.scores.reading._lines import LINES, correlation, moments, queries_of, reads_lines
from analysis.values import ScoreInfo


def measure(block: PatternBlock) -> tuple[Float[Tensor, "samples heads 6"], Int[Tensor, " samples"]]:
    """Moments of (stroke's place, letter's place), both within the word that both belong to."""
    lines = block.prompt.writing
    assert lines is not None
    pattern, here = block.pattern.double(), queries_of(block)
    device = pattern.device
    own = lines.own(here.start, here.stop).to(device)
    counted = pattern * own[:, None]
    u, v = (places(words).to(device) for words in (lines.strokes, lines.letters))
    return moments(counted, u[:, here], v), own.any(2).sum(1)


def places(words: Int[Tensor, "samples n"]) -> Float[Tensor, "samples n"]:
    """Where each member stands in its word, from −1 (its first) to 1 (its last); 0 for the others."""
    found = torch.zeros(words.shape, dtype=torch.float64)
    for word in range(int(words.max()) + 1):
        members = words == word
        count = members.sum(1, keepdim=True)
        found += members * (2 * (members.cumsum(1) - 1) / (count - 1).clamp_min(1) - (count > 1).double())
    return found


SCORE = Score(
    ScoreInfo(
        "letter_walk", "Walk in the word", "walk",
        "As monotonicity, but within words: the correlation of a stroke's place in its word with the place of the "
        "letter of that word that it reads; −1 to 1, 0 for a head that tells words apart, but not letters.",
        "Headscope", -1.0, 1.0, ("cross",), order=72,
        formula="corr(place of i in its word, place of j in it), weighted by A[i, j] over j in the word of i",
    ),
    LINES, measure, each=correlation, applies=reads_lines,
)
