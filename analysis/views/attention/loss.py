"""Loss by position: does the second copy get easier?"""

import numpy as np

from analysis.figures.curves import Curves, Series
from analysis.session.session import Session
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import numpy


def compute(session: Session, selection: Selection, tick: Tick) -> Curves:
    """Loss in nats of every token given all before it, against its position: this sample and the mean."""
    facts, config = session.prompt_facts, session.model.config
    each = session.losses(None, tick)
    mean = numpy(each.nanmean(0))
    chance = float(np.log(config.d_vocab))
    series = [Series(f"mean of {facts.n_samples}" if facts.n_samples > 1 else "loss", mean, emphasis=True)]
    series.append(Series("uniform guess", np.full(len(mean), chance, np.float32)))
    if selection.sample is not None and facts.n_samples > 1:
        series.append(Series(f"sample {selection.sample}", numpy(session.losses(selection.sample, tick)[0])))
    marks: tuple[tuple[float, str], ...] = ()
    note = facts.description
    if facts.period:
        copies = range(1, (facts.n_tokens - facts.start) // facts.period)
        marks = tuple((facts.start + copy * facts.period, f"copy {copy + 1}") for copy in copies)
        note += "; " + _words(mean, facts.start, facts.period)
    x = np.arange(1, len(mean) + 1, dtype=np.float32)
    if np.isfinite(mean).any() and float(np.nanmean(mean)) > chance:
        note += "; worse than a uniform guess: far from what the model was trained on"
    top = 1.05 * max(float(np.nanmax(line.y, initial=0.0)) for line in series)
    return Curves(
        "Loss by position", x, tuple(series), "position", "loss (nats)", note=note, marks=marks, y_range=(0.0, top)
    )


def _words(mean: np.ndarray, start: int, period: int) -> str:
    """First and second copy in numbers; index i is the loss of token i + 1."""
    first = float(mean[start : start + period - 1].mean())
    second = float(mean[start + period : start + 2 * period - 1].mean())
    return f"first copy {first:.2f}, second copy {second:.2f} nats"


VIEW = View(
    ViewInfo(
        "loss", "attention", "Loss",
        "Loss of every token by position: in-context learning shows as a drop in copy 2.", (),
        frozenset({"sample", "prompt"}), 40,
        formula="−ln p(token | all tokens before it), in nats; none past the end of a line",
    ),
    compute,
)
