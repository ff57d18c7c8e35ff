"""The word for a head: on models built by hand, on random weights, and as a pure rule."""

import math
from dataclasses import replace

import pytest
import torch

from analysis.model.model import Model
from analysis.prompts.repeated_random import PROMPT, repeated_random_spec
from analysis.values import HeadId
from analysis.values.work import finish
from analysis.verdict.evidence import gather
from analysis.verdict.verdict import EFFECT, RULE, SINK, AblationEffect, Case, Measured, Shares, judge, word_of

from .handmade import SHARP, SMALL, induction_model, one_head, random_model


def words(model: Model, samples: int = 8) -> dict[str, str]:
    prompt = PROMPT.make(model, repeated_random_spec(length=50, repeats=2, samples=samples))
    evidence = finish(gather(model, prompt, seed=0))
    return {str(head): word_of(shares) for head, shares in evidence.by_head.items()}


def test_that_the_handmade_circuit_is_named() -> None:
    assert words(induction_model()) == {"L0H0": "previous-token", "L0H1": "none", "L1H0": "induction", "L1H1": "none"}


@pytest.mark.parametrize("kind", ["duplicate", "sink"])
def test_that_a_head_that_does_one_other_thing_is_called_by_it(kind: str) -> None:
    assert words(one_head(kind)) == {"L0H0": kind}


def test_that_uniform_attention_is_nothing() -> None:
    assert set(words(random_model(SMALL, spread=0.0, biases=False)).values()) == {"none"}


def test_that_a_stripe_that_goes_by_position_is_no_induction() -> None:
    model = one_head("sink")
    n, period = model.config.n_ctx, 50
    # L0H0 looks 49 places back, whatever stands there.
    w_q, w_k = model.weights["L0.attn.W_Q"], model.weights["L0.attn.W_K"]
    w_q.zero_()
    w_k.zero_()
    w_q[0, 60 + period - 1 :, : n - period + 1] = SHARP * n**0.5 * torch.eye(n - period + 1)
    w_k[0, 60:, :n] = torch.eye(n)
    prompt = PROMPT.make(model, repeated_random_spec(length=50, repeats=2, samples=8))
    shares = finish(gather(model, prompt, seed=0)).by_head[HeadId(0, 0)]
    assert shares.follower > 0.95
    assert word_of(shares) == "none"
    (doubt,) = judge(Case(HeadId(0, 0), shares)).doubts
    assert "by position, not by content" in doubt


def test_that_over_random_weights_no_more_heads_are_called_than_the_rule_says() -> None:
    found = [set(words(random_model(SMALL, seed, 0.3 + 0.02 * seed)).values()) for seed in range(50)]
    assert "5%" in RULE[-2]
    assert sum(bool(each & {"induction", "duplicate", "mixed"}) for each in found) <= 0.05 * 50


NOTHING = Measured(0.01, 0.009, 0.011, 0.013)
IDLE = Shares(NOTHING, 1, 0.01, NOTHING, NOTHING, NOTHING)
HIGH = Measured(0.8, 0.78, 0.82, 0.02, 1e-9)
INDUCTION = replace(IDLE, induction=HIGH, follower=0.8)
HEAD = HeadId(1, 3)
GAIN = Measured(3.0, 2.9, 3.1)


def ablation(second: float, first: float = 0.0, **more: float) -> AblationEffect:
    beyond = second - first
    return AblationEffect(
        Measured(second, second - 0.01, second + 0.01),
        first,
        Measured(beyond, beyond - 0.01, beyond + 0.01),
        **more,  # type: ignore[arg-type]
    )


def case(shares: Shares, **more: object) -> Case:
    known: dict[str, object] = {"gain": GAIN, "partner": HeadId(0, 1), "partner_z": 9.0}
    return Case(HEAD, shares, **(known | more))  # type: ignore[arg-type]


def test_that_ablation_confirms_a_head_that_copying_needs() -> None:
    verdict = judge(case(INDUCTION, ablation=ablation(1.9)))
    assert (str(verdict), verdict.doubts) == ("induction, confirmed", ())


@pytest.mark.parametrize(
    ("shares", "more", "words"),
    [
        (INDUCTION, {"ablation": ablation(0.01)}, "ablation does next to nothing"),
        (INDUCTION, {"ablation": ablation(1.0, 1.0)}, "The first copy suffers as much"),
        (INDUCTION, {"ablation": ablation(-1.0)}, "it works against copying"),
        (INDUCTION, {"ablation": ablation(0.08, together=4.8, peers=8)}, "without all 8 induction heads"),
        (INDUCTION, {"gain": Measured(0.0, -0.1, 0.1)}, "nothing to confirm"),
        (INDUCTION, {"partner_z": 0.8}, "No earlier head feeds its keys"),
        (INDUCTION, {"copying": -0.4}, "Its OV circuit lowers"),
        (replace(INDUCTION, lag=2, follower=0.01), {}, "It looks 1 token past the follower, at L − 2"),
        (replace(INDUCTION, previous=HIGH), {}, "It does induction and previous-token at once"),
        (replace(IDLE, induction=Measured(0.12, 0.11, 0.13, 0.02, 0.001)), {}, "A trace of induction"),
        (IDLE, {"ablation": ablation(0.4)}, "No share of its own, yet the second copy costs"),
        (replace(IDLE, induction=Measured(0.01)), {}, "Fewer than 8 samples give no interval"),
    ],
)
def test_that_disagreement_is_said_in_words(shares: Shares, more: dict[str, object], words: str) -> None:
    assert any(words in doubt for doubt in judge(case(shares, **more)).doubts)


def test_that_induction_in_the_first_layer_is_doubted() -> None:
    (doubt,) = judge(replace(case(INDUCTION), head=HeadId(0, 3))).doubts
    assert "No head comes before it" in doubt


def test_that_sink_is_said_only_of_a_head_that_does_nothing_else() -> None:
    rest = Measured(SINK + 0.1, 0.55, 0.65, 0.013)
    assert word_of(replace(IDLE, sink=rest)) == "sink"
    assert word_of(replace(INDUCTION, sink=rest, induction=Measured(0.35, 0.33, 0.37, 0.02, 0.001))) == "induction"


@pytest.mark.parametrize("share", [replace(HIGH, q=0.2), replace(HIGH, low=0.01), replace(HIGH, value=0.29)])
def test_that_a_share_below_the_threshold_or_within_chance_is_no_word(share: Measured) -> None:
    assert word_of(replace(IDLE, induction=share)) == "none"


@pytest.mark.parametrize("change", [EFFECT - 0.01, EFFECT + 0.02])
def test_that_small_effects_confirm_nothing(change: float) -> None:
    assert judge(case(INDUCTION, ablation=ablation(change))).confirmed is (change > EFFECT)


def test_that_nothing_is_confirmed_before_the_ablation_is_known() -> None:
    assert judge(case(INDUCTION)).confirmed is None
    assert judge(case(IDLE, ablation=ablation(0.4))).confirmed is None
    assert math.isnan(Case(HEAD, IDLE).copying)
