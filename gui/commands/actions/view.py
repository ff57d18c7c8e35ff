"""What is on show and how it looks: docks, theme, colour maps, text size, profiles, linked zoom, layout."""

from analysis.figures.drawing.colormaps import MAPS, chosen
from gui.commands.actions import SECTION, Action
from gui.start.arguments import THEMES
from gui.window.appearance import TEXT_SIZES, Appearance
from gui.window.docks import PANELS, CurrentPanel, Docks
from gui.window.layouts import Layouts

DOCKS = (("heads", "Heads"), *PANELS, ("compare", "Compare"), ("prompt", "Prompt"))
THEME_TIPS = {"system": "Colours as the desktop has them"}
KINDS = {"sequential": "for attention and other amounts", "diverging": "for values of both signs"}


def _dock(key: str, title: str, order: int) -> Action:
    words = f"Show or hide {title}"
    return Action(f"view.dock.{key}", title, lambda context: context[Docks][key].toggleViewAction().trigger(), "View",
                  (), words, order, checked=lambda context: context[Docks][key].toggleViewAction().isChecked(),
                  title=words)


def _theme(theme: str, order: int) -> Action:
    return Action(f"view.theme.{theme}", theme.capitalize(), lambda context: context[Appearance].set_theme(theme),
                  "View/Theme", (), THEME_TIPS.get(theme, f"A {theme} window"), order,
                  checked=lambda context: context.settings.theme == theme)


def _map(kind: str, key: str, title: str, order: int) -> Action:
    tip = f"{title}, {KINDS[kind]}: even in lightness, also for eyes without red or green cones"
    return Action(f"view.map.{kind}.{key}", title, lambda context: context[Appearance].set_map(kind, key),
                  "View/Colours", (), tip, order, checked=lambda _: chosen(kind) == key)


def _text_size(size: int, order: int) -> Action:
    return Action(f"view.text_size.{size}", f"{size} %", lambda context: context[Appearance].set_text_size(size),
                  "View/Text size", (), f"All text at {size} % of the desktop's own size", order,
                  checked=lambda context: context[Appearance].text_size == size)


ACTIONS = (
    *(_dock(key, title, order) for order, (key, title) in enumerate(DOCKS, 100)),
    Action("view.float", "Float panel", lambda context: context[CurrentPanel].toggle_floating(), "View", "Ctrl+Shift+D",
           "Take the panel used last out of the window, or put it back", 109),
    *(_theme(theme, order) for order, theme in enumerate(THEMES, 200)),
    *(_map(kind, key, found.title, order) for number, (kind, maps) in enumerate(MAPS.items())
      for order, (key, found) in enumerate(maps.items(), 210 + SECTION * number)),
    *(_text_size(size, order) for order, size in enumerate(TEXT_SIZES, 220)),
    Action("view.profiles", "Profiles", lambda context: context[Appearance].toggle_profiles(), "View", "Ctrl+Shift+P",
           "Show the row and the column under the crosshair as curves beside every heatmap", 230,
           checked=lambda context: context[Appearance].profiles),
    Action("view.linked_zoom", "Linked zoom", lambda context: context[Appearance].toggle_linked(), "View", (),
           "Zoom and move all panels that share an axis together", 231,
           checked=lambda context: context[Appearance].linked),
    Action("view.reset_layout", "Reset layout", lambda context: context[Layouts].reset(), "View", (),
           "Put all panels back where they were at first", 250),
)
