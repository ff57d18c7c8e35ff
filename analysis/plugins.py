"""How views, scores, studies, formats and prompt sources are found: one file each, anywhere in their package."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from analysis.values.modules import modules_of

PLACES = {
    "formats": ("analysis.loading.formats", "FORMAT"),
    "prompts": ("analysis.prompts", "PROMPT"),
    "scores": ("analysis.measures.scores", "SCORE"),
    "studies": ("analysis.studies", "STUDY"),
    "views": ("analysis.views", "VIEW"),
}
"""The package of each kind, and what its modules call theirs; a module with several has a tuple of them, "VIEWS"."""


def discover(kind: str) -> list[Any]:
    """All of one kind, in order of their `order`, then key."""
    package, name = PLACES[kind]
    found = [item for module in modules_of(package) for item in defined(module, name)]
    return sorted(found, key=lambda item: (_info(item).order, _info(item).key))


def defined(module: ModuleType, name: str) -> list[Any]:
    """What a module defines under this name (VIEW), and under its plural (VIEWS), a tuple."""
    return [*([getattr(module, name)] if hasattr(module, name) else []), *getattr(module, f"{name}S", ())]


def _info(item: Any) -> Any:
    return getattr(item, "info", item)
