"""The head card: what the head is called, what that rests on, and every score."""

import math
from collections.abc import Hashable
from typing import Any

import numpy as np

from analysis.figures.table import Row, Table
from analysis.measures.scores.reading._lines import LINES, reads_lines
from analysis.plugins import discover
from analysis.session.session import Session
from analysis.values import Called, HeadId, NotReady, ScoreInfo, ScoreTable, Selection, Tick, UserError, ViewInfo
from analysis.verdict.cross_attention import RULE as READER_RULE
from analysis.verdict.cross_attention import WALK, AblationEffect, judge_reader
from analysis.verdict.variants import VARIANTS, Published
from analysis.verdict.wording.facts import EFFECT, Answer, Copies
from analysis.verdict.wording.sentences import sentences
from analysis.verdict.wording.words import RULE
from analysis.views import View
from analysis.views.card._facts import rows_of
from analysis.views.card._rows import COLUMNS, COMPUTED, heading, line, plain, prose

INFOS: list[ScoreInfo] = [score.info for score in discover("scores")]
NO_WORD = "No word: only of handwriting is it known what a cross-attention head should read."
NO_DATA = "No word yet: whether it reads is asked of real lines; open a handwriting data set."
ON_THE_WAY = "So far; more is being measured, which may change the words."


def compute(session: Session, selection: Selection, tick: Tick) -> Table:
    """[name, value, half of the 95 % interval, marks], the words above; what takes long says so, and comes later."""
    head, facts = selection.head, session.loaded.facts
    session.model.head(head)  # there is a model, and it has this head
    if facts.weights_only:
        return Table(str(head), COLUMNS, tuple(_partners(session, head)), note=facts.weights_only)
    found, why, whole = _answer(session)
    rows: list[Row] = []
    if head.kind == "cross":
        title, said = _reads(session, head)
        rows += [*said, *_whole_model(found)]
    elif found is None or head not in found.heads:
        title = str(head)
        rows += [prose(f"Words {COMPUTED}" if why in ("", COMPUTED) else why), *_whole_model(found)]
    else:
        one = found.heads[head]
        title = f"{head}: {Called(one.words, one.confirmed)}"
        rows += [*([] if whole else [prose(ON_THE_WAY)]), *map(prose, one.notes), *_whole_model(found)]
        rows += rows_of(found, one)
        if whole and reads_lines(session.model):
            session.found("cross_attention", (session.model.data, None))  # The list of heads says readers unasked.
    rows += _partners(session, head)
    rows += _behaviour(found.copies) if found else []
    rows += [*_scores(session, head), *(_published(session, head) if whole and head.kind == "self" else [])]
    if head.kind == "self" or reads_lines(session.model):
        rule = RULE if head.kind == "self" else READER_RULE
        rows += [heading("How the words are derived", folds=True), *map(prose, rule)]
    asked = f"{found.prompt}, {found.samples} samples" if found and found.prompt and head.kind == "self" else ""
    return Table(title, COLUMNS, tuple(rows), note=asked or scoring_words(session, head))


def scoring_words(session: Session, head: HeadId | None = None) -> str:
    """What scores are measured on, whichever prompt is in use."""
    random = f"50 random tokens × 2, {session.samples} samples"
    if head is None or head.kind == "self" or session.model.vocabulary.codec is None:
        return random
    if session.model.data is None:
        return f"{random}; how it reads: open a handwriting data set"
    return f"{random}; how it reads: {LINES.option('samples', '')} lines of handwriting"


def _answer(session: Session) -> tuple[Answer | None, str, bool]:
    """(the answer so far, why there is none, whether it is whole)."""
    try:
        found, whole = session.study("answer")
    except NotReady:
        return None, COMPUTED, False
    except UserError as error:
        return None, str(error), False
    return found, "", whole


def _whole(session: Session, study: str, what: Hashable = None) -> tuple[Any, str]:
    """The whole result of a study, or None and why it is not there."""
    try:
        found, whole = session.study(study, what)
    except NotReady:
        return None, COMPUTED
    except UserError as error:
        return None, str(error)
    return (found, "") if whole else (None, COMPUTED)


def _reads(session: Session, head: HeadId) -> tuple[str, list[Row]]:
    """The title with the word of a cross-attention head, and what it rests on."""
    if not reads_lines(session.model):
        return str(head), [prose(NO_WORD if session.model.vocabulary.codec is None else NO_DATA)]
    found, why = _whole(session, "cross_attention", (session.model.data, None))
    ablated, missing = _whole(session, "cross_attention", (session.model.data, head))
    if found is None:
        return str(head), [prose(f"Verdict {why}" if why == COMPUTED else why)]
    verdict, walk = judge_reader(found.walks[head], found.gain, ablated), found.walks[head]
    chance = f"A stroke's place and that of its letter; {walk.null:.2f} beside another text."
    rows = [
        *map(prose, verdict.doubts),
        heading("On real lines"),
        line("Walk in the word", walk, chance, (WALK,)),
        line("Gain by the text", found.gain, "How much more a token costs beside another line's text.", signed=True),
        *_ablation(ablated, missing),
    ]
    return f"{head}: {verdict}", rows


