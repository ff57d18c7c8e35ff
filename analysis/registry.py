"""What can be added as one new file: a format, a prompt source, a score, a study, a view; and how they are found.

A module in analysis/formats, analysis/prompts, analysis/scores, analysis/studies or analysis/views that defines a
module-level FORMAT, PROMPT, SCORE, STUDY or VIEW is found by `discover` and needs no other edit.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from .stepping import Steps
from .values import Figure, HeadId, PromptInfo, PromptSpec, ScoreInfo, Selection, StudyInfo, Tick, ViewInfo, Word

if TYPE_CHECKING:
    import torch

    from .checkpoint import Checkpoint
    from .model import Model, ModelSpec
    from .patterns import PatternBlock
    from .prompt import Prompt


@dataclass(frozen=True)
class Format:
    """A checkpoint family. `recognise` looks at names and shapes alone; `read` says where each weight comes from."""

    key: str
    title: str
    recognise: Callable[[Checkpoint], str | None]
    """The evidence in words when the checkpoint is of this family, else None. Cheap; never raises."""
    read: Callable[[Checkpoint, int | None], ModelSpec]
    """(checkpoint, head count or None) → specification; raises UserError when something does not fit."""
    order: int = 100
    """Families are asked in this order; the first that recognises the file wins."""


@dataclass(frozen=True)
class PromptSource:
    """A source of input. `make` returns tokens [samples, T] and, for cross-attention, context [samples, T_context]."""

    info: PromptInfo
    make: Callable[[Model, PromptSpec], Prompt]
    """Raises UserError when the options do not fit the model."""


@dataclass(frozen=True)
class Score:
    """A number for each head. Exactly one of `measure` (from attention patterns) and `weigh` (from weights) is set."""

    info: ScoreInfo
    prompt: PromptSpec | None = None
    """The prompt that `measure` is defined on; seed and sample count are added by the caller."""
    measure: Callable[[PatternBlock], tuple[torch.Tensor, torch.Tensor]] | None = None
    """(sum [samples, heads], number of terms [samples]) over the queries of one block of patterns; blocks are added up
    and divided. Scores that share a prompt share one pass over the patterns. The sum may have further axes."""
    finish: Callable[[torch.Tensor, Prompt], torch.Tensor] | None = None
    """(mean [heads, further axes], prompt) → [heads], where the score is not the mean itself (a maximum over lags)."""
    each: Callable[[torch.Tensor, Prompt], torch.Tensor] | None = None
    """([samples, heads, further axes], prompt) → [samples, heads], where every sample has a score of its own that is
    not a mean over its queries (a correlation). NaN: undefined for this sample, which is left out."""
    applies: Callable[[Model], bool] = lambda model: True
    """Whether the model has this score at all; where not, it is undefined and its prompt is not made."""
    weigh: Callable[[Model, int], Steps[list[float]]] | None = None
    """(model, layer) → one value for each self-attention head of the layer, NaN where undefined."""


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


@dataclass(frozen=True)
class View:
    """A figure as a pure function of the model and the selection."""

    info: ViewInfo
    compute: Callable[[Any, Selection, Tick], Figure]
    """(session state, selection, tick) → figure; raises UserError when the figure does not exist for this selection
    (the panel shows the sentence), NotReady while a job it needs is running."""


def discover(package: str, name: str) -> list[Any]:
    """The objects called `name` in the modules of analysis.`package`, in order of their `order`, then key."""
    parent = importlib.import_module(f"analysis.{package}")
    modules = (
        importlib.import_module(f"{parent.__name__}.{item.name}") for item in pkgutil.iter_modules(parent.__path__)
    )
    found = [value for module in modules for value in [getattr(module, name, None)] if value is not None]
    return sorted(found, key=lambda item: (_info(item).order, _info(item).key))


def _info(item: Any) -> Any:
    return getattr(item, "info", item)
