"""The answer on models whose truth is known, those too of which something must not be said."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from analysis.model.model import Model
from analysis.session.session import Session
from analysis.values.work import finish
from analysis.verdict.induction.answer import answer
from analysis.verdict.trials.trial import Asked
from analysis.verdict.wording.facts import Answer
from tests.shared_data import DATA
from tests.zoo import everything

from .judged import differences

QUICK = (
    "plain_small", "plain_scaled", "plain_rotary_interleaved", "plain_qk_norm", "displaced_6_grouped",
    "displaced_7_no_bos", "weak_15_small", "weak_20_spread_small", "weak_30_spread", "subset_3_rotary",
    "queries_small_turned", "moved_on_small", "redundant_3", "backup_small", "gate_by_sink_duplicate",
    "anti_and_true_same_place", "null_ov_rotary", "positional_24", "positional_15_rotary", "positional_31_late",
    "duplicate", "duplicate_says_rotary", "duplicate_lowers", "previous", "first", "first_no_bos", "bag", "bag_recent",
    "bag_saturated", "bag_and_duplicate", "window_24", "fading_20", "short_context",
    "says_the_fifth_rotary", "empty_comb", "two_token_match", "two_previous", "induction_and_position_rotary",
    "content_learned", "content_rotary", "fixed_learned", "fixed_rotary", "no_repeats",
    "content_mlp", "content_eight_heads", "quotes", "same_set", "window_set_learned", "bigrams", "by_avoiding",
    "untrained_rotary", "half_duplicate",
)  # fmt: skip
"""A second or less each; the others on demand."""
OPEN = {
    "comb_12": "no circuit L1H0 v L0H2",  # one of three carriers: too little is lost without it on 16 samples
    "bag_not_yet": "no circuit L1H1 k L0H0",  # no copying, so no edge is asked
}
"""What the answer does not find, and nothing else."""
ZOO = everything()


def asked(model: Model, samples: int = 16, seed: int = 0) -> Answer:
    return finish(answer(model, Asked(samples=samples, seed=seed)))


@pytest.mark.parametrize("name", QUICK)
def test_that_the_answer_is_what_is_known_of_the_model(name: str) -> None:
    model, truth = ZOO[name]()
    assert differences(asked(model), truth) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(ZOO) - set(QUICK)))
def test_that_the_answer_is_what_is_known_of_a_larger_model(name: str) -> None:
    model, truth = ZOO[name]()
    found = differences(asked(model, samples=32), truth)
    assert [one for one in found if not one.startswith(OPEN.get(name, "\n"))] == []


VERDICTS = DATA / "verdicts"
needs_verdicts = pytest.mark.skipif(
    not VERDICTS.is_dir(), reason="the models of known truth are not in ../shared/data/verdicts"
)


@needs_verdicts
@pytest.mark.parametrize(
    "name",
    ["h_true_induction", "h_displaced_3", "h_weak_share", "h_subset", "h_position_only", "h_duplicate_only",
     "h_null_ov_only", "h_anti_only", "fx_rotary_21", "fx_rotary_22", "fx_learned_21"],
)  # fmt: skip
def test_that_models_of_a_truth_told_by_others_are_judged_so(name: str, tmp_path: Path) -> None:
    truth = json.loads((VERDICTS / "truth.json").read_text())[name]
    file = tmp_path / f"{name}.safetensors"
    file.write_bytes(lzma.decompress((VERDICTS / f"{name}.safetensors.xz").read_bytes()))
    session = Session("cpu")
    session.open(str(file))
    found = asked(session.model)
    called = {word: {str(one.head) for one in found.called(word)} for word in
              ("induction", "anti-induction", "duplicate", "attends but does not copy")}  # fmt: skip
    assert found.copies.copies == truth.get("copies", truth.get("copies_by_content"))
    assert called["induction"] == set(truth["induction"])
    assert called["anti-induction"] == set(truth.get("anti_induction", []))
    assert called["attends but does not copy"] == set(truth.get("attends_without_copying", []))
    assert called["duplicate"] == set(truth.get("duplicate", []))
    edges = {f"{one.later} {one.into} {one.earlier}" for one in found.circuits}
    assert set(truth.get("circuit", [])) <= edges
    for head in found.called("induction"):
        assert head.offsets == (truth.get("offset_past_earlier_occurrence", 1),)


@pytest.mark.parametrize("name", ["plain_small", "positional_15_rotary", "fixed_rotary", "bag_saturated"])
def test_that_too_few_samples_claim_nothing(name: str) -> None:
    model, _ = ZOO[name]()
    for samples in (1, 2, 7):
        found = asked(model, samples=samples)
        assert not found.copies.copies
        assert {facts.words for facts in found.heads.values()} == {("none",)}
        assert {facts.confirmed for facts in found.heads.values()} == {"not asked"}
        assert all("Too few samples" in facts.notes[0] for facts in found.heads.values())


@pytest.mark.parametrize("name", ["plain_small", "content_rotary", "fixed_learned", "fading_20"])
def test_that_other_seeds_and_samples_give_the_same_answer_but_for_heads_at_a_mark(name: str) -> None:
    model, _ = ZOO[name]()
    first = asked(model)
    for samples, seed in ((16, 1), (32, 2), (64, 3)):
        other = asked(model, samples, seed)
        assert other.copies.copies == first.copies.copies
        for head, facts in first.heads.items():
            near = any("mark" in note for note in (*facts.notes, *other.heads[head].notes))
            assert near or facts.words == other.heads[head].words
            assert near or facts.confirmed == other.heads[head].confirmed


def test_that_there_is_something_to_read_long_before_the_end() -> None:
    model, _ = ZOO["content_rotary"]()
    read = [(fraction, found) for fraction, found in answer(model, Asked(samples=16)) if found is not None]
    assert read[0][0] <= 0.1
    assert isinstance(read[0][1], Answer)
    assert read[0][1].copies.copies
    assert not any(found.whole for _, found in read if isinstance(found, Answer))
    by_attention = next(found for _, found in read if isinstance(found, Answer) and found.heads)
    assert {facts.text for facts in by_attention.heads.values()} >= {"attends by content"}
