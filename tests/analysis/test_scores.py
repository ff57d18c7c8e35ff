import math

import numpy as np
import pytest
import torch

from analysis.measures.scoring import Scoring
from analysis.model.model import Model
from analysis.model.transformer import forward
from analysis.plugins import discover
from analysis.prompts.repeated_random import PROMPT, repeated_random_spec
from analysis.values import HeadId, ScoreTable
from analysis.values.work import finish

from .handmade import CROSSED, SMALL, induction_model, one_head, random_model
from .plain import Plain


def score(model: Model, samples: int = 4) -> ScoreTable:
    job = Scoring(model, discover("scores"), {"repeated_random": PROMPT}, samples=samples)
    fractions = [fraction for fraction, _ in job.run()]
    assert fractions == sorted(fractions)
    assert fractions[-1] <= 1
    assert not job.problems
    return job.table()


def test_that_the_handmade_circuit_is_an_induction_head_fed_by_a_previous_token_head() -> None:
    table = score(induction_model())
    assert table.value("induction", HeadId(1, 0)) > 0.95
    assert table.value("stripe", HeadId(1, 0)) > 0.95
    assert table.value("stripe_lag", HeadId(1, 0)) == 1
    assert table.value("previous", HeadId(0, 0)) > 0.95
    assert table.value("prefix_matching", HeadId(1, 0)) > 0.95
    for key, head in (("induction", HeadId(0, 0)), ("previous", HeadId(1, 0)), ("duplicate", HeadId(1, 0))):
        assert table.value(key, head) < 0.05
    assert table.behaviour["second_loss"] < table.behaviour["first_loss"] / 4


def test_that_a_duplicate_token_head_does_not_pass_as_induction() -> None:
    table = score(one_head("duplicate"))
    assert table.value("duplicate", HeadId(0, 0)) == pytest.approx(0.5, abs=0.01)  # the other half is itself
    assert table.value("induction", HeadId(0, 0)) < 0.01
    assert table.value("prefix_matching", HeadId(0, 0)) < 0.01


def test_that_a_sink_head_scores_nothing_but_first_token() -> None:
    table = score(one_head("sink"))
    assert table.value("first", HeadId(0, 0)) > 0.99
    for key in ("induction", "duplicate", "previous", "stripe"):
        assert table.value(key, HeadId(0, 0)) < 0.05


def test_that_uniform_attention_scores_about_one_over_one_and_a_half_lengths() -> None:
    model = random_model(SMALL, spread=0.0, biases=False)
    assert score(model).value("induction", HeadId(1, 1)) == pytest.approx(1 / (1.5 * 32), rel=0.1)


def test_that_scores_equal_a_plain_loop_over_patterns() -> None:
    model = random_model(SMALL, spread=0.6)
    table = score(model, samples=2)
    prompt = PROMPT.make(model, repeated_random_spec(length=50, repeats=2, samples=2))
    length = prompt.period
    assert length == 32
    patterns = []
    for row in prompt.tokens.tolist():
        plain = Plain(model)
        plain.logits(row)
        patterns.append(plain.patterns)
    for head in model.heads:
        each = [p[str(head)] for p in patterns]
        second = range(length + 1, 2 * length)
        induction = [[p[i, i - length + 1] for i in second] for p in each]
        assert table.value("induction", head) == pytest.approx(np.mean(induction), abs=1e-5)
        means = np.mean(induction, axis=1)
        assert table.error("induction", head) == pytest.approx(means.std(ddof=1) / math.sqrt(2), abs=1e-5)
        assert table.value("duplicate", head) == pytest.approx(
            np.mean([p[i, i - length] for p in each for i in second]), abs=1e-5
        )
        assert table.value("previous", head) == pytest.approx(
            np.mean([p[i, i - 1] for p in each for i in range(1, 2 * length)]), abs=1e-5
        )
        assert table.value("first", head) == pytest.approx(
            np.mean([p[i, 0] for p in each for i in range(1, 2 * length)]), abs=1e-5
        )
        stripes = [np.mean([p[i, i - length + k] for p in each for i in second]) for k in range(1, 9)]
        assert table.value("stripe", head) == pytest.approx(max(stripes), abs=1e-5)
        assert table.value("stripe_lag", head) == 1 + int(np.argmax(stripes))


def test_that_prefix_matching_adds_up_all_earlier_followers() -> None:
    model = random_model(SMALL, spread=0.6)
    prompt = PROMPT.make(model, repeated_random_spec(length=25, repeats=4, samples=2))
    length, total, n = prompt.period, prompt.tokens.shape[1], 0
    assert (length, total) == (16, 64)
    sums = dict.fromkeys(model.heads, 0.0)
    for row in prompt.tokens.tolist():
        plain = Plain(model)
        plain.logits(row)
        for i in range(length, total):
            followers = [j + 1 for j in range(i) if row[j] == row[i]]
            n += 1
            for head in model.heads:
                sums[head] += sum(plain.patterns[str(head)][i, j] for j in followers)
    table = score(model, samples=2)
    for head in model.heads:
        assert table.value("prefix_matching", head) == pytest.approx(sums[head] / n, abs=1e-5)


def test_that_copying_is_the_balance_of_the_full_eigenvalues() -> None:
    model = random_model(SMALL)
    table = score(model)
    w = model.weights
    for head in model.heads:
        one = model.head(head)
        full = (w["embed.W_E"] @ one.W_V @ one.W_O @ w["unembed.W_U"]).double().numpy()
        values = np.linalg.eigvals(full)
        wanted = values.real.sum() / np.abs(values).sum()
        assert table.value("copying", head) == pytest.approx(wanted, abs=1e-4)


def test_that_a_head_that_moves_tokens_to_their_own_logits_copies_fully() -> None:
    assert score(one_head("duplicate")).value("copying", HeadId(0, 0)) == pytest.approx(1.0, abs=1e-6)


def test_that_cross_attention_heads_have_the_scores_that_make_sense_for_them() -> None:
    model = random_model(CROSSED)
    table = score(model)
    prompt = PROMPT.make(model, repeated_random_spec(length=50, repeats=2, samples=4))
    run = finish(forward(model, prompt.tokens, prompt.context))
    kept = run.layers[2, "cross"]
    pattern = ((kept.q @ kept.k.transpose(-1, -2)) * model.config.scale).softmax(-1)
    for head in range(4):
        assert table.value("first", HeadId(2, head, "cross")) == pytest.approx(
            pattern[:, head, :, 0].mean().item(), abs=1e-5
        )
        assert math.isnan(table.value("first", HeadId(1, head, "cross")))  # layer 1 has no cross-attention
        assert math.isnan(table.value("induction", HeadId(2, head, "cross")))


def test_that_losses_of_the_two_copies_are_those_of_the_run() -> None:
    model = random_model(SMALL, spread=0.6)
    table = score(model, samples=3)
    prompt = PROMPT.make(model, repeated_random_spec(length=50, repeats=2, samples=3))
    logs = finish(forward(model, prompt.tokens)).logits.log_softmax(-1)
    each = -torch.gather(logs[:, :-1], 2, prompt.tokens[:, 1:, None])[..., 0]  # loss of token i + 1
    assert table.behaviour["first_loss"] == pytest.approx(each[:, 0:31].mean().item(), rel=1e-5)
    assert table.behaviour["second_loss"] == pytest.approx(each[:, 32:63].mean().item(), rel=1e-5)


def test_that_random_weights_never_look_like_induction() -> None:
    tables = [score(random_model(SMALL, seed=seed)) for seed in range(5)]
    assert max(np.nanmax(table.values["induction"]["self"]) for table in tables) < 0.2
