"""Published scores against plain loops over the patterns of the plain decoder."""

import functools

import numpy as np
import pytest
import torch

from analysis.model.model import Model
from analysis.model.vocabulary import plain
from analysis.prompts.prompt import Prompt
from analysis.prompts.repeated_random import PROMPT, repeated_random_spec
from analysis.values.work import finish
from analysis.verdict.variants import VARIANTS, Published, measure_published

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
def studied(bos: bool) -> tuple[Model, Prompt, Published]:
    model = random_model(SMALL, spread=0.6)
    model = with_bos(model) if bos else model
    prompt = prompt_for(model)
    return model, prompt, finish(measure_published(model, prompt))


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
    model, prompt, found = studied(bos)
    assert found.bos == bos
    tokens = prompt.tokens if variant.with_bos or not bos else prompt.tokens[:, 1:]
    each = plain_patterns(model, tokens)
    for column, head in enumerate(found.heads):
        slow = [SLOW[variant.key](row, p[str(head)]) for row, p in zip(tokens.tolist(), each, strict=True)]
        assert found.values[VARIANTS.index(variant), column] == pytest.approx(np.mean(slow), abs=1e-5)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.key)
def test_that_the_perfect_head_reaches_the_stated_ceiling(variant) -> None:  # type: ignore[no-untyped-def]
    model = induction_model()
    found = finish(measure_published(model, prompt_for(model)))
    perfect = found.values[VARIANTS.index(variant), 2]  # L1H0
    # Half of the second copy's first query goes to the start, which “follows” the same token; and where no follower
    # exists the head attends evenly, so that a little falls on the diagonal.
    assert found.ceiling(variant) - 0.5 / 50 < perfect < found.ceiling(variant) + 0.001
