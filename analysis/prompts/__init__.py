"""Sources of prompts. A module in here that defines PROMPT, a `PromptSource`, is found and needs no other edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analysis.model.model import Model
from analysis.prompts.prompt import Prompt
from analysis.values import PromptInfo, PromptSpec


@dataclass(frozen=True)
class PromptSource:
    """A source of input. `make` returns tokens [samples, T] and, for cross-attention, context [samples, T_context]."""

    info: PromptInfo
    make: Callable[[Model, PromptSpec], Prompt]
    """Raises UserError when the options do not fit the model."""
