"""Circuits found: previous-token heads that feed the keys of induction heads."""

from dataclasses import dataclass

import numpy as np

from analysis.causal.interventions import Cut, Experiment
from analysis.measures.composition import Composition
from analysis.values import HeadId, ScoreTable

LEAST = 0.1
"""Of the previous-token score of the first head and the induction score or best stripe of the second."""
MOST = 12


@dataclass(frozen=True)
class Pair:
    """Two heads that look like an induction circuit."""

    earlier: HeadId
    later: HeadId
    previous: float
    """Previous-token score of the earlier head."""
    induction: float
    """Induction score of the later head, or its best stripe where that is higher: it may look past the follower."""
    z: float
    """K-composition, standard deviations above a random rotation: it ranks pairs. Many pairs of a trained model have a
    large one, so that it proves nothing."""

    @property
    def cut(self) -> Experiment:
        return Experiment((Cut(self.earlier, self.later, "k"),))


def pairs(composition: Composition, scores: ScoreTable) -> tuple[Pair, ...]:
    """The pairs whose scores are both at least LEAST, by K-composition z, largest first; at most MOST."""
    heads, z = composition.heads, composition.z["k"]
    previous = np.array([scores.value("previous", head) for head in heads])
    induction = np.array([max(_known(scores, "induction", head), _known(scores, "stripe", head)) for head in heads])
    rows, cols = np.nonzero((previous >= LEAST)[:, None] & (induction >= LEAST)[None, :] & np.isfinite(z))
    order = np.argsort(-z[rows, cols], kind="stable")[:MOST]
    return tuple(
        Pair(heads[row], heads[col], float(previous[row]), float(induction[col]), float(z[row, col]))
        for row, col in zip(rows[order].tolist(), cols[order].tolist(), strict=True)
    )


def _known(scores: ScoreTable, key: str, head: HeadId) -> float:
    value = scores.value(key, head)
    return value if np.isfinite(value) else 0.0
