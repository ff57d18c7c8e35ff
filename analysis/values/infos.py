"""What this program can do, as the window sees it: views, prompts, scores, studies, demos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from analysis.values.heads import Kind
from analysis.values.selection import Option

Dependency: TypeAlias = str
""""head", "pair", "sample", "prompt", or the key of a study: "scores", "composition"."""
Panel: TypeAlias = Literal[
    "attention", "qk", "ov", "composition", "effects", "card", "ink", "compare_first", "compare_second",
    "compare_difference",
]
"""Where a view is shown."""


@dataclass(frozen=True)
class ViewInfo:
    """A view as the window sees it."""

    key: str
    panel: Panel
    title: str
    tip: str
    options: tuple[Option, ...] = ()
    depends: frozenset[Dependency] = frozenset({"head"})
    """What its figure changes with: the window asks again only when one of these has changed."""
    order: int = 100
    formula: str = ""
    """What is drawn, as a formula on one line, in the words of Help ▸ Symbols."""


@dataclass(frozen=True)
class PromptInfo:
    """A prompt source as the window sees it."""

    key: str
    title: str
    tip: str
    options: tuple[Option, ...] = ()
    order: int = 100
    handwriting: bool = False
    """Offered only for models that read handwriting."""
    tokenizer: bool = False
    """Needs a model that comes with a tokenizer."""


@dataclass(frozen=True)
class StudyInfo:
    """A study as the window sees it."""

    key: str
    title: str
    """What it is called while it runs."""
    tip: str = ""
    follows_prompt: bool = True
    """Whether its results are those of the prompt in force, and are forgotten with it."""
    order: int = 100
    waiting: str = ""
    """What a view says before there is anything to show; empty: that it is being computed."""


@dataclass(frozen=True)
class ScoreInfo:
    """A head score as the window sees it: a column of the tree."""

    key: str
    title: str
    short: str
    """At most six letters, for a column's head."""
    definition: str
    """One sentence, with the range and the variant."""
    source: str
    low: float
    high: float
    kinds: tuple[Kind, ...] = ("self",)
    order: int = 100
    number_format: str = ".2f"
    """How the value is written, as in format(value, number_format)."""
    formula: str = ""
    """The definition as a formula on one line."""


DEMO_PREFIX = "demo:"


def names_demo(path: str) -> bool:
    """Whether a path is really the key of a demo."""
    return path.startswith(DEMO_PREFIX)


@dataclass(frozen=True)
class DemoInfo:
    """A model that comes with the program."""

    key: str
    """"demo:textbook": can be used instead of the path of its file."""
    title: str
    tip: str


@dataclass(frozen=True)
class Catalogue:
    """What this program can do, told to the window once the analysis is loaded."""

    views: tuple[ViewInfo, ...]
    prompts: tuple[PromptInfo, ...]
    scores: tuple[ScoreInfo, ...]
    formats: tuple[str, ...]
    demos: tuple[DemoInfo, ...]
    devices: tuple[str, ...]
    """Devices that can be chosen, best first: "cuda:0", "mps", "cpu"."""
    device_notes: tuple[str, ...] = ()
    """What they are, and why others are not there: lines for a person."""
    plugin_notes: tuple[str, ...] = ()
    """What other packages add, and what they would add and why not: lines for a person."""
