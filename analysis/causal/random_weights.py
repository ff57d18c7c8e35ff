"""What random weights of the same shapes and norms would score: a null for every score that looks at patterns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np
import torch
from jaxtyping import Float

from analysis.measures.scores import Score
from analysis.measures.scoring import Scoring
from analysis.model.model import Model
from analysis.prompts import PromptSource
from analysis.values import FloatArray, UserError
from analysis.values.work import Work, part

MODELS = 20
"""With H heads a model the null has 20 H draws, so that one head alone can be a discovery at a rate of 5 %: its p,
1 / (20 H + 1), is below 0.05 / H."""
SAMPLES = 8


def shuffled(model: Model, seed: int) -> Model:
    """The model with the entries of every matrix in a random order: norms and spreads stay, nothing else does.

    Raises UserError where the weights do not fit into memory twice.
    """
    if model.weights.limited:
        raise UserError("This model does not fit into memory twice, so it cannot be held against random weights.")

    def shuffle(name: str, weight: torch.Tensor) -> torch.Tensor:
        if weight.ndim < 2:
            return weight
        # Of a seed torch's generator takes the lower half alone.
        generator = torch.Generator().manual_seed(crc32(f"{seed} {name}".encode()))
        return weight.flatten()[torch.randperm(weight.numel(), generator=generator)].view(weight.shape)

    return replace(model, weights=model.weights.changed(shuffle), scratch={})


Null = Mapping[str, Float[FloatArray, "models layers heads"]]
"""For each score's key its values in random weights."""


def null_scores(model: Model, scores: Sequence[Score], prompts: dict[str, PromptSource], models: int) -> Work[Null]:
    """Score so many random models."""
    measured = [score for score in scores if score.measure is not None and "self" in score.info.kinds]
    found: dict[str, list[FloatArray]] = {score.info.key: [] for score in measured}
    for number in range(models):
        scoring = Scoring(shuffled(model, number), measured, prompts, seed=number + 1, samples=SAMPLES)
        table = yield from part(scoring.run(), number / models, (number + 1) / models)
        if table.problems:
            raise UserError(table.problems[0])
        for key, values in table.values.items():
            found[key].append(values["self"])
    return {key: np.stack(values) for key, values in found.items()}
