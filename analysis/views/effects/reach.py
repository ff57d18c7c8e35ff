"""Over how far the model copies: what order is worth at every length that was tried."""

import numpy as np

from analysis.figures.curves import Curves, Series
from analysis.session.session import Session
from analysis.values import FloatArray, Selection, Tick, ViewInfo
from analysis.verdict.wording.facts import Answer, Copies
from analysis.views import View


def compute(session: Session, selection: Selection, tick: Tick) -> Curves:
    """Gain by order at every length, with its 95 % interval."""
    found: Answer = session.study("answer")[0]
    return curve(found)


def curve(found: Answer) -> Curves:
    """Of an answer, also of one that is not whole."""
    copies = found.copies
    x = np.array([length for length, _ in copies.by_length], np.float32)
    lines = (
        Series("gain", _each(copies, "value"), emphasis=True),
        Series("95 % interval, low", _each(copies, "low")), Series("95 % interval, high", _each(copies, "high")),
    )  # fmt: skip
    reach = f"copies from up to {copies.reach} tokens" if copies.copies else "no copying by content was found"
    note = f"loss on shuffled tokens minus loss in order, nats a token; {reach}; heads are asked at {copies.length}"
    marks = ((float(copies.length), "heads are asked here"),)
    return Curves("Gain by length", x, lines, "tokens in one copy", "gain (nats)", marks=marks, note=note)


def _each(copies: Copies, part: str) -> FloatArray:
    return np.array([getattr(gain, part) for _, gain in copies.by_length], np.float32)


VIEW = View(
    ViewInfo(
        "reach", "effects", "Over how far",
        "What the order of tokens is worth to the model, by the number of tokens in one copy: from how far it copies.",
        (), frozenset({"answer"}), 45,
        formula="loss on shuffled tokens − loss in order, mean over tokens that order tells",
    ),
    compute,
)
