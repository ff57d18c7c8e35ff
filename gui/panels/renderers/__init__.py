"""Drawings on the screen, one kind of figure a file.

A module in this package that defines RENDERER is found by `renderers` and needs no other edit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from PySide6.QtWidgets import QWidget

from analysis.values.modules import modules_of
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
    found: list[Renderer] = [module.RENDERER for module in modules_of(__name__) if hasattr(module, "RENDERER")]
    return {renderer.figure: renderer for renderer in found}
