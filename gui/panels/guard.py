"""A paint method that cannot take the program with it."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

log = logging.getLogger(__name__)


def guarded(paint: Callable[..., None]) -> Callable[..., None]:
    """Logs what `paint` of a graphics item raises, and leaves the item undrawn.

    Qt calls it from C++, where PySide 6.11 keeps the error for later and the process dies of it.
    """

    @wraps(paint)
    def safe(*args: Any, **more: Any) -> None:
        try:
            paint(*args, **more)
        except Exception:
            log.exception("Drawing failed.")

    return safe
