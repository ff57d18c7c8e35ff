"""The evidence of a verdict against plain loops over the patterns of the plain decoder."""

import functools

import numpy as np
import pytest
import torch

from analysis.model.model import Model
from analysis.model.vocabulary import plain
from analysis.prompts.prompt import Prompt
from analysis.prompts.repeated_random import PROMPT, repeated_random_spec
from analysis.values.work import finish
from analysis.verdict.evidence import DUPLICATE, FIRST, PREVIOUS, Evidence, gather, shuffled
from analysis.verdict.variants import VARIANTS

from .handmade import SMALL, induction_model, model_of, random_model
from .plain import Plain


def prompt_for(model: Model, samples: int = 3) -> Prompt:
    return PROMPT.make(model, repeated_random_spec(length=50, repeats=2, samples=samples))


def plain_patterns(model: Model, tokens: torch.Tensor) -> list[dict[str, np.ndarray]]:
    found = []
    for row in tokens.tolist():
        plain = Plain(model)
        plain.logits(row)
        found.append(plain.patterns)
    return found


def with_bos(model: Model) -> Model:
    """The same model, whose last token is a BOS."""
    tensors = {name: model.weights[name] for name in model.weights}
    return model_of(model.config, tensors, plain(SMALL.d_vocab, bos=SMALL.d_vocab - 1))


@functools.cache
def studied(bos: bool) -> tuple[Model, Prompt, Evidence]:
    model = random_model(SMALL, spread=0.6)
    model = with_bos(model) if bos else model
    prompt = prompt_for(model)
    return model, prompt, finish(gather(model, prompt, seed=0))


@pytest.mark.parametrize("bos", [False, True])
@pytest.mark.parametrize("control", [False, True])
def test_that_shares_are_means_over_the_second_copy(bos: bool, control: bool) -> None:
    model, prompt, evidence = studied(bos)
    assert prompt.start == int(bos)
    tokens = shuffled(prompt, 1).tokens if control else prompt.tokens
    length, queries = prompt.period or 0, range(*prompt.second)
    for number, patterns in enumerate(plain_patterns(model, tokens)):
        for head, mine in zip(
            evidence.heads, (evidence.control if control else evidence.shares)[number], strict=True
        ):
            pattern = patterns[str(head)]
            for k in range(1, 9):
                assert mine[k - 1] == pytest.approx(np.mean([pattern[i, i - length + k] for i in queries]), abs=1e-5)
            assert mine[DUPLICATE] == pytest.approx(np.mean([pattern[i, i - length] for i in queries]), abs=1e-5)
            assert mine[PREVIOUS] == pytest.approx(np.mean([pattern[i, i - 1] for i in queries]), abs=1e-5)
            assert mine[FIRST] == pytest.approx(np.mean([pattern[i, 0] for i in queries]), abs=1e-5)


def slow_demo_stripe(tokens: list[int], pattern: np.ndarray) -> float:
    period = len(tokens) // 2
    return float(np.mean([pattern[row, row - period + 1] for row in range(period - 1, len(tokens))]))


def slow_arena(tokens: list[int], pattern: np.ndarray) -> float:
    period = (len(tokens) - 1) // 2 if len(tokens) % 2 else len(tokens) // 2
    return float(np.mean([pattern[row, row - period + 1] for row in range(period - 1, len(tokens))]))


def slow_detect_head(tokens: list[int], pattern: np.ndarray) -> float:
    hit = total = 0.0
    for row in range(len(tokens)):
        for col in range(row + 1):
            total += pattern[row, col]
            if col and tokens[col - 1] == tokens[row]:
                hit += pattern[row, col]
    return hit / total


SLOW = {"demo_stripe": slow_demo_stripe, "arena": slow_arena, "detect_head": slow_detect_head}


@pytest.mark.parametrize("bos", [False, True])
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.key)
def test_that_published_variants_equal_their_slow_versions(variant, bos: bool) -> None:  # type: ignore[no-untyped-def]
    model, prompt, evidence = studied(bos)
    tokens = prompt.tokens if variant.with_bos or not bos else prompt.tokens[:, 1:]
    each = plain_patterns(model, tokens)
    for column, head in enumerate(evidence.heads):
        slow = [SLOW[variant.key](row, p[str(head)]) for row, p in zip(tokens.tolist(), each, strict=True)]
        assert evidence.variants[VARIANTS.index(variant), column] == pytest.approx(np.mean(slow), abs=1e-5)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.key)
def test_that_the_perfect_head_reaches_the_stated_ceiling(variant) -> None:  # type: ignore[no-untyped-def]
    model = induction_model()
    evidence = finish(gather(model, prompt_for(model), seed=0))
    perfect = evidence.variants[VARIANTS.index(variant), 2]  # L1H0
    # Half of the second copy's first query goes to the start, which “follows” the same token; and where no follower
    # exists the head attends evenly, so that a little falls on the diagonal.
    assert evidence.ceiling(variant) - 0.5 / 50 < perfect < evidence.ceiling(variant) + 0.001


def test_that_the_shuffled_copy_holds_the_same_tokens_kind_by_kind() -> None:
    tokens = torch.arange(8).repeat(2)[None]
    prompt = Prompt(tokens, None, "", period=8, start=0, cycle=2)
    other = shuffled(prompt, 3).tokens[0]
    assert other[:8].tolist() == list(range(8))
    assert sorted(other[8::2].tolist()) == [0, 2, 4, 6]
    assert sorted(other[9::2].tolist()) == [1, 3, 5, 7]
    assert not torch.equal(other, tokens[0])


def test_that_losses_of_both_copies_are_those_of_the_scores() -> None:
    model, prompt, evidence = studied(False)
    plain = [Plain(model).logits(row) for row in prompt.tokens.tolist()]
    length = prompt.period or 0
    for number, (row, logits) in enumerate(zip(prompt.tokens.tolist(), plain, strict=True)):
        lost = [-(z := logits[i] - logits[i].max())[row[i + 1]] + np.log(np.exp(z).sum()) for i in range(len(row) - 1)]
        assert evidence.first_loss[number] == pytest.approx(np.mean(lost[: length - 1]), abs=1e-4)
        assert evidence.second_loss[number] == pytest.approx(np.mean(lost[length : 2 * length - 1]), abs=1e-4)
