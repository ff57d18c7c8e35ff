"""What is on show and how it looks: docks, theme, colour maps, text size, profiles, linked zoom, layout."""

from functools import partial

from analysis.figures.drawing.colormaps import MAPS, chosen
from gui.commands.actions import Action
from gui.shared.context import Context
from gui.shared.settings import THEMES
from gui.window.appearance import TEXT_SIZES, Appearance
from gui.window.docks import PANELS, CurrentPanel, Docks
from gui.window.layouts import Layouts

DOCKS = (("heads", "Heads"), *PANELS, ("compare", "Compare"), ("prompt", "Prompt"))
THEME_TIPS = {"system": "Colours as the desktop has them"}
KINDS = {"sequential": "for attention and other amounts", "diverging": "for values of both signs"}


def _toggle(key: str, context: Context) -> None:
    context[Docks][key].toggleViewAction().trigger()


def _shown(key: str, context: Context) -> bool:
    return context[Docks][key].toggleViewAction().isChecked()


def _set_theme(theme: str, context: Context) -> None:
    context[Appearance].set_theme(theme)


def _has_theme(theme: str, context: Context) -> bool:
    return context.settings.theme == theme


def _set_map(kind: str, key: str, context: Context) -> None:
    context[Appearance].set_map(kind, key)


def _has_map(kind: str, key: str, context: Context) -> bool:
    return chosen(kind) == key


def _set_size(per_cent: int, context: Context) -> None:
    context[Appearance].set_text_size(per_cent)


def _has_size(per_cent: int, context: Context) -> bool:
    return context[Appearance].text_size == per_cent


ACTIONS = (
    *(Action(f"view.dock.{key}", title, partial(_toggle, key), "View", (), f"Show or hide {title}", 100 + place,
             checked=partial(_shown, key), title=f"Show or hide {title}") for place, (key, title) in enumerate(DOCKS)),
    Action("view.float", "Float panel", lambda context: context[CurrentPanel].toggle_floating(), "View", "Ctrl+Shift+D",
           "Take the panel used last out of the window, or put it back", 109),
    *(Action(f"view.theme.{theme}", theme.capitalize(), partial(_set_theme, theme), "View/Theme", (),
             THEME_TIPS.get(theme, f"A {theme} window"), 200 + place, checked=partial(_has_theme, theme))
      for place, theme in enumerate(THEMES)),
    *(Action(f"view.map.{kind}.{key}", found.title, partial(_set_map, kind, key), "View/Colours", (),
             f"{found.title}, {KINDS[kind]}: even in lightness, also for eyes without red or green cones",
             210 + 100 * number + place, checked=partial(_has_map, kind, key))
      for number, (kind, maps) in enumerate(MAPS.items()) for place, (key, found) in enumerate(maps.items())),
    *(Action(f"view.text_size.{size}", f"{size} %", partial(_set_size, size), "View/Text size", (),
             f"All text at {size} % of the desktop's own size", 220 + place, checked=partial(_has_size, size))
      for place, size in enumerate(TEXT_SIZES)),
    Action("view.profiles", "Profiles", lambda context: context[Appearance].toggle_profiles(), "View", "Ctrl+Shift+P",
           "Show the row and the column under the crosshair as curves beside every heatmap", 230,
           checked=lambda context: context[Appearance].profiles),
    Action("view.linked_zoom", "Linked zoom", lambda context: context[Appearance].toggle_linked(), "View", (),
           "Zoom and move all panels that share an axis together", 231,
           checked=lambda context: context[Appearance].linked),
    Action("view.reset_layout", "Reset layout", lambda context: context[Layouts].reset(), "View", (),
           "Put all panels back where they were at first", 250),
)
