"""What a file does that is given to the window: dropped on it, named when it starts, or chosen in a dialog.

A module in this package that defines DROP is found by `discover` and needs no other edit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.values import UserError
from analysis.values.modules import modules_of

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


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
    receive: Callable[[MainWindow, str], object]
    """Takes the file; what is wrong with it is said in one sentence, here or later."""
    order: int = 100


def discover() -> list[Drop]:
    """All kinds, the one that is asked first first."""
    found: list[Drop] = [module.DROP for module in modules_of(__name__) if hasattr(module, "DROP")]
    return sorted(found, key=lambda drop: (drop.order, drop.key))


def kinds_to_open() -> list[tuple[str, tuple[str, ...]]]:
    """(name, endings) for a dialog that asks for a file: all that can be opened, then each kind by itself."""
    kinds = sorted(discover(), key=lambda drop: drop.key)
    everything = tuple(ending for drop in kinds for ending in drop.endings)
    return [("All that Headscope opens", everything), *((drop.name, drop.endings) for drop in kinds)]


def kind(path: str) -> Drop:
    """The first kind that accepts the file; the last accepts everything."""
    return next(drop for drop in discover() if drop.accepts(path))


def receive(window: MainWindow, path: str) -> None:
    """Hand the file to the first kind that accepts it; a UserError is said in the window."""
    try:
        kind(path).receive(window, path)
    except UserError as error:
        window.say(str(error))
