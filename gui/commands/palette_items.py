"""What the palette finds: every action, every head and every view."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QKeySequence

from analysis.values import HeadId
from gui.commands.menus import menu_place

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


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


def items(window: MainWindow) -> list[Item]:
    """All there is, in the order of the menus, then heads by layer, then views by panel."""
    return [*_actions(window), *_views(window), *_heads(window)]


def _actions(window: MainWindow) -> Iterator[Item]:
    entries = [pair for pair in window.commands.entries() if pair[0].key != "go.palette"]
    for entry, action in sorted(entries, key=lambda pair: menu_place(window.commands.path_of(pair[0]))):
        path = window.commands.path_of(entry)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        title = entry.title or (f"{path.partition('/')[2]}: {entry.text}" if "/" in path else entry.text)
        yield Item(entry.key, title, path.partition("/")[0], partial(window.commands.run, entry), keys, entry.tip,
                   action.isEnabled())


def _views(window: MainWindow) -> Iterator[Item]:
    for view in window.store.catalogue.views if window.store.catalogue else ():
        panel = window.panels.get(view.panel)
        if panel is not None:
            title = f"{panel.accessibleName()}: {view.title}"
            yield Item(f"view:{view.key}", title, "View", partial(window.show_view, view.panel, view.key), "", view.tip,
                       window.store.facts is not None)


def _heads(window: MainWindow) -> Iterator[Item]:
    for head in window.store.facts.heads if window.store.facts else ():
        yield Item(f"head:{head}", str(head), _known_of(window, head), partial(window.store.select, head), "",
                   f"Select {head}")


def _known_of(window: MainWindow, head: HeadId) -> str:
    """The head's first score."""
    scores, catalogue = window.store.scores, window.store.catalogue
    if scores is None or catalogue is None or not catalogue.scores:
        return "Head"
    info = catalogue.scores[0]
    value = scores.value(info.key, head)
    return f"{info.title} {value:{info.number_format}}" if math.isfinite(value) else "Head"
