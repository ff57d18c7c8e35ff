"""Small models whose truth about induction is known: built by hand, or trained and measured by plain means."""

from __future__ import annotations

from collections.abc import Callable

from analysis.model.model import Model
from tests.zoo.handbuilt import built
from tests.zoo.truth import Truth

__all__ = ["Truth", "everything"]


def everything() -> dict[str, Callable[[], tuple[Model, Truth]]]:
    """All of them by name; each is made when it is called for."""
    from tests.zoo.trained import trained  # which can be run, and must not have been imported then

    return built() | trained()
