"""Facts and answers that nobody measured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from analysis.values import HeadId
from analysis.verdict.measured import Measured
from analysis.verdict.wording.facts import Answer, Circuit, Copies, Effect, Group, HeadFacts
from analysis.verdict.wording.words import called


def sure(value: float, off: float = 0.01, null: float = 0.0) -> Measured:
    """A number with a narrow interval."""
    return Measured(value, value - off, value + off, null, 1e-6)


NIL = Measured(0.001, -0.001, 0.003, 0.0, 0.5)
IDLE = HeadFacts(HeadId(1, 3), NIL, (), False, NIL, 0.0, (), Measured(0.02, 0.01, 0.03, 0.03),
                 Measured(0.02, 0.01, 0.03, 0.03), Measured(0.03), 5)  # fmt: skip


def looking(share: float = 0.8, offsets: tuple[int, ...] = (1,), main: bool = True, **more: Any) -> HeadFacts:
    """A head that looks by content."""
    return replace(IDLE, share=sure(share), offsets=offsets, places=offsets, main=main, **more)


def effect(told: float, first: float = 0.0, kept: float | None = None, **more: Any) -> Effect:
    back = None if kept is None else sure(kept)
    return Effect(sure(told), first, sure(told - first), back, **more)


def copying(gain: float = 3.0, **more: Any) -> Copies:
    by_length = ((8, sure(gain / 2)), (32, sure(gain)), (128, sure(gain / 4)))
    known: dict[str, Any] = {"head_count_assumed": False, "saved": 3.0, "shuffled": 5.0}
    return Copies(gain > 0.05, sure(gain), 32, by_length, **(known | more))


def answer(*heads: HeadFacts, copies: Copies | None = None, **more: Any) -> Answer:
    """With the words that the rule gives to these heads; `groups` tells whose effect is joint."""
    joint = {head: group.effect for group in more.get("groups", ()) for head in group.heads}
    named = {one.head: called(one, joint.get(one.head)) for one in heads}
    known: dict[str, Any] = {"samples": 32, "prompt": "32 random tokens, then the same rotated", "whole": True}
    return Answer(copies or copying(), named, **(known | more))


def group(*heads: HeadId, cost: float = 2.0) -> Group:
    each = cost / len(heads)
    curve = tuple(each * (number + 1) for number in range(len(heads)))
    return Group(heads, sure(cost), cost / 3, 0.5, heads, curve, dict.fromkeys(heads, each))


def edge(earlier: HeadId, later: HeadId, cost: float, into: Any = "k", **more: Any) -> Circuit:
    known: dict[str, Any] = {"effect": sure(cost), "together": sure(cost), "single": sure(cost)}
    return Circuit(later, into, earlier, **(known | more), worth=cost, share=0.4)
