"""The answer as JSON: every field by its name, null where nothing is known."""

from __future__ import annotations

import json
from dataclasses import replace

from analysis.values import HeadId
from analysis.values.text import json_text
from analysis.verdict.measured import Measured
from analysis.verdict.wording.contract import verdict
from analysis.verdict.wording.facts import Answer
from analysis.verdict.wording.sentences import sentences
from analysis.verdict.wording.words import RULE

from .by_hand import IDLE, answer, copying, edge, effect, group, looking, sure

EARLY, LATE = HeadId(0, 2), HeadId(1, 0)


def told(found: Answer) -> dict:  # type: ignore[type-arg]
    return json.loads(json_text(verdict(found)))  # type: ignore[no-any-return]


def test_that_the_json_holds_the_numbers_of_the_answer() -> None:
    late = looking(0.8, (3,), head=LATE, copying=sure(2.0), effect=effect(1.5, kept=1.0, shapley=1.2))
    early = replace(IDLE, head=EARLY, previous=sure(0.9))
    found = answer(early, late, groups=(group(LATE, HeadId(1, 1)),), circuits=(edge(EARLY, LATE, 1.2),))
    data = told(found)
    assert data["copies"]["copies"] is True
    assert data["copies"]["gain"] == 3.0
    assert data["copies"]["by_length"] == [[8, 1.5], [32, 3.0], [128, 0.75]]
    assert data["copies"]["reach"] == 32
    assert data["copies"]["by_position"] is None
    one = data["heads"]["L1H0"]
    assert one["words"] == ["induction", "strong", "displaced by 3"]
    assert (one["share"], one["low"], one["high"], one["offsets"]) == (0.8, 0.79, 0.81, [3])
    assert one["copying"] == {"value": 2.0, "low": 1.99, "high": 2.01}
    assert one["effect"]["value"] == 1.5
    assert one["effect"]["brings_back"]["value"] == 1.0
    assert one["effect"]["shapley"] == 1.2
    assert one["confirmed"] == "alone"
    assert data["heads"]["L0H2"]["words"] == ["previous-token"]
    (joint,) = data["groups"]
    assert joint["heads"] == joint["order"] == ["L1H0", "L1H1"]
    assert joint["curve"] == [1.0, 2.0]
    (cut,) = data["circuits"]
    assert (cut["later"], cut["input"], cut["earlier"]) == ("L1H0", "k", "L0H2")
    assert cut["effect"]["value"] == 1.2
    assert data["sentences"] == list(sentences(found))
    assert (data["samples"], data["seed"]) == (32, 0)
    assert data["rule"] == list(RULE)


def test_that_what_is_not_known_is_null() -> None:
    data = told(answer(replace(looking(0.8), share=Measured(0.8)), copies=copying(distance=50, by_position=sure(1.0))))
    one = data["heads"]["L1H3"]
    assert (one["low"], one["high"], one["copying"], one["direct"], one["effect"]) == (None, None, None, None, None)
    assert one["confirmed"] == "not asked"
    assert data["copies"]["by_position"]["distance"] == 50
    assert data["groups"] == data["circuits"] == []
