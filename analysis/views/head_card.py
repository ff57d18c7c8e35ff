"""The head card: a word for the head, what speaks for it and against it, and every score."""

import math
from collections.abc import Hashable
from typing import Any

from analysis.figures.table import Row, Table
from analysis.measures.scores.reading._lines import LINES, reads_lines
from analysis.plugins import discover
from analysis.session.head_case import asked_ablation, case, peers, strongest
from analysis.session.session import Session
from analysis.values import HeadId, NotReady, ScoreInfo, ScoreTable, Selection, Tick, UserError, ViewInfo
from analysis.verdict.cross_attention import RULE as READER_RULE
from analysis.verdict.cross_attention import judge_reader
from analysis.verdict.evidence import Evidence
from analysis.verdict.variants import VARIANTS
from analysis.verdict.verdict import RULE, AblationEffect, Case, Measured, judge
from analysis.views import View

INFOS: list[ScoreInfo] = [score.info for score in discover("scores")]
COLUMNS = ("", "value", "±", "chance")
COMPUTED = "being computed"
NO_WORD = "No word: only of handwriting is it known what a cross-attention head should read."
NO_DATA = "No word yet: whether it reads is asked of real lines; open a handwriting data set."


def compute(session: Session, selection: Selection, tick: Tick) -> Table:
    """[name, value, half of the 95 % interval, chance], the verdict above; what takes long says so, and comes later."""
    head, title, note = selection.head, str(selection.head), session.loaded.facts.weights_only
    session.model.head(head)  # there is a model, and it has this head
    rows: list[Row] = []
    if not note:
        evidence, why = _evidence(session)
        if head.kind == "cross":
            title, said = _reads(session, head)
            rows += said
        else:
            ablated, missing = asked_ablation(session, head, peers(evidence, head)) if evidence else (None, why)
            if evidence is not None:
                known = case(session, head, evidence, ablated)
                title, doubts = _said(known)
                rows += [*doubts, *_shares(known)]
            else:
                rows.append(_prose(f"Verdict {why}" if why == COMPUTED else why))
            rows += _ablation(ablated, missing)
            if ablated is not None and reads_lines(session.model):
                session.found("cross_attention", (session.model.data, None))  # The list of heads says readers unasked.
        note = scoring_words(session, head)
    rows += _partners(session, head)
    if not session.loaded.facts.weights_only:
        rows += [*_behaviour(session, evidence), *_scores(session, head), *_published(session, evidence, head)]
        if head.kind == "self" or reads_lines(session.model):
            rule = RULE if head.kind == "self" else READER_RULE
            rows += [_heading("How the word is derived", folds=True), *map(_prose, rule)]
    return Table(title, COLUMNS, tuple(rows), note=note)


def scoring_words(session: Session, head: HeadId | None = None) -> str:
    """What scores are measured on, whichever prompt is in use."""
    random = f"50 random tokens × 2, {session.samples} samples"
    if head is None or head.kind == "self" or session.model.vocabulary.codec is None:
        return random
    if session.model.data is None:
        return f"{random}; how it reads: open a handwriting data set"
    return f"{random}; how it reads: {LINES.option('samples', '')} lines of handwriting"


def _evidence(session: Session) -> tuple[Evidence | None, str]:
    """What the verdict rests on, or why it is not there."""
    return _whole(session, "evidence")


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
        return str(head), [_prose(NO_WORD if session.model.vocabulary.codec is None else NO_DATA)]
    found, why = _whole(session, "cross_attention", (session.model.data, None))
    ablated, missing = _whole(session, "cross_attention", (session.model.data, head))
    if found is None:
        return str(head), [_prose(f"Verdict {why}" if why == COMPUTED else why)]
    verdict = judge_reader(found.walks[head], found.gain, ablated)
    rows = [
        *map(_prose, verdict.doubts),
        _heading("On real lines"),
        _line("Walk in the word", found.walks[head], "A stroke's place and that of its letter. Chance: another text."),
        _line("Gain by the text", found.gain, "How much more a token costs beside another line's text.", chance=False),
        *_ablation(ablated, missing, "Own text", "Another text"),
    ]
    return f"{head}: {verdict}", rows


def _said(known: Case) -> tuple[str, list[Row]]:
    """The title with the word, and where the evidence disagrees."""
    verdict = judge(known)
    return f"{known.head}: {verdict}", [_prose(doubt) for doubt in verdict.doubts]


def _heading(words: str, folds: bool = False) -> Row:
    return Row((words, "", "", ""), heading=True, folds=folds)


def _prose(words: str) -> Row:
    return Row((words, "", "", ""), prose=True)


def _line(name: str, measured: Measured, tip: str, chance: bool = True) -> Row:
    plus, known = "" if chance else "+", math.isfinite(measured.low)
    half = f"{(measured.high - measured.low) / 2:.2f}" if known else ""
    if known:
        tip += f"\n95 % interval {measured.low:{plus}.3f} … {measured.high:{plus}.3f}, by Student's t over the samples."
    if math.isfinite(measured.q):
        tip += f"\nFalse-discovery rate over all heads: at most {measured.q:.1g}."
    return Row((name, f"{measured.value:{plus}.2f}", half, f"{measured.null:.2f}" if chance else ""), tip)


