"""Composition of every earlier head (down) into every later head (across)."""

import numpy as np

from analysis.figures.axis import Axis, Scale
from analysis.figures.heatmap import Heatmap
from analysis.measures.composition import Composition
from analysis.session.session import Session
from analysis.values import FloatArray, Option, Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import signed

MODE = Option(
    "composition", "into", "k", choices=(("q", "Q"), ("k", "K"), ("v", "V")),
    tip="Which input of the later head the earlier head's output enters. Induction uses K.",
)
NORM = Option(
    "norm", "norm", "raw", choices=(("raw", "raw"), ("folded", "folded")),
    tip="raw: the matrices alone. folded: the gains of all norms on the way (and LayerNorm's centring) multiplied in.",
)
Z = 2.0
"""Of so large a z the notes say how many pairs have it; nothing is left out for a smaller one."""
SHOWN = Option(
    "composition_as", "show", "z", choices=(("raw", "raw"), ("over", "over baseline"), ("z", "z")),
    tip="raw: ‖A B‖ / ‖A‖ ‖B‖. over baseline: times √d_model, 1 for unrelated heads. z: standard deviations "
    "of the squared score above what a random rotation gives; many pairs of a trained model lie far above.",
)


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """[earlier heads, later heads]; a pair that cannot compose is undefined."""
    found = composed(session, selection)
    mode, shown = selection.option(MODE.key, MODE.default), selection.option(SHOWN.key, SHOWN.default)
    raw, z = found.raw[mode], found.z[mode]
    if shown == "z":
        values, scale = z, signed(z, "z")
    elif shown == "over":
        values = raw / np.float32(found.baseline)
        scale = Scale("sequential", 0.0, max(1.0, _largest(values)), "score ÷ baseline")
    else:
        values, scale = raw, Scale("sequential", 0.0, _largest(raw) or 1.0, "composition score")
    names = tuple(str(head) for head in found.heads)
    rows, cols = (Axis(name, len(names), names, heads=found.heads) for name in ("earlier head", "later head"))
    marked = None
    if selection.pair in found.heads and selection.head in found.heads:
        marked = (found.heads.index(selection.pair), found.heads.index(selection.head))
    unit = {
        "z": z_words(z),
        "over": f"1: unrelated heads (baseline 1/√d_model = {found.baseline:.3f})",
        "raw": f"unrelated heads: 1/√d_model = {found.baseline:.3f}",
    }
    note = f"{unit[shown]}; {folded_words(session, selection)}; grey: no path"
    return Heatmap(f"{mode.upper()}-composition", values, rows, cols, scale, note=note, marked=marked)


def composed(session: Session, selection: Selection) -> Composition:
    """The composition of all pairs, raw or folded; raises UserError where there is none, NotReady until it is known."""
    folded = selection.option(NORM.key, NORM.default) == "folded"
    found: Composition = session.study("composition", "folded" if folded else None)[0]
    return found


def z_words(z: FloatArray) -> str:
    """What z is measured against, and how little a large one says in this model; `z` is that of all pairs."""
    there = z[np.isfinite(z)]
    share = f": {(there > Z).mean():.0%} of this model's pairs exceed {Z:g}" if len(there) else ""
    return f"z is against a random rotation, not a trained model{share}"


def folded_words(session: Session, selection: Selection) -> str:
    """How norms come into the score."""
    config = session.model.config
    if selection.option(NORM.key, NORM.default) != "folded" or config.norm == "none":
        return "raw weights"
    return "norms not known: raw weights" if config.weights_only else "gains of the norms folded in"


def _largest(values: np.ndarray) -> float:
    return float(np.nanmax(values)) if np.isfinite(values).any() else 0.0


VIEW = View(
    ViewInfo(
        "composition", "composition", "All pairs",
        "How strongly an earlier head's output feeds a later head; click a cell for the pair.", (MODE, SHOWN, NORM),
        frozenset({"head", "pair", "composition"}), 10,
        formula="K: ‖OV₁ QK₂ᵀ‖ / (‖OV₁‖ ‖QK₂‖);  Q: QK₂ instead of QK₂ᵀ;  V: OV₂ instead of QK₂ᵀ",
    ),
    compute,
)
