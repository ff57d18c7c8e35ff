"""What a file does that is given to the window: dropped on it, named when it starts, or chosen in a dialog.

A module in this package that defines DROP is found by `discover` and needs no other edit.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from analysis.values import UserError
from gui.shared.context import Context


@dataclass(frozen=True)
class Drop:
    """A kind of file. The kinds are asked in order; the first that accepts a file gets it."""

    key: str
    name: str
    """What a dialog that asks for a file calls them, "Sessions"."""
    endings: tuple[str, ...]
    """Of the files that such a dialog lists, ".headscope"."""
    accepts: Callable[[str], bool]
    """Whether the file at the path is of this kind: by its ending or its first bytes. Cheap; never raises."""
    receive: Callable[[Context, str], object]
    """Takes the file; what is wrong with it is said in one sentence, here or later."""
    order: int = 100


def discover() -> list[Drop]:
    """All kinds, the one that is asked first first."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    found: list[Drop] = [drop for module in modules for drop in [getattr(module, "DROP", None)] if drop is not None]
    return sorted(found, key=lambda drop: (drop.order, drop.key))


def kinds_to_open() -> list[tuple[str, tuple[str, ...]]]:
    """(name, endings) for a dialog that asks for a file: all that can be opened, then each kind by itself."""
    kinds = sorted(discover(), key=lambda drop: drop.key)
    everything = tuple(ending for drop in kinds for ending in drop.endings)
    return [("All that Headscope opens", everything), *((drop.name, drop.endings) for drop in kinds)]


def kind(path: str) -> Drop:
    """The first kind that accepts the file; the last accepts everything."""
    return next(drop for drop in discover() if drop.accepts(path))


def receive(context: Context, path: str) -> None:
    """Hand the file to the first kind that accepts it; a UserError is said in the window."""
    try:
        kind(path).receive(context, path)
    except UserError as error:
        context.say(str(error))
