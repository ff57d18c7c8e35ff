"""Scores of heads. A module in here that defines SCORE, a `Score`, is found and needs no other edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.values import PromptSpec, ScoreInfo
from analysis.values.work import Work

if TYPE_CHECKING:
    import torch

    from analysis.measures.patterns import PatternBlock
    from analysis.model.model import Model
    from analysis.prompts.prompt import Prompt


@dataclass(frozen=True)
class Score:
    """A number for each head. Exactly one of `measure` (from attention patterns) and `weigh` (from weights) is set."""

    info: ScoreInfo
    prompt: PromptSpec | None = None
    """The prompt that `measure` is defined on; seed and sample count are added by the caller."""
    measure: Callable[[PatternBlock], tuple[torch.Tensor, torch.Tensor]] | None = None
    """(sum [samples, heads], number of terms [samples]) over the queries of one block of patterns; blocks are added up
    and divided. Scores that share a prompt share one pass over the patterns. The sum may have further axes."""
    finish: Callable[[torch.Tensor, Prompt], torch.Tensor] | None = None
    """(mean [heads, further axes], prompt) → [heads], where the score is not the mean itself (a maximum over lags)."""
    each: Callable[[torch.Tensor, Prompt], torch.Tensor] | None = None
    """([samples, heads, further axes], prompt) → [samples, heads], where every sample has a score of its own that is
    not a mean over its queries (a correlation). NaN: undefined for this sample, which is left out."""
    applies: Callable[[Model], bool] = lambda model: True
    """Whether the model has this score at all; where not, it is undefined and its prompt is not made."""
    weigh: Callable[[Model, int], Work[list[float]]] | None = None
    """(model, layer) → one value for each self-attention head of the layer, NaN where undefined."""

    def __post_init__(self) -> None:
        """Raises TypeError for a score that nothing computes."""
        if (self.measure is None) == (self.weigh is None) or (self.measure is not None and self.prompt is None):
            raise TypeError("a score has either `measure`, and the prompt that it is measured on, or `weigh`")
