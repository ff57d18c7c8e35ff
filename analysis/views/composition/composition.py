"""Composition of every earlier head (down) into every later head (across)."""

import numpy as np

from analysis.figures.axis import Axis, Scale
from analysis.figures.heatmap import Heatmap
from analysis.measures.composition import Composition
from analysis.session.session import Session
from analysis.values import Option, Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import signed

MODE = Option(
    "composition", "into", "k", choices=(("q", "Q"), ("k", "K"), ("v", "V")),
    tip="Which input of the later head the earlier head's output enters. Induction uses K.",
)
SHOWN = Option(
    "composition_as", "show", "z", choices=(("raw", "raw"), ("over", "over baseline"), ("z", "z")),
    tip="raw: ‖A B‖ / ‖A‖ ‖B‖. over baseline: times √d_model, 1 for unrelated heads. z: standard deviations "
    "of the squared score above what a random rotation gives.",
)


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """[earlier heads, later heads]; a pair that cannot compose is undefined."""
    found = composed(session)
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
        "z": "z: standard deviations of score² above a random rotation",
        "over": f"1: unrelated heads (baseline 1/√d_model = {found.baseline:.3f})",
        "raw": f"unrelated heads: 1/√d_model = {found.baseline:.3f}",
    }
    note = f"{unit[shown]}; grey: no path"
    return Heatmap(f"{mode.upper()}-composition", values, rows, cols, scale, note=note, marked=marked)


def composed(session: Session) -> Composition:
    """The composition of all pairs; raises UserError where there is none, NotReady until it is computed."""
    found: Composition = session.study("composition")[0]
    return found


def _largest(values: np.ndarray) -> float:
    return float(np.nanmax(values)) if np.isfinite(values).any() else 0.0


VIEW = View(
    ViewInfo(
        "composition", "composition", "All pairs",
        "How strongly an earlier head's output feeds a later head; click a cell for the pair.", (MODE, SHOWN),
        frozenset({"head", "pair", "composition"}), 10,
        formula="K: ‖OV₁ QK₂ᵀ‖ / (‖OV₁‖ ‖QK₂‖);  Q: QK₂ instead of QK₂ᵀ;  V: OV₂ instead of QK₂ᵀ",
    ),
    compute,
)
