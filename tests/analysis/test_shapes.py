"""A wrong shape is found where it is handed over, not where it ends."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from analysis.causal.statistics import layered_p
from analysis.measures.circuits import Factored
from analysis.measures.patterns import PatternBlock
from analysis.model.attention import Masking, attention, spread
from analysis.prompts.prompt import Prompt


def test_that_queries_and_keys_of_different_heads_are_found() -> None:
    q, k = torch.zeros(2, 4, 5, 8), torch.zeros(2, 3, 5, 8)
    with pytest.raises(TypeCheckError, match=r"samples|batch"):
        attention(q, k, Masking(1.0))
    assert attention(q, spread(k[:, :2], 4), Masking(1.0)).shape == (2, 4, 5, 5)


def test_that_factors_that_do_not_fit_are_found_before_they_are_multiplied() -> None:
    with pytest.raises(TypeCheckError, match="d_head"):
        Factored(torch.zeros(6, 3), torch.zeros(4, 6))


def test_that_a_pattern_without_samples_is_no_block() -> None:
    with pytest.raises(TypeCheckError, match="samples heads queries keys"):
        PatternBlock(0, "self", 0, torch.zeros(4, 5, 5), Prompt(torch.zeros(1, 5, dtype=torch.int64), None, ""))


def test_that_arrays_of_numpy_are_checked_too() -> None:
    with pytest.raises(TypeCheckError, match="layers heads"):
        layered_p(np.zeros((2, 4), np.float32), np.zeros((9, 3, 4), np.float32))
