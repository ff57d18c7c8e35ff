"""Loss by position with and without the selected head."""

from analysis.causal.interventions import Ablate, Experiment
from analysis.figures.curves import Curves
from analysis.session.session import Session
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views.effects._before_after import before_after
from analysis.views.effects._effects import HOW, KEEP, check_runs, wanted, words


def compute(session: Session, selection: Selection, tick: Tick) -> Curves:
    """Mean loss in nats of every token against its position: the whole model, and without the head."""
    check_runs(session)
    how, frozen = wanted(selection)
    found, _ = session.study("experiments", (Experiment((Ablate(selection.head, how),), frozen),))
    title = f"Loss without {selection.head}"
    return before_after(session, found, title, f"without {selection.head}", words(how, frozen))


VIEW = View(
    ViewInfo(
        "ablation_loss", "effects", "Without it",
        "Loss of every token by position, with the selected head and without it.", (HOW, KEEP),
        frozenset({"head", "prompt", "experiments"}), 20,
        formula="−ln p(token | all tokens before it), with and without z of the head",
    ),
    compute,
)
