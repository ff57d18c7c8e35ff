"""What asking a model may cost: tokens of passes through it, shared out among the steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.model.model import Model
from analysis.verdict import chance
from analysis.verdict.induction.lengths import SAMPLES
from analysis.verdict.trials.trial import Asked, Trial

UNIT = 32 * 101
"""Tokens: passes over this many are the unit that costs are counted in."""
UNITS = 7.0
"""What all steps together may cost on a large model."""
PASS = 0.6
"""Of a whole pass, what an experiment takes that starts at its layer."""
QUICK = 3e11
"""Multiplications that any model may take: smaller ones are looked at with all samples."""


@dataclass(frozen=True)
class Purse:
    """What may be spent, in tokens of a pass through the whole model."""

    model: Model
    asked: Asked

    @property
    def tokens(self) -> float:
        """For everything but the first look."""
        config = self.model.config
        wide = 4 * config.d_model * config.d_head * config.n_heads + 3 * config.d_model * config.d_mlp
        each = config.n_layers * wide + config.d_model * config.d_vocab
        return max(UNITS * UNIT, QUICK / each)

    def lengths(self, lengths: Sequence[int]) -> list[int]:
        """The lengths that a fifth of it pays for, the shortest always; every other one where not all fit."""
        lengths = list(lengths)
        while len(lengths) > 1 and self._cost(lengths) > 1:
            sparse = lengths[::2]
            shorter = [one for one in lengths if one <= lengths[-1] / 2] or lengths[:1]
            lengths = sparse if len(lengths) > 4 and self._cost(sparse) > 0.5 else shorter
        return lengths

    def each(self, lengths: Sequence[int]) -> int:
        """Samples of each of them."""
        return int(np.clip(SAMPLES / self._cost(lengths), SAMPLES, 2 * SAMPLES))

    def _cost(self, lengths: Sequence[int]) -> float:
        """What they cost at the fewest samples, as a part of a fifth of what there is."""
        return sum(2 * self.asked.copies * SAMPLES * one for one in lengths) / (0.2 * self.tokens)

    def samples(self, trial: Trial, experiments: float, share: float) -> int:
        """How many samples so many experiments may take, for a share of what there is."""
        return int(np.clip(self._runs(trial, share) / max(1.0, experiments), chance.MINIMUM, len(trial)))

    def most(self, trial: Trial, share: float) -> int:
        """How many experiments a share of it pays for, with the fewest samples."""
        return max(1, int(self._runs(trial, share) / chance.MINIMUM))

    def _runs(self, trial: Trial, share: float) -> float:
        """Samples of experiments, each half a pass long, as far as they can be paid for."""
        return share * self.tokens / (PASS * trial.ordered.shape[1])
