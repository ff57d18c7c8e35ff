"""The menu bar: actions, their keys, and the menus that are filled from the model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from .dialogs import show_about, show_shortcuts
from .docks import PANELS
from .model_info import choice_words
from .settings import THEMES

if TYPE_CHECKING:
    from .main_window import MainWindow

SCALES = (1, 2, 3, 4)

class Menus:
    """Makes the actions of a window; `open` and `demo` go on its toolbar too."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        bar = window.menuBar()
        file, view, model, analysis, help_ = (bar.addMenu(f"&{name}") for name in
                                              ("File", "View", "Model", "Analysis", "Help"))
        for menu in (file, view, model, analysis, help_):
            menu.setToolTipsVisible(True)
        self._fill_file(file)
        self._fill_view(view)
        self._fill_model(model)
        self._add(analysis, "Score again", window.worker.score_again, "F5", "Compute all scores and compositions anew")
        self._add(analysis, "Cancel", window.worker.cancel_jobs, "Ctrl+.", "Stop scoring; what is on show stays")
        self._add(help_, "Keyboard shortcuts", partial(show_shortcuts, window), "F1", "All keys")
        self._add(help_, "About Headscope", partial(show_about, window), "", "What this program is")
        self._add_hidden_keys()

    def _add(self, menu: QMenu, text: str, run: Callable[[], object], keys: str = "", tip: str = "") -> QAction:
        action = QAction(text, self._window)
        action.triggered.connect(lambda _=False: run())
        action.setShortcut(QKeySequence(keys))
        action.setToolTip(f"{tip or text} ({keys})" if keys else tip or text)
        menu.addAction(action)
        return action

    def _fill_file(self, menu: QMenu) -> None:
        window = self._window
        self.open = self._add(menu, "Open…", window.choose_file, "Ctrl+O", "Open a checkpoint")
        self._add(menu, "Open folder…", window.choose_folder, "", "Open a model folder, as Hugging Face models come")
        self.recent = menu.addMenu("Open recent")
        self.recent.aboutToShow.connect(self.fill_recent)
        self.fill_recent()
        self.demo = self._add(menu, "Open demo", window.open_demo, "Ctrl+Shift+O", "Open the built-in demo model")
        menu.addSeparator()
        panel, whole = menu.addMenu("Export picture of the panel"), menu.addMenu("Export picture of the window")
        for scale in SCALES:
            keys = "Ctrl+E" if scale == 2 else ""
            self._add(panel, f"{scale}×", partial(window.export_panel, scale), keys,
                      "The panel used last, as it is seen")
            self._add(whole, f"{scale}×", partial(window.export_window, scale), "", "The whole window")
        self._add(menu, "Export numbers…", window.export_numbers, "Ctrl+Shift+E", "The panel's numbers, as NPZ or CSV")
        menu.addSeparator()
        self._add(menu, "Quit", window.close, "Ctrl+Q", "Close the window and end")

    def _fill_view(self, menu: QMenu) -> None:
        window = self._window
        for dock in window.docks.values():
            menu.addAction(dock.toggleViewAction())
        menu.addSeparator()
        themes = menu.addMenu("Theme")
        group = QActionGroup(window)
        for theme in THEMES:
            action = self._add(themes, theme.capitalize(), partial(window.set_theme, theme), "",
                               "As the desktop" if theme == "system" else f"A {theme} window")
            action.setCheckable(True)
            action.setChecked(theme == window.settings.theme)
            group.addAction(action)
        self._add(menu, "Reset layout", window.reset_layout, "", "Put all panels back where they were at first")

    def _fill_model(self, menu: QMenu) -> None:
        self.device = menu.addMenu("Device")
        self.head_count = menu.addMenu("Head count")
        self.info = self._add(menu, "Model info", self._window.show_model_info, "Ctrl+I", "What is known of the model")
        self.fill_model()

    def _add_hidden_keys(self) -> None:
        """Keys that no menu shows; the shortcut list does."""
        window = self._window
        hidden = QMenu(window)
        for number, (key, title) in enumerate(PANELS, 1):
            self._add(hidden, f"Go to {title}", partial(window.focus_panel, key), f"Ctrl+{number}")
        self._add(hidden, "Previous head", partial(window.tree.step, -1), "Alt+Left")
        self._add(hidden, "Next head", partial(window.tree.step, 1), "Alt+Right")
        self._add(hidden, "Filter heads", window.tree.focus_filter, "Ctrl+F")
        window.addActions(hidden.actions())

    # ---- menus that change -----------------------------------------------------------------------------------

    def fill_recent(self) -> None:
        self.recent.clear()
        for path in self._window.settings.recent:
            self._add(self.recent, Path(path).name, partial(self._window.open_file, path), "", path)
        self.recent.setToolTipsVisible(True)
        self.recent.setEnabled(not self.recent.isEmpty())

    def fill_model(self) -> None:
        """Devices and head counts of the open model, the present ones checked."""
        facts, catalogue = self._window.store.facts, self._window.store.catalogue
        self.device.clear()
        self.head_count.clear()
        for name in catalogue.devices if catalogue else ():
            action = self._add(self.device, name, partial(self._window.worker.set_device, name), "",
                               f"Compute on {name}")
            self._check(action, facts is not None and name == facts.device)
        for choice in facts.head_choices if facts else ():
            again = partial(self._window.set_head_count, choice.n_heads)
            action = self._add(self.head_count, choice_words(choice), again, "", "Open the file with this head count")
            self._check(action, facts is not None and choice.n_heads == facts.n_heads)
        self.device.setEnabled(facts is not None)
        self.head_count.menuAction().setVisible(not self.head_count.isEmpty())
        self.info.setEnabled(facts is not None)

    def _check(self, action: QAction, checked: bool) -> None:
        action.setCheckable(True)
        action.setChecked(checked)
