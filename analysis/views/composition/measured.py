"""How much of a later head's scores or values varies with what an earlier head wrote, on the prompt."""

import numpy as np

from analysis.causal.measured_composition import MeasuredComposition
from analysis.figures.axis import Axis, Scale
from analysis.figures.heatmap import Heatmap
from analysis.session.session import Session
from analysis.values import Option, Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views.composition.composition import MODE

SHOWN = Option(
    "measured_as", "show", "spread", choices=(("spread", "spread"), ("share", "÷ whole")),
    tip="spread: standard deviation of what the earlier head's output adds. ÷ whole: over that of the whole score or "
    "value; above 1 where other parts cancel it.",
)


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """[earlier heads, later heads]; a pair that cannot compose is undefined."""
    _ = session.prompt  # Raises UserError where there is none.
    found: MeasuredComposition
    found, _ = session.study("measured_composition")
    mode, share = selection.option(MODE.key, MODE.default), selection.option(SHOWN.key, SHOWN.default) == "share"
    values = found.share(mode) if share else found.spread[mode]
    unit = "v W_O" if mode == "v" else "score"
    top = float(np.nanmax(values)) if np.isfinite(values).any() else 0.0
    names = tuple(str(head) for head in found.heads)
    rows, cols = (Axis(name, len(names), names, heads=found.heads) for name in ("earlier head", "later head"))
    marked = None
    if selection.pair in found.heads and selection.head in found.heads:
        marked = (found.heads.index(selection.pair), found.heads.index(selection.head))
    what = "of the part of v W_O, over positions" if mode == "v" else "of the part of the score, over a query's keys"
    note = f"standard deviation {what}{'; ÷ that of the whole' if share else ''}; scales of norms fixed; "
    note += "before the cap; " if session.model.config.attention_cap and mode != "v" else ""
    note += f"{found.n_samples} samples of the prompt; grey: no path"
    label = f"spread of {unit}, part ÷ whole" if share else f"spread of {unit}"
    scale = Scale("sequential", 0.0, top or 1.0, label)
    return Heatmap(f"{mode.upper()}-composition on the prompt", values, rows, cols, scale, note=note, marked=marked)


VIEW = View(
    ViewInfo(
        "measured_composition", "composition", "On the prompt",
        "How much an earlier head's output moves a later head's scores or values here; click a cell for the pair.",
        (MODE, SHOWN), frozenset({"head", "pair", "prompt", "measured_composition"}), 15,
        formula="K: √mean var_j (q_i · k_j of the earlier head's output · scale);  Q: q for k;  V: of v W_O",
    ),
    compute,
)
