"""How views, scores, studies, formats and prompt sources are found: one file each, anywhere in their package."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

PLACES = {
    "export": ("analysis.figures.formats", "FORMAT"),
    "figures": ("analysis.figures", "KIND"),
    "formats": ("analysis.loading.formats", "FORMAT"),
    "prompts": ("analysis.prompts", "PROMPT"),
    "scores": ("analysis.measures.scores", "SCORE"),
    "studies": ("analysis.studies", "STUDY"),
    "views": ("analysis.views", "VIEW"),
}
"""The package of each kind, and what its modules call theirs."""


def discover(kind: str) -> list[Any]:
    """All of one kind, in order of their `order`, then key."""
    package, name = PLACES[kind]
    parent = importlib.import_module(package)
    modules = (
        importlib.import_module(item.name)
        for item in pkgutil.walk_packages(parent.__path__, f"{package}.")
        if not item.ispkg
    )
    found = [value for module in modules for value in [getattr(module, name, None)] if value is not None]
    return sorted(found, key=lambda item: (_info(item).order, _info(item).key))


def _info(item: Any) -> Any:
    return getattr(item, "info", item)
