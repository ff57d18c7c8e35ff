"""Which heads do induction: the answer about the whole model, in sentences and head by head."""

from analysis.figures.table import Row, Table
from analysis.session.session import Session
from analysis.values import Called, Selection, Tick, ViewInfo
from analysis.verdict.wording.facts import Answer, HeadFacts
from analysis.verdict.wording.sentences import sentences
from analysis.verdict.wording.words import STRONG, trace
from analysis.views import View

COLUMNS = ("head", "share", "copies", "without it", "Shapley")
UNSAID = ("none", "first token")
"""Words of heads that are not listed unless something else is known of them."""


def compute(session: Session, selection: Selection, tick: Tick) -> Table:
    """[head and its words, share by content, copying, effect, Shapley]; the sentences above."""
    found: Answer
    found, whole = session.study("answer")
    rows = [Row((sentence, "", "", "", ""), prose=True) for sentence in (*sentences(found), *found.notes)]
    heads = [facts for facts in found.heads.values() if facts.words[0] not in UNSAID or trace(facts) or facts.effect]
    heads.sort(key=lambda facts: (-facts.share.value if trace(facts) else 0.0, facts.head))
    if heads:
        rows += [Row(("Heads", "", "", "", ""), heading=True), *map(_row, heads)]
    asked = f"{found.prompt}, {found.samples} samples; " if found.prompt else ""
    note = f"{asked}share by content; copies: logits of the right token; without it, Shapley: nats of loss"
    title = "Which heads do induction"
    return Table(title if whole else f"{title} (so far)", COLUMNS, tuple(rows), note=note, spare=("Shapley", "copies"))


def _row(facts: HeadFacts) -> Row:
    effect, called = facts.effect, Called(facts.words, facts.confirmed)
    shapley = f"{effect.shapley:+.2f}" if effect and effect.shapley == effect.shapley else ""
    cells = (
        f"{facts.head}: {called}", f"{facts.share.value:.2f}", f"{facts.copying.value:+.2f}" if facts.copying else "",
        f"{effect.told.value:+.2f}" if effect else "", shapley,
    )  # fmt: skip
    tip = f"Share by content {facts.share} (strong from {STRONG:g})"
    tip += f"; copying {facts.copying.signed} logits" if facts.copying else ""
    tip += f"; without it {effect.told.signed} nats" if effect else ""
    return Row(cells, f"{tip}. {' '.join(facts.notes)} Click: the head.", head=facts.head)


VIEW = View(
    ViewInfo(
        "answer", "effects", "Induction",
        "Whether the model copies by content and from how far, which heads do it, by which circuits, and how sure.",
        (), frozenset({"answer"}), 5,
        formula="share: attention to places past the earlier occurrence, above the same tokens shuffled",
    ),
    compute,
)
