"""What a head is called, as a pure rule."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from analysis.values import WORDS, Called
from analysis.verdict.measured import Measured
from analysis.verdict.wording.facts import EFFECT, HeadFacts
from analysis.verdict.wording.words import COPY, FIRST, PARTIAL, RULE, SHARE, STRONG, TRACE, called

from .by_hand import IDLE, NIL, effect, looking, sure

COPIES = {"copying": sure(1.0)}


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (looking(0.8, **COPIES), "induction, strong"),
        (looking(0.3, **COPIES), "induction, partial"),
        (looking(0.8, (3,), **COPIES), "induction, strong, displaced by 3"),
        (looking(0.8, (7, 9, 12), main=False, **COPIES), "induction, strong, spread over 7–12"),
        (replace(looking(**COPIES), share=Measured(0.5, 0.45, 0.55)), "induction, partial to strong"),
        (looking(0.8, window=16, **COPIES), "induction, strong, window-limited"),
        (looking(0.8, (2,), copying=sure(-1.0)), "anti-induction, displaced by 2"),
        (looking(0.8), "attends by content"),
        (looking(0.8, copying=NIL), "attends but does not copy"),
        (looking(0.8, copying=NIL, effect=effect(0.4)), "gates"),
        (looking(0.8, backup=True), "backup"),
        (looking(0.05, **COPIES), "none"),
        (replace(IDLE, duplicate=sure(0.5)), "duplicate"),
        (replace(IDLE, previous=sure(0.9)), "previous-token"),
        (replace(IDLE, sink=sure(0.9)), "first token"),
        (replace(IDLE, positional=Measured(0.9), by_position=sure(1.0)), "positional copying"),
        (replace(IDLE, positional=Measured(0.9), by_position=NIL), "none"),
        (replace(looking(0.4, **COPIES), previous=sure(0.4)), "induction, partial, previous-token"),
        (IDLE, "none"),
    ],
)
def test_that_facts_give_words(facts: HeadFacts, text: str) -> None:
    found = called(facts)
    assert found.text == text
    assert found.kind in WORDS
    assert all(word in WORDS for word in found.words if word in ("gates", "backup", "duplicate"))


def test_that_every_word_of_a_head_that_attends_can_be_given() -> None:
    assert set(WORDS) - {"reader"} == {
        "induction", "anti-induction", "gates", "attends by content", "attends but does not copy", "backup",
        "positional copying", "duplicate", "previous-token", "first token", "none",
    }  # fmt: skip


@pytest.mark.parametrize(
    "share", [Measured(PARTIAL - 0.01, 0.08, 0.1), Measured(0.8, -0.01, 1.0), Measured(0.8, 0.7, 0.9, 0.0, 0.2),
              Measured(0.8)]
)  # fmt: skip
def test_that_a_share_that_is_small_or_within_chance_gives_no_word(share: Measured) -> None:
    assert called(replace(looking(**COPIES), share=share)).text == "none"


@pytest.mark.parametrize("value", [COPY - 0.01, COPY + 0.02])
def test_that_copying_counts_from_its_mark_on(value: float) -> None:
    assert (called(looking(copying=sure(value, 0.005))).kind == "induction") is (value > COPY)


def test_that_a_head_is_confirmed_alone_by_what_is_lost_without_it_beyond_the_first_copy() -> None:
    assert called(looking(**COPIES)).confirmed == "not asked"
    assert called(looking(**COPIES, effect=effect(EFFECT + 0.02))).confirmed == "alone"
    assert called(looking(**COPIES, effect=effect(EFFECT - 0.02))).confirmed == "no"
    assert called(looking(**COPIES, effect=effect(1.0, first=1.0))).confirmed == "no"
    assert called(replace(IDLE, effect=effect(1.0))).confirmed == "not asked"


def test_that_a_small_share_is_induction_where_its_group_needs_it() -> None:
    small = looking(0.05, **COPIES, effect=effect(0.01, kept=0.2))
    found = called(small, joint=sure(2.0))
    assert found.text == "induction, partial, in a group"
    assert found.confirmed == "in a group"
    assert str(Called(found.words, found.confirmed)) == "induction, partial — confirmed in a group"
    assert called(small).text == "none"
    assert called(small, joint=sure(0.01)).text == "none"
    assert called(replace(small, share=sure(TRACE / 2, 0.001)), joint=sure(2.0)).text == "none"
    idle = looking(0.05, **COPIES, effect=effect(0.01, kept=0.0, shapley=0.01))
    assert called(idle, joint=sure(2.0)).text == "none"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(looking(**COPIES), share=Measured(0.8)), "Too few samples for an interval"),
        (replace(looking(**COPIES), share=Measured(0.11, 0.09, 0.13)), f"lies at the mark of {PARTIAL:g}"),
        (replace(looking(**COPIES), share=Measured(0.5, 0.45, 0.55)), f"lies at the mark of {STRONG:g}"),
        (looking(copying=Measured(0.11, 0.05, 0.17)), f"lies at the mark of {COPY:g} logits"),
        (looking(0.05), "A trace of attention by content"),
        (looking(copying=NIL), "writes nothing for the right token"),
        (replace(IDLE, before=0.3), "places before the earlier occurrence"),
        (replace(IDLE, positional=Measured(0.7), lag=49), "goes 49 back, whatever stands there"),
        (looking(**COPIES, effect=effect(-0.4)), "it works against copying"),
        (looking(**COPIES, effect=effect(0.0)), "no group was found that needs it"),
        (replace(IDLE, effect=effect(0.4)), "copying needs it, by another way"),
        (looking(**COPIES, effect=effect(EFFECT)), f"Its effect lies at the mark of {EFFECT:g} nats"),
    ],
)
def test_that_what_stays_open_is_said_in_a_sentence(facts: HeadFacts, words: str) -> None:
    notes = called(facts).notes
    assert any(words in note for note in notes), notes
    assert all(note.endswith(".") for note in notes)


def test_that_others_that_stand_in_are_said() -> None:
    found = called(looking(**COPIES, effect=effect(0.01, kept=0.9)), joint=sure(4.0))
    assert any("others stand in for it. With all others of its group gone it brings back +0.90" in note
               for note in found.notes)  # fmt: skip


def test_that_the_rule_names_every_mark() -> None:
    told = " ".join(RULE)
    for mark in (STRONG, PARTIAL, TRACE, SHARE, FIRST, COPY, EFFECT):
        assert f"{mark:g}" in told


def test_that_a_head_without_samples_to_speak_of_claims_nothing() -> None:
    silent = replace(looking(0.9, copying=Measured(2.0)), share=Measured(0.9))
    assert math.isnan(silent.share.low)
    assert called(silent).text == "none"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (Called(("induction", "strong"), "alone"), "induction, strong — confirmed alone"),
        (Called(("induction", "displaced by 3"), "in a group"), "induction, displaced by 3 — confirmed in a group"),
        (Called(("induction", "partial"), "no"), "induction, partial — not confirmed"),
        (Called(("gates",)), "gates"),
    ],
)
def test_that_words_are_said_with_what_confirms_them(said: Called, text: str) -> None:
    assert str(said) == text
    assert said.first == said.words[0]
    assert said.parts[: len(said.words)] == said.words
