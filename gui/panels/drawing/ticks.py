"""Where the ticks of an axis go, and what they say."""

import math


def nice_step(least: float) -> float:
    """The smallest of 1, 2, 5 × a power of ten that is at least `least` (> 0)."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least * (1 - 1e-9))


def nice_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """At most about `most` round values from low to high, each with its text; all with the same decimals."""
    if not high > low:
        return []
    step = nice_step((high - low) / max(1, most))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(index * step, number(index * step, step)) for index in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """The powers of ten from low to high (0 < low)."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    return [(10.0**power, f"{10.0**power:g}") for power in range(first, last + 1)]


def number(value: float, step: float) -> str:
    """The text of a tick: as many decimals as the step needs, a true minus sign."""
    if abs(value) < step / 1e6:
        return "0"
    if max(abs(value), step) >= 1e6 or step < 1e-5:
        return f"{value:.3g}".replace("-", "−")
    return f"{value:.{max(0, -math.floor(math.log10(step) + 1e-9))}f}".replace("-", "−")


def cell_step(cell: float, room: float) -> int:
    """Every how many cells a label fits: cells of `cell` pixels, `room` pixels for one label."""
    return max(1, round(nice_step(max(1.0, room / max(cell, 1e-9)))))
