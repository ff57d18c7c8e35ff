"""Previous-token heads that feed induction heads, and what cutting the edge between them does."""

from analysis.causal.circuits import LEAST, Pair, pairs
from analysis.causal.effects import Effects
from analysis.causal.interventions import Experiment
from analysis.figures.table import Row, Table
from analysis.measures.composition import Composition
from analysis.session.session import Session
from analysis.values import NotReady, Selection, Tick, ViewInfo
from analysis.verdict.chance import LEVEL
from analysis.views import View
from analysis.views.composition.composition import z_words
from analysis.views.effects._effects import check_runs, interval, remarks, significant


def compute(session: Session, selection: Selection, tick: Tick) -> Table:
    """The pairs by K-composition z, each with the change of the second copy's loss when its K edge is cut."""
    check_runs(session)
    composition: Composition = session.study("composition")[0]
    found = pairs(composition, session.study("scores")[0])
    columns = ("pair", "prev.", "ind.", "K z", "K edge cut")
    if not found:
        words = f"No pair: no head with a previous-token score of {LEAST} comes before one with an induction stripe."
        return Table("Induction circuits", columns, (), note=words)
    effects: Effects | None
    try:
        effects, whole = session.study("experiments", cuts(found))
    except NotReady:
        effects, whole = None, False
    rows = [_row(pair, number, effects, whole) for number, pair in enumerate(found)]
    if len(found) > 1:
        texts = "all of these", "", "", "", _cut(len(found), effects, whole)[0]
        joint = "All of these edges cut at once: heads that do the same work stand in for each other."
        rows.insert(0, Row(texts, joint))  # What single edges do means little without it.
    note = "change of the second copy's loss, nats, [95 % interval]" if whole else "the edges are being cut"
    if effects is not None:
        note = note.replace("second copy's loss", f"loss on {effects.second_words}") if effects.period is None else note
        note += remarks(effects)
    note += f"; by K z, largest first; {z_words(composition.z['k'])}"
    return Table("Induction circuits", columns, tuple(rows), note=note)


def cuts(found: tuple[Pair, ...]) -> tuple[Experiment, ...]:
    """Each pair's K edge cut, and all of them at once where there are several."""
    every = Experiment(tuple(change for pair in found for change in pair.cut.changes))
    return (*(pair.cut for pair in found), *([every] if len(found) > 1 else []))


def _row(pair: Pair, number: int, effects: Effects | None, whole: bool) -> Row:
    cut, verdict = _cut(number, effects, whole)
    cells = f"{pair.earlier} → {pair.later}", f"{pair.previous:.2f}", f"{pair.induction:.2f}", f"{pair.z:+.1f}", cut
    tip = (
        f"{pair.earlier} gives {pair.previous:.0%} of its attention to the token before, {pair.later} "
        f"{pair.induction:.0%} to the induction stripe; pairs from {LEAST:.0%} each on are listed. {verdict} "
        "Click: the pair."
    )
    return Row(cells, tip, pair=(pair.earlier, pair.later))


def _cut(number: int, effects: Effects | None, whole: bool) -> tuple[str, str]:
    """What one cut does, and what that says."""
    if effects is None or not whole or effects.problem:
        return "…", "The edge is being cut."
    change = effects.change
    if bool(significant(change)[number]) and float(change[number].mean()) > 0:
        words = (
            f"✓: without this edge the loss rises, by {float(change[number].mean()):.2g} nats ({LEVEL:.0%} false "
            "discoveries among the pairs)."
        )
        return interval(change[number]) + " ✓", words
    return interval(change[number]), "Without this edge the loss does not rise significantly."


VIEW = View(
    ViewInfo(
        "circuits", "effects", "Circuits",
        "Heads that look at the token before and feed the keys of heads with an induction stripe, each edge cut; "
        "✓: the loss rises significantly.",
        (),
        frozenset({"prompt", "scores", "composition", "experiments"}),
        40,
        formula="K: ‖OV₁ QK₂ᵀ‖ / (‖OV₁‖ ‖QK₂‖), as z;  cut: loss without the edge − loss",
    ),
    compute,
)
