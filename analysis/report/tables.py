"""The report's tables, as figures; each note is the table's caption."""

import math

from analysis.figures.table import Row, Table
from analysis.report.cross_attention import Readers
from analysis.report.findings import Findings
from analysis.values import WORDS
from analysis.verdict.cross_attention import HOW
from analysis.verdict.variants import VARIANTS
from analysis.verdict.wording.facts import EFFECT, Group, HeadFacts
from analysis.verdict.wording.words import COPY, PARTIAL, STRONG

BEST = 12
"""Heads in the table of other definitions."""
CONFIRMED = {"alone": "alone", "in a group": "in a group", "no": "no", "not asked": "–"}


def named(found: Findings) -> Table:
    """The heads that have a word, those that copy first, the largest share first."""
    heads = [one for one in found.answer.heads.values() if one.kind != "none"]
    heads.sort(key=lambda one: (WORDS.index(one.kind) if one.kind in WORDS else len(WORDS), -one.share.value))
    columns = ("head", "words", "share by content", "copying, logits", "without it, nats", "confirmed")
    note = (
        f"Share by content: partial from {PARTIAL:g}, strong from {STRONG:g}. Copying: from {COPY:g}. Without it: rise "
        f"of the loss where order tells the token; confirmed from {EFFECT:g}. With 95 % intervals."
    )
    return Table("Heads", columns, tuple(map(_named, heads)), note=note)


def _named(one: HeadFacts) -> Row:
    copying = one.copying.signed if one.copying else "–"
    effect = one.effect.told.signed if one.effect else "–"
    cells = (str(one.head), one.text, str(one.share), copying, effect, CONFIRMED[one.confirmed])
    places = f"Places past the earlier occurrence: {', '.join(map(str, one.offsets))}. " if one.offsets else ""
    return Row(cells, places + " ".join(one.notes))


def group(found: Findings, one: Group) -> Table:
    """The heads of a group, in the order in which their removal costs most, with what each does alone and in it."""
    order = list(one.order) or sorted(one.heads, key=lambda head: -one.shapley.get(head, 0.0))
    rows = []
    for number, head in enumerate(order):
        facts = found.answer.heads[head]
        effect = facts.effect
        alone, kept = (effect.told.signed if effect else "–"), (effect.kept.signed if effect and effect.kept else "–")
        lost = f"{one.curve[number]:+.2f}" if number < len(one.curve) else "–"
        shapley = f"{one.shapley[head]:+.2f}" if head in one.shapley else "–"
        rows.append(Row((str(head), f"{facts.share.value:.2f}", alone, lost, kept, shapley), " ".join(facts.notes)))
    share = f", {one.share:.0%} of what copying saves" if math.isfinite(one.share) else ""
    note = (
        f"Without all of them the loss rises by {one.effect.signed} nats{share}. With those above: when it is removed "
        "after them, the costliest first. Brings back: with all others gone. Shapley: mean cost over random orders."
    )
    columns = ("head", "share by content", "alone, nats", "with those above", "brings back", "Shapley")
    return Table("Group", columns, tuple(rows), note=note)


def reading(known: Readers) -> Table:
    """Every cross-attention head on real lines."""
    rows = []
    for head, one in known.heads.items():
        walk = str(one.walk), f"{one.walk.null:.2f}", _rate(one.walk.q)
        rows.append(Row((str(head), str(one.verdict), *walk, one.removal.own.signed, f"{one.removal.other:+.2f}")))
    columns = ("head", "verdict", "walk [95 %]", "other text", "q", "without it, nats", "other text")
    note = (
        "Walk: correlation, within words, of a stroke's place with that of the letter read. Beside another line's text "
        f"a token costs {known.gain.signed} nats more. Without it: output set to its {HOW}."
    )
    return Table("Reading", columns, tuple(rows), note=note)


def circuits(found: Findings) -> Table:
    """Each edge with what its cuts do."""
    rows = []
    for one in found.answer.circuits:
        cuts = one.effect.signed, one.together.signed, one.single.signed
        rows.append(Row((str(one.earlier), f"{one.into.upper()} of {one.later}", *cuts, f"{one.worth:+.2f}",
                         f"{one.share:.2f}")))  # fmt: skip
    columns = ("earlier head", "read by", "cut alone, nats", "cut into all", "no stand-ins", "worth", "share lost")
    note = (
        "Cut: what the earlier head writes is left out of this input and of nothing else; rise of the loss where order "
        "tells the token, with its 95 % interval. Into all: the same input of all heads that it feeds. No stand-ins: "
        "with the others of the group gone. Worth: logits, to first order. Share lost: of the later head's attention "
        "by content."
    )
    return Table("Circuits", columns, tuple(rows), note=note)


def every_head(found: Findings) -> Table:
    """Scores, effects and words of all heads."""
    keys = list(found.scores.values)
    rows = []
    for head in found.heads:
        scores = [found.scores.value(key, head) for key in keys]
        told = ("–" if score != score else f"{score:.3f}" for score in scores)
        one = found.answer.heads.get(head)
        share = f"{one.share.value:.2f}" if one else "–"
        effect = one.effect.told.signed if one and one.effect else "–"
        rows.append(Row((str(head), found.called(head), *told, share, effect)))
    columns = ("head", "words", *(key.replace("_", " ") for key in keys), "share by content", "without it, nats")
    note = "Scores as the window and the batch command give them; without it: asked of heads that may matter."
    return Table("All heads", columns, tuple(rows), note=note)


def published(found: Findings) -> Table:
    """The induction score by its other definitions, of the heads with the highest."""
    known = found.published
    best = sorted(range(len(known.heads)), key=lambda column: -float(known.values[:, column].max()))[:BEST]
    columns = ("head", *(f"{one.title} (of {known.ceiling(one):.2f})" for one in VARIANTS))
    rows = tuple(Row((str(known.heads[at]), *(f"{score:.3f}" for score in known.values[:, at]))) for at in best)
    note = "On plain repeats, the heads with the highest; in brackets the most that a perfect head can reach."
    return Table("Other definitions", columns, rows, note=note)


def _rate(q: float) -> str:
    return "–" if q != q else "< 0.001" if q < 0.001 else f"{q:.2g}"
