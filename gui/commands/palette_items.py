"""What the palette finds: every action, every head and every view."""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from PySide6.QtGui import QKeySequence

from analysis.values import HeadId
from gui.commands.menus import Menus, menu_place
from gui.panels.panel import Panels
from gui.shared.store import Store
from gui.window.docks import CurrentPanel


class Item(NamedTuple):
    """One line of the palette."""

    key: str
    title: str
    where: str
    """Where else it is to be found, or what is known of it: small, at the right."""
    run: Callable[[], object]
    keys: str = ""
    tip: str = ""
    enabled: bool = True


def items(store: Store, menus: Menus, panels: Panels, current: CurrentPanel) -> list[Item]:
    """All there is, in the order of the menus, then views by panel, then heads by layer."""
    return [*_actions(menus), *_views(store, panels, current), *_heads(store)]


def _actions(menus: Menus) -> Iterator[Item]:
    entries = [pair for pair in menus.entries() if pair[0].key != "go.palette"]
    for entry, action in sorted(entries, key=lambda pair: menu_place(menus.path_of(pair[0]))):
        path = menus.path_of(entry)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        title = entry.title or (f"{path.partition('/')[2]}: {entry.text}" if "/" in path else entry.text)
        yield Item(entry.key, title, path.partition("/")[0], partial(menus.run, entry), keys, entry.tip,
                   action.isEnabled())


def _views(store: Store, panels: Panels, current: CurrentPanel) -> Iterator[Item]:
    for view in store.catalogue.views if store.catalogue else ():
        panel = panels.get(view.panel)
        if panel is not None:
            title, show = f"{panel.accessibleName()}: {view.title}", partial(current.show_view, view.panel, view.key)
            yield Item(f"view:{view.key}", title, "View", show, "", view.tip, store.facts is not None)


def _heads(store: Store) -> Iterator[Item]:
    for head in store.facts.heads if store.facts else ():
        yield Item(f"head:{head}", str(head), _known_of(store, head), partial(store.select, head), "",
                   f"Select {head}")


def _known_of(store: Store, head: HeadId) -> str:
    """The head's first score."""
    scores, catalogue = store.scores, store.catalogue
    if scores is None or catalogue is None or not catalogue.scores:
        return "Head"
    info = catalogue.scores[0]
    value = scores.value(info.key, head)
    return f"{info.title} {value:{info.number_format}}" if math.isfinite(value) else "Head"
