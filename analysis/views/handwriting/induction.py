"""Is there an induction head? One table: the answer on random strokes beside that on real words."""

import math
from collections.abc import Sequence
from contextlib import suppress

from analysis.figures.table import Row, Table
from analysis.session.session import Session
from analysis.studies.handwriting.repeats import Places, Repeats, RepeatsOptions
from analysis.values import HeadId, NotReady, Option, Selection, Tick, UserError, ViewInfo
from analysis.verdict.measured import Measured
from analysis.verdict.wording.facts import Answer, HeadFacts
from analysis.verdict.wording.sentences import sentences
from analysis.views import View
from analysis.views._shared import number

LINES = Option("repeats_lines", "words", "24", "number", low=8, high=500,
               tip="Real words that are asked; of random strokes as many as the answer takes.")  # fmt: skip
COLUMNS = ("", "random strokes", "share", "copies", "without it", "real words", "share", "copies", "without it")
BLANK = ("",) * (len(COLUMNS) - 1)
MOST = 4
"""Heads that the headline names."""
UNFINISHED = "; not done yet"
NUMBERS = (
    "share: attention by content, above the control. copies: rise of the right token's logit by what the head puts "
    "out. without it: rise of the loss in nats, of a word beyond that after another word"
)


def compute(session: Session, selection: Selection, tick: Tick) -> Table:
    """Both answers in sentences, then all heads: those that do induction first, the largest share first.

    Raises UserError for a model that reads no handwriting, NotReady before anything is known.
    """
    asked, whole = known(session, selection)
    rows = []
    for name, answer, _ in asked:
        rows.append(Row((f"{name}: {answer.prompt}", *BLANK), heading=True))
        rows += [Row((sentence, *BLANK), prose=True) for sentence in sentences(answer)]
    rows += [Row(("Heads", *BLANK), heading=True), _gain(asked)]
    rows += [_head(asked, head) for head in ranked(asked)]
    title = headline(asked) if whole else "The induction trial so far"
    note = f"means over samples [95 % interval; the others are in the tips]; {NUMBERS}{'' if whole else UNFINISHED}"
    return Table(f"{title} (handwriting)", COLUMNS, tuple(rows), note=note, spare=("without it", "copies"))


Named = tuple[str, Answer, Places | None]


def known(session: Session, selection: Selection) -> tuple[list[Named], bool]:
    """What is known, and whether that is all; raises NotReady before anything is known of random strokes."""
    check(session)
    answer, whole = session.study("answer")
    if whole:
        with suppress(NotReady):
            found, whole = session.study("repeats", options(session, selection))
            return answers(found), whole
    return [("Random strokes", answer, None)], False


def check(session: Session) -> None:
    if session.model.vocabulary.codec is None:
        raise UserError("The tokens of this model are not pen movements; its answer is on random tokens.")


def options(session: Session, selection: Selection) -> RepeatsOptions:
    lines = min(max(int(number(selection, LINES.key)) or int(LINES.default), int(LINES.low)), int(LINES.high))
    return RepeatsOptions(lines, session.model.data, session.asked)


def answers(found: Repeats) -> list[Named]:
    """Each with the name of its trial."""
    each = [("Random strokes", found.random), ("Real words", found.words)]
    return [(name, one.answer, one.places) for name, one in each if one is not None]


def ranked(asked: Sequence[Named]) -> list[HeadId]:
    """Heads that do induction on either trial first, the largest share first."""

    def key(head: HeadId) -> tuple[bool, float]:
        facts = [answer.heads[head] for _, answer, _ in asked if head in answer.heads]
        inducing = [one.share.value for one in facts if "induction" in one.words]
        return bool(inducing), max(inducing or [one.share.value for one in facts])

    return sorted(dict.fromkeys(head for _, answer, _ in asked for head in answer.heads), key=key, reverse=True)


def headline(asked: Sequence[Named]) -> str:
    """Which heads do induction: in the order of the table, whose numbers it speaks of."""
    order = ranked(asked)
    each = [[head for head in order if (one := answer.heads.get(head)) and "induction" in one.words]
            for _, answer, _ in asked]  # fmt: skip
    if not any(each):
        return "No induction head"
    if all(heads == each[0] for heads in each):
        return f"Induction: {_listed(each[0])}"
    said = [f"{_listed(heads)} on {name.lower()}" for (name, *_), heads in zip(asked, each, strict=True) if heads]
    none = [f"none on {name.lower()}" for (name, *_), heads in zip(asked, each, strict=True) if not heads]
    return f"Induction: {', '.join([*said, *none])}"


def _listed(heads: Sequence[HeadId]) -> str:
    return ", ".join(map(str, heads[:MOST])) + (" and others" if len(heads) > MOST else "")


def _gain(asked: Sequence[Named]) -> Row:
    """What the model itself gains, and what a token costs where nothing can be copied."""
    cells = ["the model"]
    for _, answer, _ in asked:
        copies = answer.copies
        cells += ["copies" if copies.copies else "none", "", f"{copies.gain.value:+.2f}", f"{copies.shuffled:.2f}"]
    tip = (
        "copies: what it gains, in nats a token, by what came before. without it: the loss where nothing can be copied "
        "(random strokes shuffled; a word after another one)."
    )
    return Row((*cells, *[""] * (len(COLUMNS) - len(cells))), tip)


def _head(asked: Sequence[Named], head: HeadId) -> Row:
    cells, tips = [str(head)], []
    for name, answer, places in asked:
        facts = answer.heads.get(head)
        if facts is None:
            cells += [""] * 4
            continue
        told = None if facts.effect is None else facts.effect.told
        cells += [facts.kind, _share(facts.share), _signed(facts.copying), _signed(told)]
        tips.append(f"{name}: {_tip(facts, places)}")
    return Row((*cells, *[""] * (len(COLUMNS) - len(cells))), "\n".join(tips), head=head)


def _share(share: Measured) -> str:
    """With its interval where there is any."""
    return str(share) if share.real else f"{share.value:.2f}".replace("-0.00", "0.00")


def _signed(value: Measured | None) -> str:
    """Without its interval, which the tip has; a dash where it was not asked."""
    return "–" if value is None or math.isnan(value.value) else f"{value.value:+.2f}"


def _tip(facts: HeadFacts, places: Places | None) -> str:
    said = f"{facts.text}; share {facts.share}"
    if places is not None:
        at = places.heads.index(facts.head), places.offsets.tolist().index(1)
        followed, low, high = (float(one[at]) for one in (places.excess, places.low, places.high))
        said += f", at what followed {followed:+.4f}" + (f" [{low:+.4f}, {high:+.4f}]" if math.isfinite(low) else "")
    said += f", copies {facts.copying.signed} logits" if facts.copying else ""
    said += f", without it {facts.effect.told.signed} nats" if facts.effect else ""
    return " ".join((f"{said}.", *facts.notes))


VIEW = View(
    ViewInfo(
        "induction", "attention", "Induction?",
        "The same question of random strokes, the second copy rotated, and of real words, each after itself in the "
        "same ink: which heads copy, how sure that is, and what is lost without them.",
        (LINES,),
        frozenset({"answer", "repeats", "prompt"}),  # another data set comes with a prompt
        38,
        formula="mean of A[i, j + k] above the control, j the earlier occurrence of token i, over the chosen k",
    ),
    compute,
)
