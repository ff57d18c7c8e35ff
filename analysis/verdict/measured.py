"""A number with how sure it is."""

import math
from dataclasses import dataclass

from jaxtyping import Float

from analysis.values import FloatArray
from analysis.verdict import chance


@dataclass(frozen=True)
class Measured:
    """A number, its 95 % interval (NaN for too few samples), what chance gives, and its false-discovery rate."""

    value: float
    low: float = math.nan
    high: float = math.nan
    null: float = 0.0
    q: float = math.nan
    """NaN where none is defined."""

    @property
    def real(self) -> bool:
        """Whether it stands above chance; without an interval nothing does."""
        return self.value > self.null and self.low > self.null and not self.q > chance.LEVEL

    @property
    def real_below(self) -> bool:
        """Whether it stands below chance."""
        return self.value < self.null and self.high < self.null and not self.q > chance.LEVEL

    def straddles(self, mark: float) -> bool:
        """Whether the interval holds a mark, so that other samples could fall on its other side."""
        return self.low < mark < self.high

    def __str__(self) -> str:
        ends = f" [{_rounded(self.low):.2f}, {_rounded(self.high):.2f}]" if math.isfinite(self.low) else ""
        return f"{_rounded(self.value):.2f}{ends}"

    @property
    def brief(self) -> str:
        """With half of its interval."""
        half = f" ± {(self.high - self.low) / 2:.2f}" if math.isfinite(self.low) else ""
        return f"{_rounded(self.value):+.2f}{half}"

    @property
    def signed(self) -> str:
        ends = f" [{_rounded(self.low):+.2f}, {_rounded(self.high):+.2f}]" if math.isfinite(self.low) else ""
        return f"{_rounded(self.value):+.2f}{ends}"


def _rounded(value: float) -> float:
    """To two digits, never −0."""
    return round(value, 2) + 0.0


def mean_of(samples: Float[FloatArray, " samples"], null: float = 0.0, q: float = math.nan) -> Measured:
    """The mean of one number a sample."""
    low, high = chance.of_mean(samples)
    return Measured(float(samples.mean()), float(low), float(high), null, q)
