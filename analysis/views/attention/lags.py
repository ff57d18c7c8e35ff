"""The lag spectrum of all heads in one picture."""

from analysis.figures.axis import Axis, Scale
from analysis.figures.heatmap import Heatmap
from analysis.session.session import Session
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import numpy
from analysis.views.attention.pattern import FAINTEST, SCALE


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """Mean attention at every distance query − key (across), for every self-attention head (down)."""
    facts = session.prompt_facts
    values = numpy(session.spectrum(selection.sample, tick))
    heads = tuple(head for head in session.model.heads if head.kind == "self")
    rows = Axis("head", len(heads), tuple(str(head) for head in heads), heads=heads)
    cols = Axis("lag (query − key)", values.shape[1], unit="tokens")
    log = selection.option(SCALE.key, SCALE.default) == "log"
    scale = Scale("log", FAINTEST, 1.0, "mean attention") if log else Scale("sequential", 0.0, 1.0, "mean attention")
    which = f"mean of {facts.n_samples} samples" if selection.sample is None else f"sample {selection.sample}"
    note = f"{facts.description}; {which}"
    if facts.period:
        note += f"; induction at {facts.period - 1}, duplicate at {facts.period}, previous at 1"
    return Heatmap("Lag spectrum", values, rows, cols, scale, note=note)


VIEW = View(
    ViewInfo(
        "lags", "attention", "Lags", "Mean attention at every distance between query and key, for every head.",
        (SCALE,), frozenset({"sample", "prompt"}), 20, formula="mean over i of A[i, i − Δ]",
    ),
    compute,
)
