"""What a head is called: from its facts to words, whether removal bears them out, and what stays open.

Words come from sizes with intervals, never from significance alone: a number that differs from chance by a thousandth
is no finding. Marks are places on a scale; where an interval holds one, the notes say that other samples could call the
head otherwise. Several words can hold at once.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

from analysis.verdict.chance import LEVEL
from analysis.verdict.measured import Measured
from analysis.verdict.wording.facts import EFFECT, Confirmed, Effect, HeadFacts

STRONG, PARTIAL, TRACE = 0.5, 0.1, 0.02
"""Shares of attention by content. From PARTIAL on a head does it by itself, from TRACE on as one of a group."""
SHARE = 0.3
"""Attention to the token before, to the duplicate, or at one distance: a head that does one thing and rests elsewhere
still gives it a third; a perfect duplicate head, which sees itself as well, reaches a half."""
FIRST = 0.5
"""Most heads rest on the first token when they have nothing to do; it is their work only if it is most of it."""
NEAR = 0.05
"""How far from its mark a share that goes by the prompt's length counts as being at it."""
COPY = 0.1
"""Logits: the right token becomes a tenth more likely against the others of the piece."""
WHATEVER = ("none", "first token", "previous-token", "duplicate", "positional copying")
"""Words that removal does not bear out: it asks whether a head copies by content."""
MAIN = 0.6
"""One place with this part of the share is where a head looks; without one it is spread."""

RULE = (
    "Asked of random tokens whose second copy is rotated, above the same tokens shuffled, at the length with the "
    "largest gain.",
    f"induction: attends by content (share at least {PARTIAL:g}; strong from {STRONG:g}, else partial), and its "
    f"output, put into the shuffled tokens, raises the right token by at least {COPY:g} logits. From {TRACE:g} on as "
    "one of a group whose removal shows it.",
    "displaced by k: most of the share k past the earlier occurrence (1 is what followed). spread: no place has most.",
    "anti-induction: the same, but it lowers the right token.",
    f"gates: attends by content and does not copy, but without it the loss rises by at least {EFFECT:g} nats.",
    "attends but does not copy: neither.",
    f"positional copying: at least {SHARE:g} of its attention at one distance whatever stands there, and it copies "
    "plain repeats at a fixed distance.",
    f"duplicate, previous-token: at least {SHARE:g} on the earlier occurrence, or on the token before. "
    f"first token: at least {FIRST:g}. none: nothing of the kind.",
    "backup: attends by content once the others are gone.",
    f"“At least” also means that the 95 % interval over samples lies above chance, at a false-discovery rate of "
    f"{LEVEL:.0%} over all heads.",
    "Of 300 models with random weights, in ten shapes, 1 % are told that they copy, and no head of them is called "
    "anything (tests.bench.random_models).",
    f"confirmed, of what looks by content: alone, where without it the loss on what order tells rises by at least "
    f"{EFFECT:g} nats, interval above 0, and by more than in the first copy; in a group, where the same holds of the "
    "group and it carries a part of it.",
)


def called(facts: HeadFacts, joint: Measured | None = None) -> HeadFacts:
    """The head with its words; `joint`: the effect of the group it is in."""
    confirmed = _confirmed(facts, joint)
    words = [*_by_content(facts, confirmed), *_whatever(facts)]
    facts = replace(facts, words=tuple(words) or ("none",))
    asked = confirmed if facts.words[0] not in WHATEVER else "not asked"
    return replace(facts, confirmed=asked, notes=tuple(_notes(facts, asked)))


def by_content(facts: HeadFacts) -> bool:
    return facts.share.real and facts.share.value >= PARTIAL


def trace(facts: HeadFacts) -> bool:
    return facts.share.real and facts.share.value >= TRACE


def elsewhere(facts: HeadFacts) -> bool:
    """Whether it looks by content at the earlier occurrence itself, or before it."""
    return facts.before >= PARTIAL or (facts.duplicate.real and facts.duplicate.value >= SHARE)


def copies(copying: Measured | None) -> bool:
    return copying is not None and copying.real and copying.value >= COPY


def lowers(copying: Measured | None) -> bool:
    return copying is not None and copying.real_below and copying.value <= -COPY


def matters(effect: Effect | None) -> bool:
    """Alone."""
    return effect is not None and effect.told.real and effect.told.value >= EFFECT and effect.specific.real


def _confirmed(facts: HeadFacts, joint: Measured | None) -> Confirmed:
    effect = facts.effect
    if effect is None:
        return "not asked"
    if matters(effect):
        return "alone"
    carries = effect.kept is not None and effect.kept.real and effect.kept.value >= EFFECT
    carries |= effect.shapley >= EFFECT
    return "in a group" if joint is not None and joint.real and joint.value >= EFFECT and carries else "no"


