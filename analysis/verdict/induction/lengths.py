"""From how far a model copies: the gain by order at several lengths, and the one that the answer is asked at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.model.model import Model
from analysis.values import UserError
from analysis.values.work import Work, part
from analysis.verdict import chance
from analysis.verdict.induction.attention import Looks, content, look
from analysis.verdict.measured import Measured, mean_of
from analysis.verdict.trials.trial import Asked, rotated, units_of
from analysis.verdict.wording.facts import EFFECT

LENGTHS = (6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
SAMPLES = chance.MINIMUM
"""Of each length: the fewest that have an interval."""
NEAR = 0.05
"""Lengths whose gain is within this part of the largest, or within its interval, are as good."""
LOOKS = 0.05
"""A share by content that so few samples do not give by chance."""
USUAL = 32
"""Of lengths that are as good, the nearest to this: long enough for many places, short enough to be quick."""


@dataclass(frozen=True, eq=False)
class Gain:
    """What order is worth at one length."""

    length: int
    gain: Measured
    """Loss of the control minus loss in order, nats a token."""
    real: bool
    """More than chance, at least EFFECT, and in most samples: what goes by position is right in few of them."""
    looks: Looks


def gain_at(looks: Looks) -> Gain:
    gain = mean_of(looks.gain)
    n = len(looks.gain)
    # How likely it is that so many samples or more gain by chance (sign test).
    often = special.bdtrc(int((looks.gain > 0).sum()) - 1, n, 0.5) <= chance.LEVEL
    real = bool(n >= chance.MINIMUM and often and gain.low > 0 and gain.value >= least(looks))
    return Gain(looks.length, gain, real, looks)


def least(looks: Looks) -> float:
    """The gain from which a model copies: EFFECT, and a hundredth of a loss that is large."""
    return max(EFFECT, 0.01 * float(looks.shuffled.mean()))


def possible(model: Model, asked: Asked) -> list[int]:
    """The lengths that fit: whole units, no token twice in a piece, all copies within the context.

    Raises UserError where none does.
    """
    cycle, bos = len(model.vocabulary.cycle), int(model.vocabulary.bos is not None)
    longest = min((model.config.n_ctx - bos) // asked.copies, units_of(model, asked) * cycle)
    longest -= longest % cycle
    least_units = 4
    if longest < least_units * cycle:
        raise UserError(
            f"{asked.copies} copies of {least_units} different tokens do not fit into the {model.config.n_ctx} tokens "
            f"and {units_of(model, asked)} ids that may be drawn; ask for fewer copies or more tokens."
        )
    if asked.length is not None:
        if not least_units * cycle <= asked.length <= longest:
            raise UserError(f"The length is from {least_units * cycle} to {longest} tokens here, not {asked.length}.")
        return [asked.length - asked.length % cycle]
    return [*(one * cycle for one in LENGTHS if one * cycle <= longest)] or [longest]


def scan(model: Model, asked: Asked, lengths: Sequence[int], samples: int = SAMPLES) -> Work[list[Gain]]:
    """The gain at every length, the shortest first, each on samples of its own; yields those known so far, the usual
    length before the others."""
    total, found = sum(lengths), dict[int, Gain]()
    for length in sorted(lengths, key=lambda one: (abs(np.log(one / USUAL)) > 0.1, one)):
        trial, low = rotated(model, asked, length, samples, asked.seed + 1), sum(found) / total
        found[length] = gain_at((yield from part(look(model, trial), low, low + length / total)))
        yield sum(found) / total, [found[one] for one in sorted(found)]
    return [found[one] for one in sorted(found)]


def best(found: Sequence[Gain]) -> Gain:
    """The one with the largest gain; where no length has any, the one where a head looks most by content."""
    real = [one for one in found if one.real]
    if not real:
        shares = [float(content(one.looks).share.mean(0).max()) for one in found]
        most = max(shares)
        # Among lengths where heads look equally by content, or do not at all, the usual one.
        real = [one for one, share in zip(found, shares, strict=True) if share >= 0.9 * most or most < LOOKS]
        return min(real, key=_unusual)
    top = max(real, key=lambda one: one.gain.value).gain
    as_good = min((1 - NEAR) * top.value, top.low)
    return min((one for one in real if one.gain.value >= as_good), key=_unusual)


def _unusual(one: Gain) -> float:
    return abs(float(np.log(one.length / USUAL)))
