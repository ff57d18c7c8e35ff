"""Shapes that signatures of the analysis name, checked at run time: jaxtyping asks this before and after every call."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, get_args

from beartype import beartype
from jaxtyping import AbstractArray, install_import_hook

PACKAGES = ("analysis.model", "analysis.measures", "analysis.causal", "analysis.verdict")


def watch() -> None:
    """Check the shapes in PACKAGES, which nothing has imported yet; HEADSCOPE_SHAPES=0: leave it, to measure times."""
    assert not any(name in sys.modules for name in PACKAGES)
    if os.environ.get("HEADSCOPE_SHAPES") != "0":
        install_import_hook(PACKAGES, "tests.shapes.check")


def check(signature: Callable[..., Any]) -> Callable[..., Any]:
    """What jaxtyping calls instead of beartype itself: arguments without a shape are mypy's, and cost nothing here."""
    named = {name: hint for name, hint in signature.__annotations__.items() if _names_a_shape(hint)}
    signature.__annotations__ = named
    return beartype(signature) if named else signature


def _names_a_shape(hint: Any) -> bool:
    return (isinstance(hint, type) and issubclass(hint, AbstractArray)) or any(map(_names_a_shape, get_args(hint)))
