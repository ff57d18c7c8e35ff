"""What the loss does without each head."""

from analysis.causal.effects import Effects
from analysis.causal.statistics import mean_there
from analysis.figures.heatmap import Heatmap, mosaic
from analysis.session.session import Session
from analysis.values import Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import signed
from analysis.views.effects._effects import HOW, KEEP, check_runs, faint, remarks, wanted, words

ON_THE_CARD = (
    "the head card asks of random tokens whose second copy is rotated, at the length that suits the model best, with "
    "the output set to its mean"
)


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """Change of the loss on the second copy (of all tokens where nothing repeats), [layers, heads]."""
    check_runs(session)
    how, frozen = wanted(selection)
    found: Effects
    found, whole = session.study("ablations", (how, frozen))
    values, n = mean_there(found.change), found.clean.shape[0]
    hatched, why = faint(found.change, whole and not found.problem)
    asked = f"{found.second_words}, {words(how, frozen)}; {n} samples of the prompt" + (f"; {why}" if why else "")
    note = f"{asked}{remarks(found)}; {ON_THE_CARD}"
    scale = signed(values, "change of loss (nats)")
    return mosaic(session.loaded.facts, selection.head, values, "Loss without each head", scale, note, hatched)


VIEW = View(
    ViewInfo(
        "ablation", "effects", "Ablation",
        "How much the loss rises when a head's output is taken away; click a cell to go to its head.", (HOW, KEEP),
        frozenset({"head", "prompt", "ablations"}), 10,
        formula="mean over samples of (loss without the head − loss), in nats",
    ),
    compute,
)
