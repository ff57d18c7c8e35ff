"""Drawings on the screen, one kind of figure a file.

A module in this package that defines RENDERER is found by `renderers` and needs no other edit.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from PySide6.QtWidgets import QWidget

from gui.panels.figure_widget import FigureWidget


@dataclass(frozen=True)
class Renderer:
    """What draws one kind of figure."""

    figure: type[Any]
    make: Callable[[QWidget | None], FigureWidget]
    """Gets its parent."""


@cache
def renderers() -> dict[type[Any], Renderer]:
    """All of them, by the class of their figures."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    found: list[Renderer] = [module.RENDERER for module in modules if hasattr(module, "RENDERER")]
    return {renderer.figure: renderer for renderer in found}
