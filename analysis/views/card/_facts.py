"""What the answer says of one head, as rows of its card."""

import math
from collections.abc import Iterator

from analysis.figures.table import Row
from analysis.values import HeadId
from analysis.verdict.measured import Measured
from analysis.verdict.wording.facts import EFFECT, Answer, Circuit, Effect, Group, HeadFacts
from analysis.verdict.wording.sentences import named
from analysis.verdict.wording.words import COPY, FIRST, PARTIAL, SHARE, STRONG, TRACE, by_content, trace
from analysis.views.card._rows import heading, line, plain, prose, written

NIL = "Its control is nil by construction: what goes by position is the same on shuffled tokens, and taken off."
OUTPUT = {"mean": "its mean", "zero": "zero", "resample": "that of another sample"}


def rows_of(found: Answer, facts: HeadFacts) -> list[Row]:
    """Where it looks, what it writes, what is lost without it, alone and in its group, and its circuits."""
    return [
        *_content(facts), *_whatever(facts), *_copying(facts), *_effect(facts.effect), *_groups(found, facts.head),
        *_into(found, facts.head), *_out(found, facts.head),
    ]  # fmt: skip


def scale(facts: HeadFacts) -> str:
    """ "0.25 — partial from 0.10, strong from 0.50": the share beside the marks of its grade."""
    few = f"in a group from {TRACE:.2f}, " if not by_content(facts) else ""
    value = written(facts.share.value, (TRACE, PARTIAL, STRONG))
    return f"{value} — {few}partial from {PARTIAL:.2f}, strong from {STRONG:.2f}"


def _content(facts: HeadFacts) -> Iterator[Row]:
    yield heading("Attention by content")
    tip = f"Attention to places past the token's earlier occurrence, above the control. {scale(facts)}.\n{NIL}"
    yield line("Share by content", facts.share, tip, (PARTIAL, STRONG))
    if trace(facts):
        yield prose(f"Share {scale(facts)}.{_where(facts)}")
    tip = f"Attention to the earlier occurrence itself, above the control.\n{NIL}"
    yield line("Duplicate", facts.duplicate, tip, (SHARE,))
    if abs(facts.before) >= TRACE:
        yield plain("Before it", facts.before, f"Attention to places before the occurrence, above the control.\n{NIL}",
                    signed=False)  # fmt: skip


def _where(facts: HeadFacts) -> str:
    """Past the earlier occurrence, the place with the largest share first."""
    if not facts.offsets:
        return ""
    first, *more = facts.offsets
    place = "what followed (k = 1)" if first == 1 else f"k = {first} past the earlier occurrence"
    return f" On {place}{', then ' + ', '.join(map(str, more)) if more else ''}."


def _whatever(facts: HeadFacts) -> Iterator[Row]:
    uniform = "Attention alike to all tokens would give {:.2f}."
    yield heading("Attention by position")
    tip = "Attention to the token before, whatever stands there. "
    yield line("Previous token", facts.previous, tip + uniform.format(facts.previous.null), (SHARE,))
    if facts.lag:
        tip = f"Attention {facts.lag} back, whatever stands there: the distance that gets most, from 2 on."
        yield line(f"{facts.lag} back", facts.positional, tip, (SHARE,))
    tip = "Attention to the first token. "
    yield line("First token", facts.sink, tip + uniform.format(facts.sink.null), (FIRST,))


def _copying(facts: HeadFacts) -> Iterator[Row]:
    """Of a head that looks by content, or at one distance: what it writes."""
    if facts.copying is None and facts.by_position is None:
        return
    yield heading("Copying, in logits")
    if facts.copying is not None:
        tip = ("Its output on the tokens in order, put into the shuffled ones, raises the right next token's logit by "
               f"so much above the piece's other tokens. It copies from {COPY:.2f}, and lowers from −{COPY:.2f}.")
        yield line("Patched", facts.copying, tip, (COPY,), signed=True)
        yield from _within_chance("copying", facts.copying, COPY)
        yield plain("Direct", facts.direct, "The same by its own path to the logits alone, to first order.")
    if facts.by_position is not None:
        tip = f"By its own path, on plain repeats at one distance. It copies from {COPY:.2f}."
        yield line("At one distance", facts.by_position, tip, (COPY,), signed=True)


