"""The scores of every head."""

from dataclasses import dataclass, field

import numpy as np

from analysis.values.arrays import FloatArray
from analysis.values.heads import HeadId, Kind


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """The scores of every head: for each key and kind [layers, heads], NaN where undefined or not yet computed."""

    values: dict[str, dict[Kind, FloatArray]]
    errors: dict[str, dict[Kind, FloatArray]]
    """Standard error of the mean over the samples, where the score is a mean over samples."""
    behaviour: dict[str, float] = field(default_factory=dict)
    """"first_loss" and "second_loss": mean loss in nats on the first and second copy of the scoring prompt."""
    problems: tuple[str, ...] = ()
    """Why some prompts could not be made, a sentence each: the scores on them are undefined."""

    def value(self, key: str, head: HeadId) -> float:
        return _cell(self.values, key, head)

    def error(self, key: str, head: HeadId) -> float:
        return _cell(self.errors, key, head)

    def highest(self, key: str) -> HeadId | None:
        """The self-attention head with the highest value of a score; None where none is defined."""
        array = self.values.get(key, {}).get("self")
        if array is None or not np.isfinite(array).any():
            return None
        layer, index = divmod(int(np.nanargmax(array)), array.shape[1])
        return HeadId(layer, index)


def _cell(arrays: dict[str, dict[Kind, FloatArray]], key: str, head: HeadId) -> float:
    array = arrays.get(key, {}).get(head.kind)
    if array is None or head.layer >= array.shape[0] or head.index >= array.shape[1]:
        return float("nan")
    return float(array[head.layer, head.index])
