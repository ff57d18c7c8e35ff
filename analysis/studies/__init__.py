"""Long work that views ask for. A module in here that defines STUDY, a `Study`, is found and needs no other edit."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from analysis.values import HeadId, StudyInfo, Word

Work: TypeAlias = Generator[tuple[float, Any], None, Any]
"""Yields (how much is done, the result so far or None) at least every 100 ms; returns the result."""


@dataclass(frozen=True)
class Study:
    """Long work that views ask for, with results on the way: an ablation of every head, a mean over a data set."""

    info: StudyInfo
    run: Callable[[Any, Any], Work]
    """(session, what) → work. `what` is any hashable value: the options that the result depends on, beside the model
    and, where `info.follows_prompt`, the prompt. Runs without gradients. Raises UserError when there is no result.
    Results, those on the way too, are never changed once they were yielded."""
    words: Callable[[Any], Mapping[HeadId, Word]] = lambda result: {}
    """result → the words that it gives to heads."""
