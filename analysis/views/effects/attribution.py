"""What each head adds to the logit of the right next token."""

from analysis.causal.attribution import Attribution
from analysis.causal.statistics import mean_there
from analysis.figures.heatmap import Heatmap, mosaic
from analysis.session.session import Session
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import signed
from analysis.views.effects._effects import check_runs, faint


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
        session.loaded.facts, selection.head, values, "Direct effect on the right next token", signed(values, "logits"),
        note + (f"; {why}" if why else ""), hatched,
    )


VIEW = View(
    ViewInfo(
        "attribution", "effects", "Attribution",
        "How much each head adds to the right next token's logit by itself, through no later layer.", (),
        frozenset({"head", "prompt", "attribution"}), 30,
        formula="z W_O · (w[next token] − mean of w) / norm scale;  w: columns of W_U",
    ),
    compute,
)
