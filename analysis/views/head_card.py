"""The head card: every score of one head, with what the model does beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..registry import View, discover
from ..scores._reading import LINES
from ..values import HeadId, NotReady, Row, ScoreInfo, Selection, Table, Tick, ViewInfo

if TYPE_CHECKING:
    from ..session import Session

INFOS: list[ScoreInfo] = [score.info for score in discover("scores", "SCORE")]


def compute(session: Session, selection: Selection, tick: Tick) -> Table:
    """Scores with standard errors, the strongest composition partner, and the loss on the first and second copy."""
    rows: list[Row] = []
    session.model.head(selection.head)  # there is a model, and it has this head
    if not session.loaded.facts.weights_only:
        if session.loaded.scores is None:
            raise NotReady("The heads are being scored.")
        rows.append(Row(("Scores", "", ""), heading=True))
        rows += [_score(session, info, selection.head) for info in INFOS if selection.head.kind in info.kinds]
    partner = _strongest(session, selection.head)
    if partner:
        rows += [Row(("Composition", "", ""), heading=True), *partner]
    rows += _behaviour(session)
    note = session.loaded.facts.weights_only or f"{scoring_words(session, selection.head)}; ± one standard error"
    return Table(str(selection.head), ("", "value", "±"), tuple(rows), note=note)


def _score(session: Session, info: ScoreInfo, head: HeadId) -> Row:
    assert session.loaded.scores is not None
    value, error = session.loaded.scores.value(info.key, head), session.loaded.scores.error(info.key, head)
    texts = format(value, info.number_format) if math.isfinite(value) else "–", f"{error:.1g}" if error >= 0 else ""
    return Row((info.title, *texts), f"{info.definition}\n{info.source}")


def scoring_words(session: Session, head: HeadId | None = None) -> str:
    """What scores are measured on, whatever the prompt in force."""
    random = f"50 random tokens × 2, {session.samples} samples"
    if head is None or head.kind == "self" or session.model.vocabulary.codec is None:
        return random
    if session.model.data is None:
        return f"{random}; how it reads: open a handwriting data set"
    return f"{random}; how it reads: {LINES.option('samples', '')} lines of handwriting"


def _strongest(session: Session, head: HeadId) -> list[Row]:
    """For each mode, the earlier head with the highest z."""
    found, rows = session.loaded.composition, []
    if found is None:
        return []
    here = found.heads.index(head)
    for mode in ("k", "q", "v"):
        z = found.z[mode][:, here]
        if np.isfinite(z).any():
            best = int(np.nanargmax(z))
            other = found.heads[best]
            tip = f"The earlier head that feeds {mode.upper()} most, score {found.raw[mode][best, here]:.3f}"
            rows.append(Row((f"{mode.upper()} ← {other}", f"z {z[best]:+.1f}", ""), tip, head=other))
    return rows


def _behaviour(session: Session) -> list[Row]:
    """The model's loss on the scoring prompt: mechanism without behaviour, or the reverse, is a warning."""
    behaviour = session.loaded.scores.behaviour if session.loaded.scores else {}
    if "second_loss" not in behaviour:
        return []
    first, second = behaviour["first_loss"], behaviour["second_loss"]
    tip = f"Mean loss in nats on the first and on the second copy, whole model, on {scoring_words(session)}."
    return [
        Row(("Whole model", "", ""), heading=True),
        Row(("Loss, copy 1", f"{first:.2f}", ""), tip),
        Row(("Loss, copy 2", f"{second:.2f}", ""), tip),
        Row(("In-context gain", f"{first - second:+.2f}", ""), "Copy 1 minus copy 2, in nats."),
    ]


VIEW = View(
    ViewInfo(
        "head_card",
        "card",
        "Head",
        "Every score of the selected head.",
        (),
        frozenset({"head", "scores", "composition"}),
        10,
    ),
    compute,
)
