"""From measured repeats to a verdict: is there an induction head, and how sure is that?

Every head is compared line by line with its own null: shuffled second parts for what lies at a fixed distance, what
distance alone would give for prefix matching. The excess is a mean of paired differences, z is it over its standard
error. Bounds hold for all heads, trials and displacements at once (Bonferroni, one-sided).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from jaxtyping import Float

from analysis.measures.repeats import WINDOW, MeasuredTrial, Repeats
from analysis.values import FloatArray, HeadId

MEASURES = ("induction", "stripe", "prefix")
FURTHEST = 8
"""Stripes L − k, k = 1 … 8, as in the best-stripe score."""
ENOUGH = 0.1
"""An induction head gives this much more of its attention to what followed than its null does."""
ALPHA = 0.01
NONE = "No induction head."


@dataclass(frozen=True)
class Comparison:
    """One head on one trial: mean over lines and its standard error, the same of the null, and of their difference."""

    head: HeadId
    trial: str
    value: float
    error: float
    null: float
    null_error: float
    excess: float
    excess_error: float
    displacement: int = 1
    """k of the stripe L − k."""

    @property
    def z(self) -> float:
        return self.excess / self.excess_error if self.excess_error > 0 else math.nan

    def most(self, limit: float) -> float:
        """The largest excess that is not ruled out."""
        return self.excess + limit * self.excess_error


def comparisons(found: Repeats, measure: str, trial: str) -> list[Comparison]:
    """Of every head, in order; empty for a trial that was not made, or that has no null in this measure."""
    here, null = found.trials.get(trial), found.trials.get(f"{trial}_null")
    if here is None or (null is None and measure != "prefix"):
        return []
    return [_of_head(here, null, measure, number, head) for number, head in enumerate(found.heads)]


def _of_head(here: MeasuredTrial, null: MeasuredTrial | None, measure: str, number: int, head: HeadId) -> Comparison:
    if measure == "prefix" or null is None:
        return _compared(head, here.key, here.matches[:, number], here.expected[:, number])
    own, shuffled = here.stripes[:, number], null.stripes[:, number]
    places = range(1, FURTHEST + 1 if measure == "stripe" else 2)
    each = [_compared(head, here.key, own[:, WINDOW + k], shuffled[:, WINDOW + k], k) for k in places]
    return max(each, key=lambda one: one.excess)


def _compared(head: HeadId, trial: str, values: FloatArray, nulls: FloatArray, displacement: int = 1) -> Comparison:
    kept = np.isfinite(values) & np.isfinite(nulls)
    values, nulls = values[kept], nulls[kept]
    return Comparison(head, trial, *mean(values), *mean(nulls), *mean(values - nulls), displacement)


def mean(values: Float[FloatArray, " lines"]) -> tuple[float, float]:
    """(mean, standard error); NaN where there are too few."""
    n = len(values)
    error = float(values.std(ddof=1) / math.sqrt(n)) if n > 1 else math.nan
    return float(values.mean()) if n else math.nan, error


def limit(found: Repeats) -> float:
    """How many standard errors the bounds reach: ALPHA spread over all heads, both trials and all displacements."""
    tests = len(found.heads) * 2 * FURTHEST
    return NormalDist().inv_cdf(1 - ALPHA / tests)


def gain(found: Repeats) -> tuple[float, float] | None:
    """(mean, standard error) in nats a token: how much easier a word is after itself than after another word.

    None without words. The first movement, which leads from the word before, is left out.
    """
    word, other = found.trials.get("word"), found.trials.get("other")
    return mean(other.losses[:, 1] - word.losses[:, 1]) if word is not None and other is not None else None


def random_gain(found: Repeats) -> tuple[float, float]:
    """(mean, standard error) in nats a token: how much easier repeated random strokes are than shuffled ones."""
    return mean(found.trials["random_null"].losses[:, 1] - found.trials["random"].losses[:, 1])


def verdict(found: Repeats) -> tuple[str, ...]:
    """In sentences, with numbers: the mechanism, how sure that is, and the behaviour."""
    return (*_mechanism(found), *_behaviour(found))


def strongest(found: Repeats) -> list[Comparison]:
    """All heads on both trials by their best stripe, the largest excess first."""
    every = [one for trial in ("random", "word") for one in comparisons(found, "stripe", trial)]
    return sorted(every, key=lambda one: -one.excess)


def _mechanism(found: Repeats) -> Iterator[str]:
    every, reach = strongest(found), limit(found)
    passing = [one for one in every if one.excess >= ENOUGH and one.z > reach]
    if passing:
        heads = list(dict.fromkeys(one.head for one in passing))
        best = passing[0]
        yield f"Induction: {', '.join(map(str, heads[:4]))}{' and others' if len(heads) > 4 else ''}."
        where = f"{_place(best)} on {trial_words(best.trial)}"
        yield f"{best.head}: {best.value:.2f} of its attention {where}, {best.null:.2f} when shuffled (z {best.z:.0f})."
        return
    best, most = every[0], max(one.most(reach) for one in every)
    yield NONE
    sure = f"z {best.z:.1f}" + ("" if best.z > reach else ", within chance")
    yield f"Largest excess over shuffled lines: {best.excess:.4f} ({best.head}, {trial_words(best.trial)}, {sure})."
    yield f"No head can have more than {most:.3f} (99 %, all heads and stripes at once); {ENOUGH} would count."


def _behaviour(found: Repeats) -> Iterator[str]:
    words = gain(found)
    if words is None:
        saved, error = random_gain(found)
        yield f"Repeated random strokes, instead of shuffled ones, are {_easier(saved, error)}."
    else:
        yield f"A word after itself, instead of after another one, is {_easier(*words)}."


def _easier(saved: float, error: float) -> str:
    """Within two standard errors there is no difference to speak of."""
    if abs(saved) < 2 * error:
        return f"not clearly easier or harder ({saved:+.2f} ± {error:.2f} nats a token)"
    return f"{'easier' if saved > 0 else 'harder'} by {abs(saved):.2f} ± {error:.2f} nats a token"


def _place(one: Comparison) -> str:
    return "to what followed" if one.displacement == 1 else f"{one.displacement - 1} past what followed"


def trial_words(trial: str) -> str:
    return {"random": "random strokes", "word": "the same word again", "other": "another word"}[trial]
