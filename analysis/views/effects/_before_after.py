"""One change as two curves: loss by position before and after."""

import numpy as np

from analysis.causal.effects import Effects
from analysis.causal.statistics import mean_there
from analysis.figures.curves import Curves, Series
from analysis.session.session import Session
from analysis.views.effects._effects import interval, remarks


def before_after(session: Session, found: Effects, title: str, after: str, how: str) -> Curves:
    """The first experiment of `found` against the clean pass, means over the samples."""
    clean, changed = mean_there(found.clean.T), mean_there(found.losses[0].T)
    series = (Series("whole model", clean), Series(after, changed, emphasis=True))
    x = np.arange(1, len(clean) + 1, dtype=np.float32)
    marks: tuple[tuple[float, str], ...] = ()
    if found.period is not None:
        copies = range(1, (len(x) + 1 - found.start) // found.period)
        marks = tuple((found.start + copy * found.period, f"copy {copy + 1}") for copy in copies)
    top = 1.05 * max(1e-3, *(float(np.nanmax(line.y, initial=0.0)) for line in series))
    note = f"{how}; {change_words(found, 0)}; {len(found.clean)} samples{remarks(found)}"
    return Curves(title, x, series, "position", "loss (nats)", note=note, marks=marks, y_range=(0.0, top))


def change_words(found: Effects, number: int) -> str:
    """What one experiment changes, in nats, each with its 95 % interval."""
    if found.period is None:
        return f"loss {interval(found.change[number])}"
    first = found.first(found.losses[number]) - found.first(found.clean)
    return f"copy 1 {interval(first)}, copy 2 {interval(found.change[number])} nats"
