"""Everything that a person can do, in one list: menus, toolbar, keys, their list and the palette are made from it.

A module in this package that defines ACTIONS, a tuple of `Action` and `Choices`, is found by `discover` and needs no
other edit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis.values.modules import modules_of
from gui.shared.context import Context

MENUS = ("File", "Edit", "View", "Go", "Model", "Analysis", "Help")
"""The menu bar from left to right; a menu that is not in it stands before Help."""
SECTION = 100
"""A line stands between two entries of a menu whose `order` differs in the hundreds."""

Test = Callable[[Context], bool]


def always(context: Context) -> bool:
    return True


@dataclass(frozen=True)
class Action:
    """One thing to do. Texts are short; `tip` is one sentence without a full stop."""

    key: str
    """"file.open": unique, and stable between versions."""
    text: str
    run: Callable[[Context], object]
    menu: str = ""
    """"File", or "File/Open recent" for a menu in a menu; empty: keys and palette only."""
    keys: str | tuple[str, ...] = ()
    """Shortcuts as QKeySequence reads them ("Ctrl+Shift+O"); the first is shown."""
    tip: str = ""
    order: int = 100
    """Place in the menu, smallest first."""
    enabled: Test = always
    checked: Test | None = None
    """Given: the action has a check mark, and this says whether it is on."""
    icon: str = ""
    """Given: a button on the toolbar, with resources/icons/NAME.svg."""
    title: str = ""
    """How the palette calls it, where `text` means nothing outside its menu."""
    short: str = ""
    """The text on the toolbar, where `text` is too long for it."""
    more: str = ""
    """The menu that the button on the toolbar unfolds, beside doing this."""

    @property
    def shortcuts(self) -> tuple[str, ...]:
        return (self.keys,) if isinstance(self.keys, str) else self.keys


@dataclass(frozen=True)
class Choices:
    """A menu filled anew whenever it is opened or the model changes; greyed while empty."""

    menu: str
    """Its path, as in `Action.menu`."""
    fill: Callable[[Context], Sequence[Action]]
    order: int = 100
    tip: str = ""
    vanishes: bool = False
    """Not shown at all while empty."""


def has_model(context: Context) -> bool:
    return context.store.facts is not None


def has_heads(context: Context) -> bool:
    return bool(context.store.facts and context.store.facts.heads)


def discover() -> list[Action | Choices]:
    """All entries of all modules of this package, by `order`; raises ValueError where two share a key or shortcut."""
    modules = modules_of(__name__)
    entries: list[Action | Choices] = [entry for module in modules for entry in getattr(module, "ACTIONS", ())]
    actions = [entry for entry in entries if isinstance(entry, Action)]
    for names in ([action.key for action in actions], [keys for action in actions for keys in action.shortcuts]):
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two actions share {', '.join(sorted(twice))}")
    return sorted(entries, key=lambda entry: entry.order)