def _ablation(ablated: AblationEffect | None, missing: str) -> list[Row]:
    """What a reader's absence does beside both texts."""
    top = heading("Loss without it, in nats")
    if ablated is None:
        return [top, Row((f"Own text {missing}", "", "", "")) if missing == COMPUTED else prose(missing)]
    tip = "Change of the mean loss in nats when the head's output is set to its mean over samples and positions."
    return [top, line("Own text", ablated.own, tip, (EFFECT,), signed=True), plain("Another text", ablated.other, tip)]


def _whole_model(found: Answer | None) -> list[Row]:
    """What is said of all heads, folded away."""
    return [heading("The whole model", folds=True), *map(prose, sentences(found))] if found else []


def _partners(session: Session, head: HeadId) -> list[Row]:
    """For each mode, the earlier head with the highest z."""
    rows, found = [], session.found("composition")
    for mode in "kqv" if found is not None else "":
        z = found.z[mode][:, found.heads.index(head)]
        if np.isfinite(z).any():
            best = int(np.nanargmax(z))
            other, raw = found.heads[best], found.raw[mode][best, found.heads.index(head)]
            tip = f"The earlier head whose weights feed {mode.upper()} most; random weights: {found.baseline:.2f}. "
            tip += f"z {float(z[best]):+.1f}"
            rows.append(Row((f"{mode.upper()} ← {other}", f"{raw:.2f}", "", f"{found.baseline:.2f}"), tip, head=other))
    return [heading("Composition, and by chance"), *rows] if rows else []


def _behaviour(copies: Copies) -> list[Row]:
    """How much the whole model gains from the order of tokens, and from how far."""
    tip = "What the order of tokens is worth to the whole model: loss on shuffled tokens minus loss in order, in nats."
    least = max(EFFECT, 0.01 * copies.shuffled)
    rows = [
        heading("Gain of the model, in nats"),
        line(f"Gain at {copies.length}", copies.gain, tip, (least,), signed=True),
        plain("It saves", copies.saved, "Loss in the first copy minus loss where order tells the token."),
    ]
    if copies.copies:
        reach = "The longest length at which at least half of the largest gain is left."
        rows.append(Row(("From up to", f"{copies.reach}", "", ""), f"{reach} In tokens."))
    if copies.distance:
        tip = f"What plain repeats {copies.distance} tokens apart gain beyond rotated ones."
        rows.append(line(f"{copies.distance} apart", copies.by_position, tip, signed=True))
    tip = "Gain by order at this many tokens in one copy."
    each = [line(f"{length} tokens", gain, tip, signed=True) for length, gain in copies.by_length]
    return [*rows, heading("Over how far", folds=True), *each]


def _scores(session: Session, head: HeadId) -> list[Row]:
    top = heading("All scores, ± standard error", folds=head.kind == "self", tip=f"On {scoring_words(session, head)}.")
    scores: ScoreTable | None = session.found("scores")
    if scores is None:
        return [top, Row((f"Scores {COMPUTED}", "", "", ""))]
    return [top, *(_score(scores, info, head) for info in INFOS if head.kind in info.kinds)]


def _score(scores: ScoreTable, info: ScoreInfo, head: HeadId) -> Row:
    value, error = scores.value(info.key, head), scores.error(info.key, head)
    texts = format(value, info.number_format) if math.isfinite(value) else "–", f"{error:.1g}" if error >= 0 else ""
    return Row((info.title, *texts, ""), f"{info.definition}\n{info.source}")


def _published(session: Session, head: HeadId) -> list[Row]:
    """The induction score as others define it, each with the most that a perfect head can reach."""
    found: Published | None = _whole(session, "published")[0]
    if found is None:
        return []
    column = found.heads.index(head)
    rows = [heading("Induction as published", folds=True, tip=f"On {scoring_words(session)}.")]
    for number, variant in enumerate(VARIANTS):
        cells = (variant.short, f"{found.values[number, column]:.2f}", "", f"of {found.ceiling(variant):.2f}")
        rows.append(Row(cells, f"{variant.title}: {variant.definition}\n{variant.source}"))
    olsson = next(info for info in INFOS if info.key == "prefix_matching")
    scores: ScoreTable | None = session.found("scores")
    if scores is not None:
        value = scores.value(olsson.key, head)
        rows.append(Row(("Olsson et al.", f"{value:.2f}", "", "of 1.00"), f"{olsson.definition}\n{olsson.source}"))
    return rows


VIEW = View(
    ViewInfo(
        "head_card", "card", "Head", "What the selected head is called, what that rests on, and every score of it.", (),
        frozenset({"head", "scores", "composition", "answer", "published", "cross_attention"}), 10,
        formula="value ± half its 95 % interval (under All scores: ± standard error), and where its marks are",
    ),
    compute,
)
