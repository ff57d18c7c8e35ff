"""Copying by position: plain repeats at one distance, which a head that goes by position answers as well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.model.model import Model
from analysis.values import HeadId
from analysis.values.work import Work, part
from analysis.verdict.induction.attention import look
from analysis.verdict.induction.lengths import SAMPLES
from analysis.verdict.induction.writing import straightforward
from analysis.verdict.measured import Measured, mean_of
from analysis.verdict.trials.trial import Asked, repeated, rotated, units_of
from analysis.verdict.wording.facts import EFFECT, HeadFacts
from analysis.verdict.wording.words import SHARE

TRIED = 4
"""Distances that are tried: those of single heads, and of two one after the other."""


@dataclass(frozen=True)
class ByPosition:
    """What was found on plain repeats."""

    distance: int
    gain: Measured
    """The gain on plain repeats beyond that on rotated ones."""
    copying: Mapping[HeadId, Measured]
    """What each head adds to the right token's margin by its own path: it writes the same in the control."""


def by_position(model: Model, asked: Asked, heads: Sequence[HeadFacts]) -> Work[ByPosition | None]:
    """Ask the heads that look at one distance whether they copy at one; None where no distance gains anything."""
    fixed = [facts for facts in heads if facts.positional.value >= SHARE and facts.lag > 1]
    best: ByPosition | None = None
    distances = _distances(model, asked, fixed)
    for number, distance in enumerate(distances):
        gains = []
        for made in (repeated, rotated):
            trial = made(model, asked, distance, SAMPLES, asked.seed + 2)
            low = 0.8 * number / len(distances)
            gains.append((yield from part(look(model, trial), low, low + 0.8 / len(distances))).gain)
        beyond = mean_of(gains[0] - gains[1])  # what is copied by content is copied from rotated tokens as well
        if beyond.low > 0 and beyond.value >= EFFECT and (best is None or beyond.value > best.gain.value):
            best = ByPosition(distance, beyond, {})
    if best is None:
        return None
    trial = repeated(model, asked, best.distance, max(SAMPLES, asked.samples // 2), asked.seed + 2)
    straight = yield from part(straightforward(model, trial), 0.8, 1.0)
    return ByPosition(best.distance, best.gain, {facts.head: mean_of(straight[facts.head]) for facts in fixed})


def _distances(model: Model, asked: Asked, fixed: Sequence[HeadFacts]) -> list[int]:
    """Lengths of a copy at which what followed lies where a head looks, or where one head looks from where another
    does; the strongest first."""
    cycle, room = len(model.vocabulary.cycle), model.config.n_ctx - int(model.vocabulary.bos is not None)
    weights: dict[int, float] = {}
    for facts in fixed:
        _add(weights, facts.lag + 1, facts.positional.value)
    for early in fixed:
        for late in fixed:
            if early.head.layer < late.head.layer:
                _add(weights, early.lag + late.lag + 1, early.positional.value * late.positional.value)
    most = min(room // asked.copies, units_of(model, asked) * cycle)
    fits = [one for one in weights if one % cycle == 0 and 4 * cycle <= one <= most]
    return sorted(fits, key=lambda one: -weights[one])[:TRIED]


def _add(weights: dict[int, float], distance: int, weight: float) -> None:
    weights[distance] = float(np.fmax(weights.get(distance, 0.0), weight))
