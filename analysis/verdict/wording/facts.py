"""What is known of a model when it is asked for induction: values that cross to views, reports and files."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from analysis.causal.interventions import How, Into
from analysis.values import HeadId
from analysis.verdict.measured import Measured

EFFECT = 0.05
"""Nats: the right token becomes 5 % less likely. Smaller effects are measurable, but carry nothing."""

Confirmed = Literal["alone", "in a group", "no", "not asked"]


@dataclass(frozen=True)
class Copies:
    """Whether the model copies by content, and from how far."""

    copies: bool
    gain: Measured
    """Loss of the control minus loss in order, in nats a token, at `length`."""
    length: int
    by_length: tuple[tuple[int, Measured], ...]
    """The same at every length that was tried, with fewer samples."""
    head_count_assumed: bool
    """Whether the file leaves open how many heads there are."""
    saved: float
    """Loss within the first copy minus loss where order tells the token: what all copying saves, in nats a token."""
    shuffled: float
    """Loss of the control."""
    distance: int = 0
    """A distance at which plain repeats are copied by position; 0: none was found."""
    by_position: Measured = field(default_factory=lambda: Measured(0.0))
    """The gain on plain repeats at that distance."""
    written: bool = False
    """Whether real words were asked, whose gain is over the same word after another one."""

    @property
    def reach(self) -> int:
        """The longest length at which at least half of the largest gain is left; 0 where nothing is copied."""
        if not self.copies:
            return 0
        top = max(gain.value for _, gain in self.by_length)
        return max(length for length, gain in self.by_length if gain.value >= top / 2)


@dataclass(frozen=True)
class Effect:
    """What a head's absence does, in nats a token."""

    told: Measured
    """Rise of the loss where order tells the next token."""
    first: float
    """The same in the first copy, where there is nothing to copy."""
    specific: Measured
    """The first beyond the second."""
    kept: Measured | None = None
    """In its group: what it brings back when all others of the group are removed."""
    shapley: float = math.nan
    """Its mean cost over random orders of removing the group."""
    how: How = "mean"
    """What its output is set to."""


@dataclass(frozen=True)
class HeadFacts:
    """One self-attention head."""

    head: HeadId
    share: Measured
    """Attention by content: to the places that `offsets` name, above the control, mean over queries."""
    offsets: tuple[int, ...]
    """k of the places past the token's earlier occurrence, the largest first; 1 is what followed."""
    main: bool
    """Whether the first of them has most of the share."""
    duplicate: Measured
    """To the earlier occurrence itself, above the control."""
    before: float
    """To places before it, above the control."""
    places: tuple[int, ...]
    """All offsets that it looks at by content, those before and on the earlier occurrence too."""
    previous: Measured
    """To the token before, whatever stands there."""
    sink: Measured
    """To the first token."""
    positional: Measured
    """To the one distance that gets most, whatever stands there, of distances from 2 on."""
    lag: int
    """That distance."""
    copying: Measured | None = None
    """Rise of the right token's logit when its output in order is put into the control; None: not asked."""
    direct: float = math.nan
    """The same by its own path, to first order."""
    by_position: Measured | None = None
    """Copying on plain repeats at a fixed distance; None: not asked."""
    effect: Effect | None = None
    window: int = 0
    """Keys that it can see, its own the last; 0: all."""
    backup: bool = False
    """Whether it takes over once the others are gone."""
    words: tuple[str, ...] = ("none",)
    confirmed: Confirmed = "not asked"
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The first of its words."""
        return self.words[0]

    @property
    def text(self) -> str:
        """ "induction, strong, displaced by 3": its words in one line."""
        return ", ".join(self.words)


@dataclass(frozen=True)
class Group:
    """Heads that copy together."""

    heads: tuple[HeadId, ...]
    effect: Measured
    """Rise of the loss without all of them, in nats a token where order tells it."""
    share: float
    """Of what copying saves."""
    attention: float
    """Sum of their shares by content."""
    order: tuple[HeadId, ...] = ()
    """The head first whose removal costs most, then the one that costs most beside it, …"""
    curve: tuple[float, ...] = ()
    """Rise of the loss after 1, 2, … of `order`."""
    shapley: Mapping[HeadId, float] = field(default_factory=dict)
    how: How = "mean"
    """What their outputs are set to."""


@dataclass(frozen=True)
class Circuit:
    """An earlier head's output in one input of a later head."""

    later: HeadId
    into: Into
    earlier: HeadId
    effect: Measured
    """Rise of the loss when this edge alone is cut, in nats."""
    together: Measured
    """The same when it is cut from this input of all heads that it feeds."""
    single: Measured
    """The same when this edge is cut and all other heads of its group are gone: nothing stands in for it."""
    worth: float
    """Of the right token's margin, to first order, in logits."""
    share: float
    """Of the later head's attention by content, lost without it."""
    reads: float = math.nan
    """Of what makes the score at the place it looks at stand out, the part that the earlier head wrote; NaN: not asked.
    """


@dataclass(frozen=True)
class Answer:
    """Everything, as far as it is known."""

    copies: Copies
    heads: Mapping[HeadId, HeadFacts] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    circuits: tuple[Circuit, ...] = ()
    samples: int = 0
    seed: int = 0
    prompt: str = ""
    whole: bool = False
    """False for what is known on the way."""
    notes: tuple[str, ...] = ()

    def called(self, word: str) -> list[HeadFacts]:
        """The heads that have this word, the largest share first."""
        return sorted((one for one in self.heads.values() if word in one.words), key=lambda one: -one.share.value)
