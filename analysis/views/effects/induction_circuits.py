"""The edges by which the heads that copy find their place, each cut for real."""

import math

from analysis.figures.table import Row, Table
from analysis.session.session import Session
from analysis.values import Selection, Tick, ViewInfo
from analysis.verdict.measured import Measured
from analysis.verdict.wording.facts import EFFECT, Answer, Circuit
from analysis.views import View
from analysis.views.effects._effects import check_runs

COLUMNS = ("edge", "cut alone", "cut into all", "no stand-ins", "worth", "share lost")
NOTE = (
    "rise of the loss where order tells the token, nats, [95 % interval]; worth: logits of the right token, to first "
    "order; share lost: of the later head's attention by content"
)


def compute(session: Session, selection: Selection, tick: Tick) -> Table:
    """[edge, three cuts, what it is worth to first order, attention lost], the costliest first."""
    check_runs(session)
    found: Answer
    found, whole = session.study("answer")
    if not found.circuits:
        none = "No edge into a head that copies costs anything when it is cut." if whole else "The edges are being cut."
        return Table("Induction circuits", COLUMNS, (), note=none)
    note = f"{NOTE}; {found.prompt}, {found.samples} samples at most"
    return Table("Induction circuits", COLUMNS, tuple(map(_row, found.circuits)), note=note, spare=COLUMNS[:2:-1])


def _row(one: Circuit) -> Row:
    cells = (
        f"{one.earlier} → {one.into.upper()} of {one.later}", one.effect.signed, one.together.signed,
        one.single.signed, f"{one.worth:+.2f}", f"{one.share:.2f}",
    )  # fmt: skip
    tip = (
        f"What {one.earlier} writes, left out of the {one.into.upper()} input of {one.later}: alone "
        f"{one.effect.signed} nats; out of that input of all heads that it feeds {one.together.signed}; alone, with "
        f"the others of the group gone, {one.single.signed}. {_said(one)} Click: the pair."
    )
    if math.isfinite(one.reads):
        tip = f"{one.earlier} wrote {one.reads:.0%} of what makes the score there stand out. {tip}"
    return Row(cells, tip, pair=(one.earlier, one.later))


def _said(one: Circuit) -> str:
    if any(_costs(each) for each in (one.effect, one.together, one.single)):
        return f"At least one of them costs {EFFECT:g} nats or more, interval above 0."
    return "None of them costs much: it is how the head finds its place."


def _costs(effect: Measured) -> bool:
    return effect.real and effect.value >= EFFECT


VIEW = View(
    ViewInfo(
        "circuits", "effects", "Circuits",
        "Which earlier heads feed the queries, keys and values of the heads that copy: all edges to first order, the "
        "best of them cut for real.",
        (), frozenset({"prompt", "answer"}), 40,
        formula="loss without the edge − loss, where order tells the token",
    ),
    compute,
)
