"""The window: docks, menus and the connections between store, worker and panels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QSizePolicy, QTabBar, QToolBar, QToolButton, QWidget

from analysis.values import HeadId, JobUpdate, ModelFacts, PromptFacts, PromptSpec

from . import export
from .banner import Banner
from .colors import apply_theme, icon
from .docks import LAYOUT_VERSION, PANELS, give_ink_room, make_docks, make_panels, place_docks
from .head_tree import HeadTree
from .linking import AttentionLink
from .looks import Looks
from .menus import Menus
from .model_info import ModelInfo, head_count_doubt
from .panels.panel import FigurePanel
from .panels.prompt import PromptPanel
from .panels.tokens import TokenStrip
from .prompt_bar import PromptBar
from .saving import Saver, ask_for_checkpoint, ask_for_folder, ask_where
from .settings import Settings
from .status import StatusLine
from .store import Store
from .worker import Worker

PNG = "PNG (*.png)"
SIZE = (1440, 900)
TOOLBAR_EDGES = 60
"""Pixels of two toolbars' margins and gaps."""


class MainWindow(QMainWindow):
    """One window, one model. `worker` is started by `start` and stopped when the window closes."""

    model_opened = Signal()
    open_failed = Signal(str)

    def __init__(self, worker: Worker, settings: Settings) -> None:
        super().__init__()
        self.worker, self.settings = worker, settings
        worker.setParent(self)
        self.stopped_cleanly = True
        self.store, self.saver = Store(self), Saver(self)
        self._wanted_head: HeadId | None = None
        self._opening = ""
        self._data: str | None = None
        self._prompt_shown: tuple[PromptFacts | None, int | None] | None = None
        self._make_widgets()
        self.menus = Menus(self)
        self._make_toolbar()
        self.looks = Looks(self.store, worker, tuple(self.panels.values()), self)
        self.link = AttentionLink(self.store, self.panels["attention"], self.strip, self.panels["ink"], self)
        self._connect()
        self.setAcceptDrops(True)
        self._set_title()
        self.resize(*SIZE)
        self.restore_layout()
        self._tell_panels("Starting the analysis…")

    def start(
        self, path: str | None, n_head: int | None = None, data: str | None = None, head: HeadId | None = None
    ) -> None:
        """Start the worker and open a checkpoint (None: the demo) at this head."""
        self._wanted_head, self._data = head, data
        self.worker.start()
        self._open(path, n_head)

    @property
    def settled(self) -> bool:
        """Whether nothing is on its way: model open, jobs done, every panel on show has drawn."""
        facts = self.store.facts
        ready = self.store.prompt is not None or (facts is not None and facts.weights_only)
        return bool(ready) and not self._opening and not self.status.busy and not self.looks.pending

    # ---- construction ----------------------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.panels = make_panels()
        self.tree, self.strip, self.status = HeadTree(), TokenStrip(), StatusLine()
        self.setStatusBar(self.status)
        self.banner = Banner(self)
        self.setDockNestingEnabled(True)
        self.setDockOptions(self.dockOptions() | QMainWindow.DockOption.AllowTabbedDocks)
        contents: dict[str, tuple[str, QWidget]] = {"heads": ("Heads", self.tree)}
        contents |= {key: (title, self.panels[key]) for key, title in PANELS}
        self.panels["ink"] = FigurePanel("ink", "Ink")
        self.prompt_panel = PromptPanel(self.panels["ink"], self.strip)
        contents["prompt"] = ("Prompt", self.prompt_panel)
        self.docks = make_docks(self, contents)
        self._last_panel = self.panels["attention"]

    def _make_toolbar(self) -> None:
        bar = QToolBar("Tools")
        bar.setObjectName("tools")
        bar.setMovable(False)
        self._tools: dict[str, QToolButton] = {}
        for action, text in ((self.menus.open, "Open"), (self.menus.demo, "Demo")):
            button = self._tools[text.lower()] = QToolButton(autoRaise=True)
            button.setText(text)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setToolTip(action.toolTip())
            button.setAccessibleName(action.text())
            button.clicked.connect(action.trigger)
            bar.addWidget(button)
        self._draw_icons()
        self.prompt_bar = PromptBar()
        self.device_label = QLabel()
        self.device_label.setContentsMargins(6, 0, 8, 0)
        self.device_label.setAccessibleName("Device")
        self.device_label.setToolTip("Where the model computes; change it under Model ▸ Device")
        self._prompt_row = QToolBar("Prompt")
        self._prompt_row.setObjectName("prompt_row")
        self._prompt_row.setMovable(False)
        self._prompt_row.addWidget(self.prompt_bar)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._prompt_row.addWidget(space)
        self._prompt_row.addWidget(self.device_label)
        self.addToolBar(bar)
        self.addToolBar(self._prompt_row)

    def _draw_icons(self) -> None:
        for name, button in self._tools.items():
            button.setIcon(icon(name, self.palette()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_tools"):
            self._draw_icons()

    def _connect(self) -> None:
        store, worker = self.store, self.worker
        worker.catalogue_ready.connect(store.set_catalogue)
        worker.opened.connect(self._opened)
        worker.open_failed.connect(self._open_failed)
        worker.open_progressed.connect(self._open_progressed)
        worker.prompt_ready.connect(self._prompt_ready)
        worker.prompt_failed.connect(self._prompt_failed)
        worker.device_changed.connect(self._device_changed)
        worker.job_changed.connect(self._job_changed)
        worker.memory_changed.connect(self.status.set_memory)
        store.catalogue_changed.connect(self._show_catalogue)
        store.model_changed.connect(self._show_model)
        store.selection_changed.connect(self._show_selection)
        store.scores_changed.connect(self._show_scores)
        self.status.cancel_clicked.connect(worker.cancel_jobs)
        self.saver.saved.connect(self._saved)
        self.saver.failed.connect(self.say)
        self.tree.head_clicked.connect(store.select)
        self.prompt_bar.prompt_requested.connect(self._request_prompt)
        self.prompt_bar.sample_requested.connect(store.set_sample)
        self.prompt_bar.source_shown.connect(self._wrap_toolbars)
        self.strip.hovered.connect(self.status.hover)
        self.looks.drawn.connect(self._drawn)
        self.prompt_panel.page_changed.connect(self.looks.refresh)
        cast(QApplication, QApplication.instance()).focusChanged.connect(self._focus_changed)
        for panel in self.panels.values():
            panel.head_clicked.connect(store.select)
            panel.pair_clicked.connect(self._select_pair)
            panel.option_changed.connect(store.set_option)
            panel.hovered.connect(self.status.hover)
            panel.activated.connect(self._panel_activated)
        for dock in self.docks.values():
            dock.visibilityChanged.connect(self._dock_shown)

    # ---- opening ---------------------------------------------------------------------------------------------

    @Slot()
    def choose_file(self) -> None:
        if path := ask_for_checkpoint(self, self.settings):
            self.open_file(path)

    @Slot()
    def choose_folder(self) -> None:
        if path := ask_for_folder(self, self.settings):
            self.open_file(path)

    def open_file(self, path: str) -> None:
        self.settings.folder = str(Path(path).parent)
        self._open(path)

    @Slot()
    def open_demo(self) -> None:
        self._open(None)

    def set_head_count(self, n_head: int) -> None:
        """Open the present file again, cut into this many heads."""
        if self.store.facts is not None:
            self._open(None if self.store.facts.is_demo else self.store.facts.path, n_head)

    def _open(self, path: str | None, n_head: int | None = None) -> None:
        self._opening = f"Loading {Path(path).name}…" if path else "Loading the demo…"
        self.status.say(self._opening)
        if self.store.facts is None:
            self._tell_panels(self._opening)
        self.worker.open(path, n_head, self._data)

    @Slot(float)
    def _open_progressed(self, fraction: float) -> None:
        self.status.progress(self._opening, fraction)

    @Slot(object)
    def _opened(self, facts: ModelFacts) -> None:
        self._opening = ""
        self.banner.dismiss()
        self.status.clear_jobs()
        self.status.say(f"Opened {facts.name}: {facts.family}, {len(facts.heads)} heads")
        if not facts.is_demo:
            self.settings.add_recent(facts.path)
        self.store.set_model(facts)
        self.looks.bump("model")
        self._go_to_wanted_head()
        if facts.weights_only:
            self.banner.say(facts.weights_only, notice=True)
        elif not facts.certificate.ok:
            self.say("Not every check of this file passed; Model ▸ Model info says which.")
        elif doubt := head_count_doubt(facts):
            self.banner.say(doubt, notice=True)
        if not facts.heads:
            self.panels["attention"].set_current_view("tensors")
            self.looks.refresh()
        self.model_opened.emit()

    def _go_to_wanted_head(self) -> None:
        head, self._wanted_head = self._wanted_head, None
        if head is None or self.store.facts is None:
            return
        if head in self.store.facts.heads:
            self.store.select(head)
        else:
            words = f"{self.store.facts.name} has no head {head}; choose one of the list."
            self.say(words)
            self.open_failed.emit(words)

    @Slot(str)
    def _open_failed(self, words: str) -> None:
        self._opening = ""
        self.say(words)
        self.status.job_changed(JobUpdate("", "", 1.0, done=True))
        self.menus.fill_model()
        if self.store.facts is None:
            self._tell_panels("No model is open: choose File ▸ Open, or File ▸ Open demo.")
        self.looks.ask_again()
        self.open_failed.emit(words)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.open_file(files[0])

    # ---- what the worker says --------------------------------------------------------------------------------

    @Slot(object)
    def _prompt_ready(self, prompt: PromptFacts) -> None:
        self.store.set_prompt(prompt)
        self.prompt_bar.set_prompt(prompt)
        self.link.reset()
        self._show_prompt()
        self.looks.bump("prompt")
        self.looks.ask_again()

    @Slot(str)
    def _prompt_failed(self, words: str) -> None:
        # What was asked for stays in the controls, to be put right.
        self.say(f"{words} The prompt before it stays in force." if self.store.prompt else words)
        self.looks.ask_again()

    @Slot(object)
    def _device_changed(self, facts: ModelFacts) -> None:
        self.store.set_facts(facts)
        self.looks.ask_again()

    @Slot(object)
    def _job_changed(self, update: JobUpdate) -> None:
        self.status.job_changed(update)
        if update.facts is not None:
            self.store.set_facts(update.facts)
        if update.scores is not None:
            self.store.set_scores(update.scores)
            if update.done and self.store.catalogue:
                self.store.suggest(update.scores.highest(self.store.catalogue.scores[0].key))
        if update.failure:
            self.say(update.failure)
        self.looks.job_changed(update)

    @Slot(object)
    def _request_prompt(self, spec: PromptSpec) -> None:
        if self.store.facts is not None:
            self.worker.set_prompt(spec)

    @Slot(str)
    def _drawn(self, view: str) -> None:
        if view in (self.panels["attention"].current_view(), "ink"):
            self.link.refresh()

    # ---- what the store says ---------------------------------------------------------------------------------

    @Slot()
    def _show_catalogue(self) -> None:
        catalogue = self.store.catalogue
        assert catalogue is not None
        self.tree.set_score_infos(catalogue.scores)
        self.prompt_bar.set_sources(catalogue.prompts)
        self.looks.set_views(catalogue.views)
        self.menus.fill_model()
        if self.store.facts is None and self._opening:
            self._tell_panels(self._opening)

    @Slot()
    def _show_model(self) -> None:
        facts = self.store.facts
        assert facts is not None
        self._set_title()
        self.device_label.setText(facts.device)
        self.tree.set_model(facts)
        self.tree.set_scores(self.store.scores)
        self.menus.fill_model()
        self._show_selection()

    @Slot()
    def _show_selection(self) -> None:
        selection = self.store.selection
        self.tree.set_current(selection.head)
        self.prompt_bar.set_sample(selection.sample)
        for panel in self.panels.values():
            panel.set_options(dict(selection.options))
        self._show_prompt()

    @Slot()
    def _show_scores(self) -> None:
        self.tree.set_scores(self.store.scores)

    def _show_prompt(self) -> None:
        shown = (self.store.prompt, self.store.selection.sample)
        if shown != self._prompt_shown:
            before = self.prompt_panel.shows_ink()
            self._prompt_shown = shown
            self.prompt_panel.set_prompt(*shown)
            if self.prompt_panel.shows_ink() and not before:
                give_ink_room(self, self.docks)

    def _set_title(self) -> None:
        facts = self.store.facts
        parts = [facts.name, facts.family] if facts and not facts.is_demo else ["Demo"] if facts else []
        self.setWindowTitle(" – ".join([*parts, "Headscope"]))

    def _tell_panels(self, words: str) -> None:
        for panel in self.panels.values():
            panel.show_message(panel.current_view() or "", words)

    @Slot(object, object)
    def _select_pair(self, earlier: HeadId, later: HeadId) -> None:
        self.store.select(later, earlier)

    # ---- saying, showing -------------------------------------------------------------------------------------

    @Slot(str)
    def say(self, words: str) -> None:
        """A problem, in one sentence: in the banner until dismissed, and in the status line."""
        self.banner.say(words)
        self.status.say(words)

    def show_model_info(self) -> None:
        if self.store.facts is not None:
            ModelInfo(self.store.facts, self).show()

    @Slot()
    def export_numbers(self) -> None:
        panel, figure = self._last_panel, self._last_panel.figure()
        if figure is None:
            self.say("This panel has no numbers to export yet; wait until it has drawn.")
            return
        name = f"{self._model_name()} {figure.title}.npz"
        self._save(name, "NumPy (*.npz);;CSV (*.csv)", partial(export.save_numbers, figure))
        panel.setFocus()

    def export_panel(self, scale: int) -> None:
        """The panel used last."""
        figure = self._last_panel.figure()
        name = f"{self._model_name()} {figure.title if figure else self._last_panel.key}.png"
        self._save(name, PNG, partial(export.save_image, self._last_panel.grab_image(scale)))

    def export_window(self, scale: int) -> None:
        name = f"{self._model_name()} {self.store.selection.head}.png"
        self._save(name, PNG, partial(export.save_image, export.image_of(self, scale)))

    def _model_name(self) -> str:
        return Path(self.store.facts.name).stem if self.store.facts else "headscope"

    def _save(self, name: str, kinds: str, save: Callable[[str], None]) -> None:
        if path := ask_where(self, self.settings, name, kinds):
            self.status.say(f"Saving {path}…")
            self.saver.save(path, save)

    @Slot(str)
    def _saved(self, path: str) -> None:
        self.status.say(f"Saved {path}")

    # ---- layout ----------------------------------------------------------------------------------------------

    def set_theme(self, theme: str) -> None:
        self.settings.theme = theme
        apply_theme(cast(QApplication, QApplication.instance()), theme)

    @Slot()
    def reset_layout(self) -> None:
        place_docks(self, self.docks)
        if self.prompt_panel.shows_ink():
            give_ink_room(self, self.docks)

    def restore_layout(self) -> None:
        """Where the docks stood when the window was last closed, else their first places."""
        place_docks(self, self.docks)
        saved = self.settings.layout(LAYOUT_VERSION)
        if saved is not None:
            self.restoreGeometry(saved[0])
            self.restoreState(saved[1], LAYOUT_VERSION)
        self.banner.dismiss()

    def focus_panel(self, key: str) -> None:
        """Show the panel, in front, and give it the keyboard."""
        self.docks[key].show()
        self.docks[key].raise_()
        self._last_panel = self.panels[key]
        tabs = self.panels[key].findChild(QTabBar)
        target = tabs if tabs is not None and tabs.isVisible() else self.panels[key]
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _panel_activated(self) -> None:
        self._last_panel = cast(FigurePanel, self.sender())

    @Slot(QWidget, QWidget)
    def _focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        for panel in self.panels.values():
            if new is not None and (new is panel or panel.isAncestorOf(new)):
                self._last_panel = panel
        if new is self.prompt_panel.tabs and self.prompt_panel.shows_ink():
            self._last_panel = self.panels["ink"]

    @Slot(bool)
    def _dock_shown(self, visible: bool) -> None:
        if visible:
            self.looks.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._wrap_toolbars()

    @Slot()
    def _wrap_toolbars(self) -> None:
        """The prompt goes on a row of its own where it does not fit beside the buttons."""
        needed = sum(button.sizeHint().width() for button in self._tools.values()) + self.prompt_bar.sizeHint().width()
        if (needed + TOOLBAR_EDGES > self.width()) != self.toolBarBreak(self._prompt_row):
            if self.toolBarBreak(self._prompt_row):
                self.removeToolBarBreak(self._prompt_row)
            else:
                self.insertToolBarBreak(self._prompt_row)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.save_layout(LAYOUT_VERSION, self.saveGeometry(), self.saveState(LAYOUT_VERSION))
        self.hide()
        self.saver.finish()
        self.stopped_cleanly = self.worker.stop()
        super().closeEvent(event)
