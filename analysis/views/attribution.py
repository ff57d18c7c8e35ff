"""What each head adds to the logit of the right next token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..causal.attribution import Attribution
from ..causal.statistics import mean_there
from ..registry import View
from ..values import Heatmap, Selection, Tick, ViewInfo
from ._effects import check_runs, faint
from ._mosaic import mosaic
from ._shared import signed

if TYPE_CHECKING:
    from ..session import Session


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """Mean over the second copy (over all tokens where nothing repeats), in logits, [layers, heads]."""
    check_runs(session)
    found: Attribution
    found, whole = session.study("attribution")
    values = mean_there(found.second)
    hatched, why = faint(found.second, whole)
    where = "second copy" if found.period is not None else "all tokens"
    capped = "; before the logits' cap" if session.model.config.logit_cap else ""
    note = f"{where}, above the mean logit, scales of the norms fixed{capped}; {found.second.shape[1]} samples"
    return mosaic(
        session, selection.head, values, "Direct effect on the right next token", signed(values, "logits"),
        note + (f"; {why}" if why else ""), hatched,
    )


VIEW = View(
    ViewInfo(
        "attribution",
        "effects",
        "Attribution",
        "How much each head adds to the right next token's logit by itself, through no later layer.",
        (),
        frozenset({"head", "prompt", "attribution"}),
        30,
        formula="z W_O · (w[next token] − mean of w) / norm scale;  w: columns of W_U",
    ),
    compute,
)
