"""The pairs that one head composes with most."""

import numpy as np

from analysis.figures.table import Row, Table
from analysis.measures.composition import Composition
from analysis.session.session import Session
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views.composition.composition import NORM, composed, folded_words, z_words

COUNT = 6


def compute(session: Session, selection: Selection, tick: Tick) -> Table:
    """For each mode, the earlier heads that feed this head most and the later heads that it feeds most, by z."""
    found = composed(session, selection)
    here, rows = found.heads.index(selection.head), []
    for mode in ("k", "q", "v"):
        every = np.sort(found.z[mode][np.isfinite(found.z[mode])])
        for into, words in ((True, f"{mode.upper()} input from"), (False, f"into {mode.upper()} of")):
            z = found.z[mode][:, here] if into else found.z[mode][here]
            raw = found.raw[mode][:, here] if into else found.raw[mode][here]
            best = [index for index in np.argsort(-np.nan_to_num(z, nan=-np.inf)) if np.isfinite(z[index])][:COUNT]
            if best:
                rows.append(Row((words, "", "", "", ""), heading=True))
            for index in best:
                other = found.heads[index]
                pair = (other, selection.head) if into else (selection.head, other)
                above = len(every) - int(np.searchsorted(every, z[index], side="left"))
                cells = (str(other), f"{raw[index]:.3f}", f"{raw[index] / found.baseline:.2f}×", f"{z[index]:+.1f}",
                         f"{above} of {len(every)}")  # fmt: skip
                tip = f"{pair[0]} → {pair[1]}: {raw[index]:.3f}, {cells[2]} the baseline; by z number {above} of all "
                tip += f"{len(every)} pairs; click to go to {other}"
                rows.append(Row(cells, tip, head=other))
    return Table(
        f"{selection.head} composes with", ("head", "raw", "÷ base", "z", "rank"), tuple(rows), ("÷ base", "raw"),
        note=_note(found, session, selection) if rows else "This head has no path to or from another one.",
    )


def _note(found: Composition, session: Session, selection: Selection) -> str:
    every = np.concatenate([z.ravel() for z in found.z.values()])
    return f"by z, largest first; {folded_words(session, selection)}; rank: by z among all pairs; {z_words(every)}"


VIEW = View(
    ViewInfo(
        "partners", "composition", "Partners", "The heads that this head composes with most, in and out.", (NORM,),
        frozenset({"head", "composition"}), 20,
        formula="z = (‖OV₁ M₂‖² − mean) / standard deviation under random rotations;  M₂ = QK₂, QK₂ᵀ or OV₂",
    ),
    compute,
)
