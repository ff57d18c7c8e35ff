"""What a session keeps beside checkpoint, prompt and selection, one section a file.

A module in this package that defines SECTIONS, a tuple of `Section`, is found by `discover` and needs no other edit:
what it collects is saved, autosaved and restored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from analysis.values.modules import modules_of
from gui.shared.context import Context

Stage = Literal["window", "model"]
"""When a section can be restored: at once, or once the model is open."""


@dataclass(frozen=True)
class Section:
    """One part of a session."""

    key: str
    title: str
    """What it is called in a sentence."""
    collect: Callable[[Context], Any]
    """A JSON value, cheap to make (it is asked every other second); None while there is nothing to say."""
    restore: Callable[[Context, Any], object]
    """Takes a value of any shape; raises UserError on one that does not fit, and then has changed nothing."""
    stage: Stage = "model"
    order: int = 100


def discover() -> list[Section]:
    """All sections in the order in which they are restored."""
    found: list[Section] = [part for module in modules_of(__name__) for part in getattr(module, "SECTIONS", ())]
    return sorted(found, key=lambda section: (section.order, section.key))
