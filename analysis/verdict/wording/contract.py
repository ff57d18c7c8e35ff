"""The answer as JSON: what `verdict.json` holds."""

import math
from typing import Any

from analysis.verdict.measured import Measured
from analysis.verdict.wording.facts import Answer, Circuit, Effect, Group, HeadFacts
from analysis.verdict.wording.sentences import sentences
from analysis.verdict.wording.words import RULE


def verdict(found: Answer) -> dict[str, Any]:
    """Numbers that are not known are null; intervals are 95 %; effects and gains are in nats a token."""
    copies = found.copies
    return {
        "copies": {
            "copies": copies.copies, **_measured(copies.gain, "gain"), "length": copies.length,
            "by_length": [[length, gain.value] for length, gain in copies.by_length],
            "reach": copies.reach, "head_count_assumed": copies.head_count_assumed, "saved": copies.saved,
            "written": copies.written,
            "by_position": {"distance": copies.distance, **_measured(copies.by_position, "gain")}
            if copies.distance else None,
        },
        "heads": {str(head): _head(facts) for head, facts in found.heads.items()},
        "groups": [_group(one) for one in found.groups],
        "circuits": [_circuit(one) for one in found.circuits],
        "sentences": list(sentences(found)),
        "samples": found.samples, "seed": found.seed, "prompt": found.prompt, "rule": list(RULE),
    }  # fmt: skip


def _head(facts: HeadFacts) -> dict[str, Any]:
    return {
        "words": list(facts.words), "share": facts.share.value, "low": facts.share.low, "high": facts.share.high,
        "q": facts.share.q, "offsets": list(facts.offsets), "positional": facts.positional.value, "lag": facts.lag,
        "duplicate": facts.duplicate.value, "before": facts.before, "previous": facts.previous.value,
        "first": facts.sink.value,
        "copying": None if facts.copying is None else _measured(facts.copying),
        "direct": facts.direct, "effect": None if facts.effect is None else _effect(facts.effect),
        "confirmed": facts.confirmed, "notes": list(facts.notes),
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        **_measured(effect.told), "first_copy": effect.first, "beyond_first_copy": _measured(effect.specific),
        "brings_back": None if effect.kept is None else _measured(effect.kept), "shapley": effect.shapley,
        "output": effect.how,
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "heads": [str(head) for head in group.heads], "share": group.share, "attention": group.attention,
        "effect": _measured(group.effect), "order": [str(head) for head in group.order], "curve": list(group.curve),
        "shapley": {str(head): value for head, value in group.shapley.items()}, "output": group.how,
    }


def _circuit(one: Circuit) -> dict[str, Any]:
    return {
        "later": str(one.later), "input": one.into, "earlier": str(one.earlier), "effect": _measured(one.effect),
        "together": _measured(one.together), "single": _measured(one.single), "worth": one.worth,
        "share_lost": one.share, "reads": one.reads,
    }


def _measured(one: Measured, name: str = "value") -> dict[str, float | None]:
    known = math.isfinite(one.low)
    return {name: one.value, "low": one.low if known else None, "high": one.high if known else None}
