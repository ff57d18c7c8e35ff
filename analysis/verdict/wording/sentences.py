"""The answer in sentences: the window, the report and the batch command say the same."""

import math
from collections.abc import Iterable, Iterator, Sequence

from analysis.values import HeadId
from analysis.verdict.chance import MINIMUM
from analysis.verdict.measured import Measured
from analysis.verdict.wording.facts import EFFECT, Answer, Circuit, Copies, HeadFacts
from analysis.verdict.wording.words import by_content

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
INPUTS = {"q": "queries", "k": "keys", "v": "values"}
CIRCUITS = 4
"""Edges that are named."""


def sentences(found: Answer) -> tuple[str, ...]:
    """Whether it copies and from how far, which heads do it, what others do, by which circuit, what stays open."""
    first, *rest = _behaviour(found)
    if found.copies.head_count_assumed:
        first = f"With a head count that is a guess: {first[0].lower()}{first[1:]}"
    if not found.heads:
        return (first, *rest)
    return (first, *rest, *_copying(found), *_others(found), *_circuits(found), *_open(found))


def _behaviour(found: Answer) -> list[str]:
    copies, gain = found.copies, found.copies.gain
    if copies.written:
        return [_of_words(found)]
    at = f"at {copies.length} tokens"
    if math.isnan(gain.low):
        few = f"fewer than {MINIMUM} samples claim nothing; ask for {MINIMUM} or more"
        return [f"The order of the tokens is worth {gain.signed} nats {at}, but {few}."]
    if copies.copies:
        return [f"Copies by content: {gain.signed} nats a token {at}, from up to {copies.reach} tokens."]
    if copies.distance:
        return [
            f"Copies by position, not by content: repeats {copies.distance} tokens apart gain "
            f"{copies.by_position.signed} nats beyond rotated ones, and rotated ones {gain.signed}."
        ]
    if gain.real_below and gain.value <= -EFFECT:
        return [f"Avoids what followed before: the right token costs {-gain.value:.2f} nats more in order {at}."]
    if gain.high < EFFECT:
        return [f"Does not copy by content: the order of the tokens is worth {gain.signed} nats {at}."]
    return [f"No copying by content was found: the order of the tokens is worth {gain.signed} nats {at}."]


def _of_words(found: Answer) -> str:
    gain = found.copies.gain
    worth = f"what a word gains by coming after itself, not after another one, is {gain.signed} nats a token"
    if math.isnan(gain.low):
        few = f"fewer than {MINIMUM} words claim nothing; ask for {MINIMUM} or more"
        return f"{worth[0].upper()}{worth[1:]}, but {few}."
    if found.copies.copies:
        return f"Copies words: a word after itself is easier by {gain} nats a token than after another one."
    if gain.high < EFFECT:
        return f"Does not copy words: {worth}."
    return f"No copying of words was found: {worth}."


def _copying(found: Answer) -> Iterator[str]:
    heads = found.called("induction")
    asked = found.whole or any(one.copying for one in found.heads.values())
    if not asked:
        looking = [one for one in found.heads.values() if by_content(one)]
        if looking:
            yield f"By content {_verb(looking, 'attends', 'attend')} {named(one.head for one in looking)}."
        return
    if not heads:
        if found.copies.copies:
            best = max(found.heads.values(), key=lambda one: one.share.value)
            yield (f"No head was found that does it by attending to what followed: the largest share by content is "
                   f"{best.share} ({best.head}). How it copies stays open.")  # fmt: skip
        return
    if len(heads) == 1:
        yield _one(heads[0])
        return
    yield f"{_count(len(heads))} heads do it{_places(heads)}: {named(one.head for one in heads)}{_together(found)}."
    yield from _confirmed(heads)


def _one(facts: HeadFacts) -> str:
    place = f", {facts.words[2]}" if len(facts.words) > 2 and facts.words[2].startswith(("displaced", "spread")) else ""
    written = f", raises the right token by {facts.copying.value:.2f} logits" if facts.copying else ""
    lost = f"; without it that costs {facts.effect.told.signed} nats" if facts.effect else ""
    borne = {"alone": ", confirmed", "in a group": ", confirmed with others", "no": ", not confirmed"}
    said = f"{facts.head} (share {facts.share}{written}{lost}){borne.get(facts.confirmed, '')}"
    return f"One head does it{place}: {said}."


def _places(heads: Sequence[HeadFacts]) -> str:
    """", displaced by 6" where all are alike, else what some of them are."""
    each = [next((word for word in one.words if word.startswith(("displaced", "spread"))), "") for one in heads]
    if len(set(each)) == 1:
        return f", {each[0]}" if each[0] else ""
    return f", {sum(map(bool, each))} of them past what followed"


