"""The answer in sentences, as a pure function of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.values import HeadId
from analysis.verdict.measured import Measured
from analysis.verdict.wording.facts import Answer, Copies
from analysis.verdict.wording.sentences import curve_words, named, sentences

from .by_hand import IDLE, NIL, answer, copying, edge, effect, group, looking, sure

EARLY, FIRST, SECOND, THIRD = HeadId(0, 2), HeadId(1, 0), HeadId(1, 1), HeadId(1, 2)
NOTHING = Copies(False, Measured(0.0, -0.01, 0.01), 32, ((32, Measured(0.0, -0.01, 0.01)),), False, 0.0, 5.0)


def said(found: Answer) -> str:
    return " ".join(sentences(found))


@pytest.mark.parametrize(
    ("copies", "words"),
    [
        (copying(3.0), "Copies by content: +3.00 [+2.99, +3.01] nats a token at 32 tokens, from up to 32 tokens."),
        (copying(head_count_assumed=True), "With a head count that is a guess: copies by content"),
        (NOTHING, "Does not copy by content: the order of the tokens is worth +0.00"),
        (replace(NOTHING, gain=Measured(0.05, -0.1, 0.2)), "No copying by content was found"),
        (replace(NOTHING, gain=sure(-0.4)), "Avoids what followed before: the right token costs 0.40 nats more"),
        (replace(NOTHING, distance=50, by_position=sure(2.0)), "Copies by position, not by content: repeats 50 tokens"),
        (replace(NOTHING, gain=Measured(3.0)), "but fewer than 8 samples claim nothing; ask for 8 or more."),
    ],
)
def test_that_the_first_sentence_says_whether_it_copies(copies: Copies, words: str) -> None:
    assert sentences(Answer(copies))[0].startswith(words) or words in sentences(Answer(copies))[0]


def test_that_one_head_is_named_with_its_numbers() -> None:
    head = looking(0.8, (3,), head=FIRST, copying=sure(2.0), effect=effect(1.5))
    found = said(answer(head))
    assert "One head does it, displaced by 3: L1H0 (share 0.80 [0.79, 0.81], raises the right token by 2.00" in found
    assert "without it that costs +1.50 [+1.49, +1.51] nats), confirmed." in found


def test_that_heads_that_do_it_together_are_counted_and_how_they_are_confirmed_is_said() -> None:
    heads = [looking(0.3, head=head, copying=sure(1.0), effect=effect(told, kept=0.5)) for head, told in
             ((FIRST, 0.4), (SECOND, 0.0), (THIRD, 0.0))]  # fmt: skip
    found = said(answer(*heads, groups=(group(FIRST, SECOND, THIRD),)))
    assert "Three heads do it: L1H0–L1H2, together +2.00 [+1.99, +2.01] nats, 67% of what copying saves." in found
    assert "By removal: L1H0 confirmed alone; L1H1, L1H2 only as a group, since others stand in." in found


def test_that_circuits_are_said_by_input_with_what_a_cut_costs() -> None:
    head = looking(0.8, head=FIRST, copying=sure(2.0), effect=effect(1.5))
    early = replace(IDLE, head=EARLY, previous=sure(0.9))
    found = said(answer(early, head, circuits=(edge(EARLY, FIRST, 1.2), edge(EARLY, FIRST, 0.2, "q"))))
    assert "The keys of L1H0 read L0H2: cut there, +1.20 [+1.19, +1.21] nats." in found
    assert "The queries of L1H0 read L0H2: cut there, +0.20" in found
    assert found.index("keys") < found.index("queries")
    known = said(answer(early, head, circuits=(edge(EARLY, FIRST, 1.2, reads=0.9),)))
    assert "The keys of L1H0 read L0H2 (90% of L1H0's score): cut there" in known
    silent = said(answer(early, head, circuits=(edge(EARLY, FIRST, 0.0),)))
    assert "L1H0 finds its place by L0H2, in its keys." in silent


def test_that_heads_of_other_words_are_said_apart() -> None:
    heads = (
        looking(0.8, head=FIRST, copying=sure(2.0), effect=effect(1.5)),
        looking(0.8, head=SECOND, copying=sure(-1.0), effect=effect(-0.4)),
        looking(0.4, head=THIRD, copying=NIL, effect=effect(0.0)),
    )
    found = said(answer(*heads))
    assert "L1H1 lowers the right token." in found
    assert "L1H2 attends by content but does not copy." in found


def test_that_copying_without_such_a_head_stays_open() -> None:
    assert "No head was found that does it by attending to what followed" in said(answer(IDLE))
    assert "How it copies stays open." in said(answer(IDLE))


def test_that_what_lies_near_a_mark_is_named() -> None:
    head = replace(looking(head=FIRST, copying=sure(2.0)), share=Measured(0.5, 0.45, 0.55))
    assert "Near a mark, so that other samples may call it otherwise: L1H0." in said(answer(head))


def test_that_on_the_way_only_what_is_known_is_said() -> None:
    early = answer(looking(0.8, head=FIRST), whole=False)
    assert sentences(early)[1:] == ("By content attends L1H0.",)
    assert len(sentences(Answer(copying()))) == 1


def test_that_neighbours_are_named_as_a_range() -> None:
    heads = [HeadId(1, index) for index in (0, 1, 2, 4)]
    assert named([*heads, HeadId(2, 5), HeadId(2, 6)]) == "L1H0–L1H2, L1H4, L2H5, L2H6"
    assert curve_words(copying(2.0)) == "8: +1.00, 32: +2.00, 128: +0.50"
