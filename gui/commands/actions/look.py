"""How things look: colour maps, text size, profiles, linked zoom."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from analysis.figures.drawing.colormaps import MAPS, chosen
from gui.commands.actions import Action
from gui.theme.appearance import TEXT_SIZES

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow

KINDS = {"sequential": "for attention and other amounts", "diverging": "for values of both signs"}


def _float(window: MainWindow) -> None:
    panel = window.current.panel
    dock = next(dock for dock in window.docks.values() if dock.isAncestorOf(panel))
    dock.setFloating(not dock.isFloating())
    window.current.panel = panel  # A dock that moves leaves the keyboard to another one.


def _set_map(kind: str, key: str, window: MainWindow) -> None:
    window.appearance.set_map(kind, key)


def _has_map(kind: str, key: str, window: MainWindow) -> bool:
    return chosen(kind) == key


def _set_size(per_cent: int, window: MainWindow) -> None:
    window.appearance.set_text_size(per_cent)


def _has_size(per_cent: int, window: MainWindow) -> bool:
    return window.appearance.text_size == per_cent


ACTIONS = (
    *(Action(f"view.map.{kind}.{key}", found.title, partial(_set_map, kind, key), "View/Colours", (),
             f"{found.title}, {KINDS[kind]}: even in lightness, also for eyes without red or green cones",
             210 + 100 * number + place, checked=partial(_has_map, kind, key))
      for number, (kind, maps) in enumerate(MAPS.items()) for place, (key, found) in enumerate(maps.items())),
    *(Action(f"view.text_size.{size}", f"{size} %", partial(_set_size, size), "View/Text size", (),
             f"All text at {size} % of the desktop's own size", 220 + place, checked=partial(_has_size, size))
      for place, size in enumerate(TEXT_SIZES)),
    Action("view.float", "Float panel", _float, "View", "Ctrl+Shift+D",
           "Take the panel used last out of the window, or put it back", 109),
    Action("view.profiles", "Profiles", lambda window: window.appearance.toggle_profiles(), "View", "Ctrl+Shift+P",
           "Show the row and the column under the crosshair as curves beside every heatmap", 230,
           checked=lambda window: window.appearance.profiles),
    Action("view.linked_zoom", "Linked zoom", lambda window: window.appearance.toggle_linked(), "View", (),
           "Zoom and move all panels that share an axis together", 231,
           checked=lambda window: window.appearance.linked),
)
