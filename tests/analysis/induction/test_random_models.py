"""Models that learned nothing are told next to nothing."""

from __future__ import annotations

import pytest

from analysis.values.work import finish
from analysis.verdict.induction.answer import answer
from analysis.verdict.trials.trial import Asked
from tests.bench.random_models import SHAPES, made, said


@pytest.mark.parametrize("name", SHAPES)
def test_that_no_head_of_a_random_model_is_called_induction(name: str) -> None:
    for seed in (100, 101):
        claims = said(finish(answer(made(name, seed), Asked(samples=16))))
        assert "induction" not in claims
        assert "copies" not in claims


@pytest.mark.slow
def test_that_few_of_three_hundred_random_models_are_told_anything() -> None:
    claims = [said(finish(answer(made(name, seed), Asked()))) for name in SHAPES for seed in range(30)]
    assert sum(map(bool, claims)) <= 0.03 * len(claims)
    assert sum("induction" in one for one in claims) == 0
    assert sum("copies" in one for one in claims) <= 0.02 * len(claims)
