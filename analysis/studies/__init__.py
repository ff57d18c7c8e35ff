"""Long work that views ask for. A module in here that defines STUDY, a `Study`, is found and needs no other edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.values import Called, HeadId, StudyInfo
from analysis.values.work import Work


@dataclass(frozen=True)
class Study:
    """Long work that views ask for, with results on the way: an ablation of every head, a mean over a data set."""

    info: StudyInfo
    run: Callable[[Any, Any], Work[Any]]
    """(session, what) → work. `what` is any hashable value: the options that the result depends on, beside the model
    and, where `info.follows_prompt`, the prompt. Runs without gradients. Raises UserError when there is no result.
    Results, those on the way too, are never changed once they were yielded."""
    words: Callable[[Any], Mapping[HeadId, Called]] = lambda result: {}
    """result, on the way too → what it calls heads."""
    problem: Callable[[Any], str] = lambda result: ""
    """result → one sentence about what is missing in it; empty where nothing is."""
    every_model: bool = False
    """Begun with every model, and again only by Score again: once cancelled, a view that asks does not begin it."""