def _by_content(facts: HeadFacts, confirmed: Confirmed) -> list[str]:
    """What it does with what followed."""
    if facts.backup:
        return ["backup"]
    small = trace(facts) and copies(facts.copying) and confirmed in ("alone", "in a group")
    if not by_content(facts) and not small:
        return []
    place = _place(facts)
    if copies(facts.copying):
        grade = "strong" if facts.share.value >= STRONG else "partial"
        grade = "partial to strong" if facts.share.straddles(STRONG) else grade
        grouped = ["in a group"] if confirmed == "in a group" else []
        return ["induction", grade, *place, *grouped, *(["window-limited"] if facts.window else [])]
    if lowers(facts.copying):
        return ["anti-induction", *place]
    if facts.copying is None:
        return ["attends by content", *place]
    return ["gates", *place] if matters(facts.effect) else ["attends but does not copy", *place]


def _place(facts: HeadFacts) -> list[str]:
    """Where past the earlier occurrence, unless it is what followed."""
    if not facts.offsets:
        return []
    if facts.main:
        return [] if facts.offsets[0] == 1 else [f"displaced by {facts.offsets[0]}"]
    return [f"spread over {min(facts.offsets)}–{max(facts.offsets)}"]


def _whatever(facts: HeadFacts) -> list[str]:
    """What it does whatever stands there."""
    said = []
    if facts.positional.value >= SHARE and copies(facts.by_position):
        said.append("positional copying")
    if facts.duplicate.real and facts.duplicate.value >= SHARE:
        said.append("duplicate")
    if facts.previous.real and facts.previous.value >= SHARE:
        said.append("previous-token")
    if facts.sink.real and facts.sink.value >= FIRST:
        said.append("first token")
    return said


def _notes(facts: HeadFacts, confirmed: Confirmed) -> Iterator[str]:
    share, copying = facts.share, facts.copying
    if math.isnan(share.low):
        yield "Too few samples for an interval, so nothing is claimed; ask for 8 or more."
    near = next((mark for mark in (PARTIAL, STRONG) if share.straddles(mark)), None)
    if near is not None:
        yield f"Its share by content, {share}, lies at the mark of {near:g}: other samples may call it otherwise."
    if copying is not None and trace(facts) and (copying.straddles(COPY) or copying.straddles(-COPY)):
        yield f"Its copying, {copying.signed}, lies at the mark of {COPY:g} logits: other samples may say otherwise."
    for word, shown, mark in (("previous-token", facts.previous, SHARE), ("duplicate", facts.duplicate, SHARE),
                              ("first token", facts.sink, FIRST)):  # fmt: skip
        # These shares fall with the length of the prompt, which is another one for other samples.
        if abs(shown.value - mark) < NEAR:
            yield f"Its share for {word}, {shown}, lies at the mark of {mark:g}: other samples may call it otherwise."
    if trace(facts) and "induction" not in facts.words and not by_content(facts):
        yield f"A trace of attention by content: {share}."
    if by_content(facts) and copying is not None and not copies(copying) and not lowers(copying):
        yield f"It attends by content and writes nothing for the right token ({copying.signed} logits)."
    if facts.before >= PARTIAL:
        yield f"{facts.before:.2f} of its attention goes to places before the earlier occurrence, by content."
    if facts.positional.value >= SHARE and facts.lag > 1:
        yield f"{facts.positional.value:.2f} of its attention goes {facts.lag} back, whatever stands there."
    yield from _of_effect(facts, confirmed)


def _of_effect(facts: HeadFacts, confirmed: Confirmed) -> Iterator[str]:
    effect = facts.effect
    if effect is None:
        return
    change = effect.told
    if change.real_below and change.value <= -EFFECT:
        yield f"Without it the right token gets easier ({change.signed} nats): it works against copying."
    elif confirmed == "no" and "induction" in facts.words:
        yield f"Alone it changes the loss by {change.signed} nats, and no group was found that needs it."
    elif confirmed == "in a group":
        kept = f" With all others of its group gone it brings back {effect.kept.signed} nats." if effect.kept else ""
        yield f"Alone its removal costs {change.signed} nats: others stand in for it.{kept}"
    elif matters(effect) and facts.words[0] in ("none", "first token", "previous-token", "duplicate"):
        yield f"Without it the right token costs {change.signed} nats more: copying needs it, by another way."
    if change.real and change.value >= EFFECT and effect.specific.straddles(0.0):
        yield f"The first copy suffers about as much ({effect.first:+.2f}), which is a mark too: other samples may " \
              "confirm it or not."
    if change.straddles(EFFECT):
        yield f"Its effect lies at the mark of {EFFECT:g} nats: other samples may confirm it or not."
