"""Docks, theme and layout."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gui.commands.actions import Action
from gui.shared.settings import THEMES
from gui.window.docks import PANELS

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow

DOCKS = (("heads", "Heads"), *PANELS, ("compare", "Compare"), ("prompt", "Prompt"))
THEME_TIPS = {"system": "Colours as the desktop has them"}


def _toggle(key: str, window: MainWindow) -> None:
    window.docks[key].toggleViewAction().trigger()


def _shown(key: str, window: MainWindow) -> bool:
    return window.docks[key].toggleViewAction().isChecked()


def _set_theme(theme: str, window: MainWindow) -> None:
    window.set_theme(theme)


def _has_theme(theme: str, window: MainWindow) -> bool:
    return window.settings.theme == theme


ACTIONS = (
    *(Action(f"view.dock.{key}", title, partial(_toggle, key), "View", (), f"Show or hide {title}", 100 + place,
             checked=partial(_shown, key), title=f"Show or hide {title}") for place, (key, title) in enumerate(DOCKS)),
    *(Action(f"view.theme.{theme}", theme.capitalize(), partial(_set_theme, theme), "View/Theme", (),
             THEME_TIPS.get(theme, f"A {theme} window"), 200 + place, checked=partial(_has_theme, theme))
      for place, theme in enumerate(THEMES)),
    Action("view.reset_layout", "Reset layout", lambda window: window.layouts.reset(), "View", (),
           "Put all panels back where they were at first", 250),
)
