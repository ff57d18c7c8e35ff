"""What is asked for: options, the selection, a prompt, and where a figure comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from analysis.values.heads import HeadId


@dataclass(frozen=True)
class Provenance:
    """Where a figure comes from, in words: enough to make it again."""

    checkpoint: str = ""
    sha256: str = ""
    head: str = ""
    prompt: str = ""
    definition: str = ""
    version: str = ""
    recipe: Recipe | None = None


@dataclass(frozen=True)
class Option:
    """One control of a view or a prompt source. Options of one key share their value between views."""

    key: str
    label: str
    default: str
    kind: Literal["choice", "number", "decimal", "file", "text", "kept"] = "choice"
    """"kept": without a control; an action of the window sets it."""
    choices: tuple[tuple[str, str], ...] = ()
    """(value, text shown), for kind "choice"."""
    low: float = 0
    high: float = 1_000_000
    """Bounds for kinds "number" and "decimal"."""
    tip: str = ""
    when: tuple[str, tuple[str, ...]] | None = None
    """(key, values): shown only while the choice of that key has one of these values."""
    rare: bool = False
    """Shown on demand, so that it does not crowd the others."""
    rotary: bool = False
    """Shown for models with rotary positions only: others do not depend on it."""


Options: TypeAlias = tuple[tuple[str, str], ...]
"""(key, value) pairs, sorted by key: hashable, so that it can be part of a cache key."""


def as_options(values: dict[str, str]) -> Options:
    return tuple(sorted(values.items()))


@dataclass(frozen=True)
class Selection:
    """Everything a view may depend on, beside the model: one value, compared and hashed as one."""

    head: HeadId
    pair: HeadId | None = None
    """The earlier head of the composition pair whose later head is `head`."""
    sample: int | None = 0
    """Which sample of the prompt; None: the mean over all of them."""
    options: Options = ()

    def option(self, key: str, default: str) -> str:
        return dict(self.options).get(key, default)


@dataclass(frozen=True)
class PromptSpec:
    """A prompt source by its key, with the values of its options."""

    source: str
    options: Options = ()

    def option(self, key: str, default: str) -> str:
        return dict(self.options).get(key, default)


@dataclass(frozen=True)
class OpenRequest:
    """A checkpoint to open, and what is wanted of it once it is open."""

    path: str | None = None
    """A file, a model folder, or the key of a demo; None: the first demo."""
    n_heads: int | None = None
    """None: what the file tells, or else the likeliest count."""
    data: str | None = None
    """A handwriting data set; None: the one beside the checkpoint, if there is one."""
    prompt: PromptSpec | None = None
    """None: the default one."""
    selection: Selection | None = None
    """None: the window chooses."""


@dataclass(frozen=True)
class Recipe:
    """What to ask of a session to get a figure again; `analysis.recipe` writes and reads it."""

    view: str
    selection: Selection
    """With all options of the view, defaults too."""
    path: str = ""
    """The checkpoint: a path, or the key of a demo."""
    n_heads: int = 0
    """The head count that was chosen; 0 where the file tells it."""
    data: str = ""
    """The handwriting data set in use."""
    prompt: PromptSpec | None = None
    """None: the view does not depend on it."""
    tokens: tuple[tuple[int, ...], ...] = ()
    """The sample, or all samples of a mean; empty where they are too many to be kept."""
    context: tuple[tuple[int, ...], ...] = ()
    prompt_sha256: str = ""
    """Of all tokens and contexts."""
    seed: int = 0
    samples: int = 32
    """Of the prompts that scores are measured on."""


NOWHERE = Provenance()
"""Of a figure that does not say where it comes from."""