def _shares(known: Case) -> list[Row]:
    shares = known.shares
    shuffled = "Chance: the same with the second copy shuffled."
    uniform = "Chance: uniform attention."
    where = f"L − {shares.lag}" + (", the follower" if shares.lag == 1 else f", {shares.lag - 1} past the follower")
    return [
        _heading("Attention in the second copy"),
        _line(f"Stripe at L−{shares.lag}", shares.induction, f"Induction: the best stripe, at {where}. {shuffled}"),
        _line("Previous", shares.previous, f"Attention from i to i − 1. {uniform}"),
        _line("Duplicate", shares.duplicate, f"Attention from i to i − L, the same token. {shuffled}"),
        _line("First token", shares.sink, f"Attention to position 0, a sink. {uniform}"),
    ]


def _ablation(ablated: AblationEffect | None, missing: str, here: str = "Copy 2", there: str = "Copy 1") -> list[Row]:
    """What it does where the word says that it works, and where not."""
    heading = _heading("Loss without it, in nats")
    if ablated is None:
        return [heading, Row((f"{here} {missing}", "", "", "")) if missing == COMPUTED else _prose(missing)]
    tip = "Change of the mean loss in nats when the head's output is set to its mean over samples and positions."
    rows = [
        heading, _line(here, ablated.second, tip, chance=False), Row((there, f"{ablated.first:+.2f}", "", ""), tip),
    ]
    if ablated.peers > 1:
        name = f"… all {ablated.peers}"
        words = "without all heads that the verdict calls induction"
        rows.append(Row((name, f"{ablated.together:+.2f}", "", ""), f"Change of the loss on the second copy {words}."))
    return rows


def _partners(session: Session, head: HeadId) -> list[Row]:
    """For each mode, the earlier head with the highest z."""
    rows, found = [], session.found("composition")
    for mode in "kqv":
        other, z = strongest(session, head, mode)
        if other is not None and found is not None:
            raw = found.raw[mode][found.heads.index(other), found.heads.index(head)]
            tip = f"The earlier head that feeds {mode.upper()} most; chance: random weights. z {z:+.1f}"
            cells = (f"{mode.upper()} ← {other}", f"{raw:.2f}", "", f"{found.baseline:.2f}")
            rows.append(Row(cells, tip, head=other))
    return [_heading("Composition"), *rows] if rows else []


def _behaviour(session: Session, evidence: Evidence | None) -> list[Row]:
    """The model's loss on the scoring prompt: mechanism without behaviour, or the reverse, is a warning."""
    scores: ScoreTable | None = session.found("scores")
    behaviour = scores.behaviour if scores else {}
    if "second_loss" not in behaviour:
        return []
    first, second = behaviour["first_loss"], behaviour["second_loss"]
    tip = f"Mean loss in nats on the first and on the second copy, whole model, on {scoring_words(session)}."
    gain = "In-context gain: copy 1 minus copy 2, in nats."
    return [
        _heading("Loss of the whole model"), Row(("Copy 1", f"{first:.2f}", "", ""), tip),
        Row(("Copy 2", f"{second:.2f}", "", ""), tip),
        _line("Gain", evidence.gain, gain, chance=False)
        if evidence
        else Row(("Gain", f"{first - second:+.2f}", "", ""), gain),
    ]


def _scores(session: Session, head: HeadId) -> list[Row]:
    heading = _heading("All scores, ± standard error", folds=head.kind == "self")
    scores: ScoreTable | None = session.found("scores")
    if scores is None:
        return [heading, Row((f"Scores {COMPUTED}", "", "", ""))]
    return [heading, *(_score(scores, info, head) for info in INFOS if head.kind in info.kinds)]


def _score(scores: ScoreTable, info: ScoreInfo, head: HeadId) -> Row:
    value, error = scores.value(info.key, head), scores.error(info.key, head)
    texts = format(value, info.number_format) if math.isfinite(value) else "–", f"{error:.1g}" if error >= 0 else ""
    return Row((info.title, *texts, ""), f"{info.definition}\n{info.source}")


def _published(session: Session, evidence: Evidence | None, head: HeadId) -> list[Row]:
    """The induction score as others define it, each with the most that a perfect head can reach."""
    if evidence is None or head not in evidence.by_head:
        return []
    column, rows = evidence.heads.index(head), [_heading("Induction as published", folds=True)]
    for number, variant in enumerate(VARIANTS):
        cells = (variant.short, f"{evidence.variants[number, column]:.2f}", "", f"of {evidence.ceiling(variant):.2f}")
        rows.append(Row(cells, f"{variant.title}: {variant.definition}\n{variant.source}"))
    olsson = next(info for info in INFOS if info.key == "prefix_matching")
    scores: ScoreTable | None = session.found("scores")
    if scores is not None:
        value = scores.value(olsson.key, head)
        rows.append(Row(("Olsson et al.", f"{value:.2f}", "", "of 1.00"), f"{olsson.definition}\n{olsson.source}"))
    return rows


VIEW = View(
    ViewInfo(
        "head_card", "card", "Head", "What the selected head is, by which evidence, and every score of it.", (),
        frozenset({"head", "scores", "composition", "evidence", "ablation", "cross_attention"}), 10,
        formula="value ± half its 95 % interval (under All scores: ± standard error), and what chance gives",
    ),
    compute,
)