def _effect(effect: Effect | None) -> Iterator[Row]:
    """What its absence does."""
    if effect is None:
        return
    yield heading("Loss without it, in nats")
    output = f"when its output is set to {OUTPUT.get(effect.how, effect.how)}"
    tip = f"Rise of the loss where order tells the next token, {output}. It is confirmed alone from {EFFECT:.2f}."
    yield line("Where order tells", effect.told, tip, (EFFECT,), signed=True)
    yield from _within_chance("effect", effect.told, EFFECT)
    if effect.told.real and effect.told.value >= EFFECT and not effect.specific.real:
        yield prose("The first copy suffers as much: more than copying needs it.")
    yield plain("First copy", effect.first, "The same in the first copy, where there is nothing to copy.")
    if effect.kept is not None:
        tip = f"What it brings back when all others of its group are gone. It carries a part from {EFFECT:.2f}."
        yield line("It brings back", effect.kept, tip, (EFFECT,), signed=True)
    if math.isfinite(effect.shapley):
        yield plain("Shapley", effect.shapley, "What its removal costs, mean over random orders of removing the group.")


def _within_chance(name: str, found: Measured, mark: float) -> Iterator[Row]:
    """What reaches its mark and counts for nothing all the same."""
    if abs(found.value) >= mark and not (found.real or found.real_below):
        yield prose(f"Its {name} reaches the mark of {mark:.2f}, but these samples do not tell it from chance.")


def _groups(found: Answer, head: HeadId) -> Iterator[Row]:
    for group in found.groups:
        if head in group.heads:
            yield heading("Its group, in nats")
            share = f", {group.share:.0%} of what copying saves" if math.isfinite(group.share) else ""
            tip = f"Rise of the loss without all of {named(group.heads)}{share}. Outputs set to {OUTPUT[group.how]}."
            yield line(f"Without all {len(group.heads)}", group.effect, tip, (EFFECT,), signed=True)
            yield from _others(group, head)


def _others(group: Group, head: HeadId) -> Iterator[Row]:
    """The other heads of its group, by what the removal of each costs."""
    order = sorted(group.heads, key=lambda one: -group.shapley.get(one, -math.inf))
    for other in order:
        if other != head:
            tip = f"{other} is of the same group; what its removal costs, mean over random orders (Shapley)."
            value = group.shapley.get(other)
            yield Row((f"with {other}", "" if value is None else f"{value:+.2f}", "", ""), tip, head=other)


def _into(found: Answer, head: HeadId) -> Iterator[Row]:
    circuits = [one for one in found.circuits if one.later == head]
    if circuits:
        yield heading("What it reads, edges cut, in nats")
    for one in circuits:
        yield from _edge(one, f"{one.into.upper()} ← {one.earlier}", one.earlier)


def _out(found: Answer, head: HeadId) -> Iterator[Row]:
    """Into each input: what it costs to cut all of its edges at once, where there are several, and then each alone."""
    circuits = [one for one in found.circuits if one.earlier == head]
    if circuits:
        yield heading("What reads it, edges cut, in nats")
    for into in dict.fromkeys(one.into for one in circuits):
        edges = [one for one in circuits if one.into == into]
        if len(edges) > 1:
            tip = f"{head} cut from the {into.upper()} input of all heads that it feeds, of these and others."
            yield line(f"{into.upper()} of all", edges[0].together, tip, (EFFECT,), signed=True)
        for one in edges:
            yield from _edge(one, f"{into.upper()} of {one.later}", one.later, shared=len(edges) > 1)


def _edge(one: Circuit, name: str, other: HeadId, shared: bool = False) -> Iterator[Row]:
    """An edge cut alone; below it what it costs otherwise, where that is more. `shared`: the joint cut has a row."""
    tip = (f"Rise of the loss when {one.earlier} is left out of the {one.into.upper()} input of {one.later}, and of "
           f"nothing else; worth {one.worth:+.2f} logits to first order; {one.share:.2f} of the attention by content "
           "is lost without it.")
    if math.isfinite(one.reads):
        tip += f" {one.earlier} wrote {one.reads:.0%} of what makes the score there stand out."
    made = line(name, one.effect, tip, (EFFECT,), signed=True)
    yield Row(made.cells, made.tip, head=other)
    joint = ("… into all", one.together, f"{one.earlier} cut from this input of all heads that it feeds.")
    bare = ("… no stand-ins", one.single, f"The edge cut while the others of the group of {one.later} are gone.")
    for words, effect, why in (bare,) if shared else (joint, bare):
        if abs(effect.value) >= abs(one.effect.value) + EFFECT / 2:
            more = line(words, effect, why, (EFFECT,), signed=True)
            yield Row(more.cells, more.tip, head=other)
