"""What the loss does without each head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..causal.effects import Effects
from ..causal.statistics import mean_there
from ..registry import View
from ..values import Heatmap, Selection, Tick, ViewInfo
from ._effects import HOW, KEEP, check_runs, faint, remarks, wanted, words
from ._mosaic import mosaic
from ._shared import signed

if TYPE_CHECKING:
    from ..session import Session


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """Change of the loss on the second copy (of all tokens where nothing repeats), [layers, heads]."""
    check_runs(session)
    how, frozen = wanted(selection)
    found: Effects
    found, whole = session.study("ablations", (how, frozen))
    values, n = mean_there(found.change), found.clean.shape[0]
    hatched, why = faint(found.change, whole and not found.problem)
    note = f"{found.second_words}, {words(how, frozen)}; {n} samples" + (f"; {why}" if why else "") + remarks(found)
    scale = signed(values, "change of loss (nats)")
    return mosaic(session, selection.head, values, "Loss without each head", scale, note, hatched)


VIEW = View(
    ViewInfo(
        "ablation",
        "effects",
        "Ablation",
        "How much the loss rises when a head's output is taken away; click a cell to go to its head.",
        (HOW, KEEP),
        frozenset({"head", "prompt", "ablations"}),
        10,
        formula="mean over samples of (loss without the head − loss), in nats",
    ),
    compute,
)
