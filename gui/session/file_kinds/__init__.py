"""What happens with a file that is given to the window: dropped on it, named when it starts, or chosen in a dialog.

A module in this package that defines FILE_KIND is found by `discover` and needs no other edit.
"""

from collections.abc import Callable
from dataclasses import dataclass

from analysis.values import UserError
from analysis.values.modules import modules_of
from gui.shared.context import Context


@dataclass(frozen=True)
class FileKind:
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


def discover() -> list[FileKind]:
    """All kinds, the one that is asked first first."""
    found: list[FileKind] = [module.FILE_KIND for module in modules_of(__name__) if hasattr(module, "FILE_KIND")]
    return sorted(found, key=lambda one: (one.order, one.key))


def kinds_to_open() -> list[tuple[str, tuple[str, ...]]]:
    """(name, endings) for a dialog that asks for a file: all that can be opened, then each kind by itself."""
    kinds = sorted(discover(), key=lambda one: one.key)
    everything = tuple(ending for one in kinds for ending in one.endings)
    return [("All that Headscope opens", everything), *((one.name, one.endings) for one in kinds)]


def kind(path: str) -> FileKind:
    """The first kind that accepts the file; the last accepts everything."""
    return next(one for one in discover() if one.accepts(path))


def receive(context: Context, path: str) -> None:
    """Hand the file to the first kind that accepts it; a UserError is said."""
    try:
        kind(path).receive(context, path)
    except UserError as error:
        context.say(str(error))
