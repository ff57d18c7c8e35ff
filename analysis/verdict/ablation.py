"""What a head's absence does to both copies, as a verdict reads it from effects of ablation."""

import math
from collections.abc import Sequence

from jaxtyping import Float

from analysis.causal.effects import Effects, effects
from analysis.causal.interventions import Ablate, Experiment, How
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, HeadId
from analysis.values.work import Work
from analysis.verdict.chance import changes
from analysis.verdict.verdict import AblationEffect, Measured

HOW: How = "mean"
"""The mean keeps what a head always says, and takes away what it says of this token here. Zero does more: later layers
have never seen it."""


def without(heads: Sequence[HeadId]) -> Experiment:
    """All of these heads ablated at once."""
    return Experiment(tuple(Ablate(head, HOW) for head in heads))


def ablate_sets(model: Model, prompt: Prompt, sets: Sequence[tuple[HeadId, ...]]) -> Work[Effects]:
    """Ablate each set of heads, in a pass of its own."""
    return effects(model, prompt, tuple(without(heads) for heads in sets))


def change_of(samples: Float[FloatArray, " samples"], family: int) -> Measured:
    """The mean change, whose q allows for asking about `family` heads as the views of effects do.

    It counts the others as though they did nothing: what is confirmed here is not hatched there, on the same samples.
    """
    found = changes(samples, family)
    return Measured(float(found.mean), float(found.low), float(found.high), q=float(found.q))


def ablation_effect(
    found: Effects, alone: int, together: int | None = None, peers: int = 1, family: int = 1
) -> AblationEffect:
    """Read off experiment `alone`, and `together` for all heads of the same word; `family`: heads of the model."""
    second = found.change[alone]
    first = found.first(found.losses[alone]) - found.first(found.clean)
    return AblationEffect(
        change_of(second, family), float(first.mean()), change_of(second - first, family),
        math.nan if together is None else float(found.change[together].mean()), peers,
    )