def _together(found: Answer) -> str:
    for group in found.groups:
        share = f", {group.share:.0%} of what copying saves" if math.isfinite(group.share) else ""
        return f", together {group.effect.signed} nats{share}"
    return ""


def _confirmed(heads: Sequence[HeadFacts]) -> Iterator[str]:
    by = {word: [one.head for one in heads if one.confirmed == word] for word in ("alone", "in a group", "no")}
    said = []
    if by["alone"]:
        said.append(f"{'each' if len(by['alone']) == len(heads) else named(by['alone'])} confirmed alone")
    if by["in a group"]:
        said.append(f"{named(by['in a group'])} only as a group, since others stand in")
    if by["no"]:
        said.append(f"{named(by['no'])} not confirmed")
    if said:
        yield f"By removal: {'; '.join(said)}."


def _others(found: Answer) -> Iterator[str]:
    """Heads of other words that bear on the question."""
    for word, one, many in (
        ("anti-induction", "lowers the right token", "lower the right token"),
        ("gates", "opens the way for others and copies nothing itself", "open the way for others and copy nothing"),
        ("attends but does not copy", "attends by content but does not copy", "attend by content but do not copy"),
        ("backup", "takes over once the others are gone", "take over once the others are gone"),
        ("positional copying", "copies from a fixed distance", "copy from a fixed distance"),
        ("duplicate", "looks at the earlier occurrence itself", "look at the earlier occurrence itself"),
    ):
        heads = found.called(word)
        if heads:
            yield f"{named(sorted(facts.head for facts in heads))} {_verb(heads, one, many)}."


def _circuits(found: Answer) -> Iterator[str]:
    """Earlier heads by input, those that cost most, over all the later heads that they feed."""
    shared: dict[tuple[HeadId, str], list[Circuit]] = {}
    for one in found.circuits:
        shared.setdefault((one.earlier, one.into), []).append(one)
    named_edges = 0
    for (earlier, into), edges in sorted(shared.items(), key=lambda item: -max(_size(one, found) for one in item[1])):
        costly = [one for one in edges if _size(one, found) >= EFFECT]
        if costly and named_edges < CIRCUITS:
            named_edges += 1
            best = max(costly, key=lambda one: _size(one, found))
            effect = max((best.effect, best.together, best.single), key=lambda one: _signed_size(one, best, found))
            later = named(sorted(one.later for one in costly))
            beside = " with the others gone" if effect is best.single and effect is not best.effect else ""
            known = [one for one in costly if math.isfinite(one.reads)]
            score = f" ({known[0].reads:.0%} of {known[0].later}'s score)" if known else ""
            yield f"The {INPUTS[into]} of {later} read {earlier}{score}: cut there, {effect.signed} nats{beside}."
    silent = [one for one in found.circuits if all(abs(cost.value) < EFFECT for cost in _effects(one))]
    for one in silent[:2]:
        yield f"{one.later} finds its place by {one.earlier}, in its {INPUTS[one.into]}."


def _effects(circuit: Circuit) -> tuple[Measured, ...]:
    return circuit.effect, circuit.together, circuit.single


def _size(circuit: Circuit, found: Answer) -> float:
    """What it costs to cut it; of a head that works against copying, what it gains."""
    return max(_signed_size(one, circuit, found) for one in _effects(circuit))


def _signed_size(effect: Measured, circuit: Circuit, found: Answer) -> float:
    return -effect.value if "anti-induction" in found.heads[circuit.later].words else effect.value


def _open(found: Answer) -> Iterator[str]:
    """Where other samples may say otherwise."""
    near = [one.head for one in found.heads.values() if any("mark" in note for note in one.notes)]
    if near:
        yield f"Near a mark, so that other samples may call {_it(near)} otherwise: {named(near)}."


def _it(heads: Sequence[HeadId]) -> str:
    return "it" if len(heads) == 1 else "them"


def _verb(heads: Sequence[HeadFacts], one: str, many: str) -> str:
    return one if len(heads) == 1 else many


def _count(n: int) -> str:
    return (NUMBERS[n] if n < len(NUMBERS) else str(n)).capitalize()


def named(heads: Iterable[HeadId]) -> str:
    """ "L1H0–L1H3, L2H5": heads in the order in which they write, neighbours as a range."""
    runs: list[list[HeadId]] = []
    for head in sorted(heads):
        last = runs[-1][-1] if runs else None
        if last is not None and (last.layer, last.kind, last.index + 1) == (head.layer, head.kind, head.index):
            runs[-1].append(head)
        else:
            runs.append([head])
    parts = [f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return ", ".join(parts)


def curve_words(copies: Copies) -> str:
    """The gain at each length, in one line."""
    return ", ".join(f"{length}: {_signed(gain)}" for length, gain in copies.by_length)


def _signed(gain: Measured) -> str:
    return f"{gain.value:+.2f}"
