"""The window: its parts, and the connections between store, worker and panels."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from analysis.values import HeadId, JobUpdate, ModelFacts, OpenRequest, PromptFacts, PromptSpec, ScoreTable, Selection
from gui.commands.help_window import HelpWindow
from gui.commands.hints import Hints
from gui.commands.menus import Commands
from gui.commands.palette import Palette
from gui.export.exporter import Exporter
from gui.export.report import Reporter
from gui.heads.head_tree import HeadTree
from gui.panels.figure_requests import Looks
from gui.panels.panel import FigurePanel
from gui.prompt.prompt_bar import PromptBar
from gui.prompt.prompt_panel import PromptPanel
from gui.prompt.token_strip import TokenStrip
from gui.session import file_kinds
from gui.session.history import History
from gui.session.opening import Opener
from gui.session.picture_origin import PictureOpener
from gui.session.restorer import Restorer
from gui.session.sessions import Sessions
from gui.shared.context import Context
from gui.shared.settings import Settings
from gui.start.logs import Log
from gui.theme.appearance import Appearance
from gui.theme.colors import apply_theme
from gui.window import docks
from gui.window.attention_link import AttentionLink
from gui.window.banner import Banner
from gui.window.compare import ComparePanel, Comparison
from gui.window.layouts import CurrentPanel, Layouts
from gui.window.mouse_buttons import MouseSteps
from gui.window.status import StatusLine
from gui.window.toolbars import Toolbars
from gui.work.worker import Worker

SIZE = (1440, 900)
FRAME = (4, 40)
"""Pixels of the frame that a desktop draws around a window."""


def fitting(size: tuple[int, int]) -> QSize:
    """The size, or as much of it as the screen has beside its bars and a window's own frame."""
    wanted, screen = QSize(*size), QGuiApplication.primaryScreen()
    if screen is None or QGuiApplication.platformName() == "offscreen":  # That screen is smaller than any real one.
        return wanted
    return wanted.boundedTo(screen.availableSize() - QSize(*FRAME))


class MainWindow(QMainWindow):
    """One window, one model. `worker` is started by `start` and stopped when the window closes."""

    closed = Signal()
    """All is kept and nothing runs any more."""

    def __init__(self, worker: Worker, settings: Settings, size: tuple[int, int] | None = None) -> None:
        """`size`: what a person asks for, whatever the last window's was."""
        super().__init__()
        self.worker, self.settings = worker, settings
        worker.setParent(self)
        self.context = Context(worker, settings, self)
        self.stopped_cleanly = True
        self.log = Log()
        self.store = self.context.store
        self._prompt_problem = self._pair_words = ""
        self._prompt_shown: tuple[PromptFacts | None, int | None] | None = None
        self._make_widgets()
        self.looks = Looks(self.store, worker, tuple(self.panels.values()), self)
        self.link = AttentionLink(self.store, self.panels["attention"], self.strip, self.panels["ink"], self)
        self.layouts, self.current = Layouts(self), CurrentPanel(self)
        for shared in (self.banner, self.tree, self.prompt_panel, self.looks, self.layouts, self.current):
            self.context.add(shared)
        self.opener = self.context.add(Opener(self.context, self.looks, self.status, self.banner))
        self.comparison = Comparison(self)
        self.exporter = self.context.add(Exporter(self.context, self.panels, lambda: self.current.panel))
        self.context.add(Reporter(self.context))
        self.appearance = Appearance(self)
        self.history = History(self.store, self)
        self._connect()
        self.restorer = self.context.add(Restorer(self.context, self.opener))
        self.sessions = self.context.add(Sessions(self.context, self.opener, self.restorer))
        self.pictures = self.context.add(PictureOpener(self.context, self.opener, self.restorer))
        self.commands = Commands(self)
        self.opener.failed.connect(self.commands.refresh)
        self.toolbars = Toolbars(self)
        self.finder, self.help, self.hints = Palette(self), HelpWindow(self), Hints(self)
        self.mouse = MouseSteps(self)
        self.mouse.stepped.connect(self._step)
        for part in (self, self.tree.view.viewport(), *self.strip.findChildren(QWidget)):
            part.installEventFilter(self.mouse)
        self.setAcceptDrops(True)
        self._set_title()
        self.layouts.size = None if size is None else QSize(*size)
        self.resize(self.layouts.size or fitting(SIZE))
        self.layouts.restore()
        self.tree.view.setFocus()  # Up and Down walk over the heads from the start
        self.banner.dismiss()
        self.looks.tell("Starting the analysis…")

    def start(
        self, path: str | None, n_head: int | None = None, data: str | None = None, head: HeadId | None = None,
        resume: bool = True,
    ) -> None:
        """Start the worker and open a file at this head; nothing given: what the last window had (`resume`), else the
        demo."""
        self.worker.start()
        self.sessions.start()
        asked = not resume or any(given is not None for given in (path, n_head, data, head))
        if path is not None and file_kinds.kind(path).key != "checkpoint":
            self.open_path(path)
        elif asked or not self.sessions.resume():
            selection = Selection(head) if head is not None else None
            self.opener.open(OpenRequest(path, n_head, data, selection=selection))
        self.layouts.size = None

    @property
    def settled(self) -> bool:
        """Whether nothing is on its way: model open, jobs done, every panel on show has drawn."""
        facts = self.store.facts
        ready = self.store.prompt is not None or (facts is not None and facts.weights_only)
        opening = self.restorer.busy or self.opener.doing or self.opener.reading
        return bool(ready) and not opening and not self.status.busy and not self.looks.pending

    def open_path(self, path: str) -> None:
        """A file of any kind that the window takes."""
        file_kinds.receive(self.context, path)

    # ---- construction ----------------------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.panels = docks.make_panels()
        self.tree, self.strip, self.status, self.prompt_bar = HeadTree(), TokenStrip(), StatusLine(), PromptBar()
        self.setStatusBar(self.status)
        self.banner = Banner(self)
        self.setDockNestingEnabled(True)
        self.setDockOptions(self.dockOptions() | QMainWindow.DockOption.AllowTabbedDocks)
        contents: dict[str, tuple[str, QWidget]] = {"heads": ("Heads", self.tree)}
        contents |= {key: (title, self.panels[key]) for key, title in docks.PANELS}
        self.panels["ink"] = FigurePanel("ink", "Ink")
        self.prompt_panel = PromptPanel(self.panels["ink"], self.strip)
        compare = ComparePanel()
        self.panels |= compare.panels
        contents["compare"] = ("Compare", compare)
        contents["prompt"] = ("Prompt", self.prompt_panel)
        self.docks = docks.make_docks(self, contents)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and hasattr(self, "toolbars"):
            self.toolbars.draw_icons()

    def _connect(self) -> None:
        store, worker = self.store, self.worker
        self.context.problem_said.connect(self.say)
        self.context.notice_said.connect(lambda words: self.banner.say(words, notice=True))
        self.context.progress_said.connect(self.status.say)
        worker.catalogue_ready.connect(store.set_catalogue)
        worker.prompt_ready.connect(self._prompt_ready)
        worker.prompt_failed.connect(self._prompt_failed)
        worker.device_changed.connect(self._device_changed)
        worker.job_changed.connect(self._job_changed)
        worker.memory_changed.connect(self.status.set_memory)
        store.catalogue_changed.connect(self._show_catalogue)
        store.model_changed.connect(self._show_model)
        store.selection_changed.connect(self._show_selection)
        store.scores_changed.connect(self._show_scores)
        store.words_changed.connect(self._show_words)
        self.status.cancel_clicked.connect(worker.cancel_jobs)
        self.tree.head_clicked.connect(store.select)
        self.prompt_bar.prompt_requested.connect(self._request_prompt)
        self.prompt_bar.sample_requested.connect(store.set_sample)
        self.strip.hovered.connect(self.status.hover)
        self.looks.drawn.connect(self._drawn)
        self.prompt_panel.page_changed.connect(self.looks.refresh)
        for panel in self.panels.values():
            panel.head_clicked.connect(store.select)
            panel.pair_clicked.connect(self._select_pair)
            panel.option_changed.connect(store.set_option)
            panel.hovered.connect(self.status.hover)
            panel.stepped.connect(self._step)
        self.looks.shows = self.in_sight
        # A tab that comes to the front has its place only after it said so.
        self._look_later = QTimer(self, singleShot=True, interval=0)
        self._look_later.timeout.connect(self.looks.refresh)
        for dock in self.docks.values():
            dock.visibilityChanged.connect(self._dock_shown)
            # One that floats away from behind a tab comes in sight without a word of its visibility.
            dock.topLevelChanged.connect(self._look_later.start)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.open_path(files[0])

    # ---- what the worker says --------------------------------------------------------------------------------

    @Slot(object)
    def _prompt_ready(self, prompt: PromptFacts) -> None:
        self.store.set_prompt(prompt)
        self.prompt_bar.set_prompt(prompt)
        if self._prompt_problem and self.banner.text == self._prompt_problem:
            self.banner.dismiss()
        self.link.reset()
        self._show_prompt()
        self.looks.bump("prompt")
        self.looks.ask_again()

    @Slot(str)
    def _prompt_failed(self, words: str) -> None:
        # What was asked for stays in the controls, to be put right.
        self._prompt_problem = f"{words} The prompt before it stays in force." if self.store.prompt else words
        self.say(self._prompt_problem)
        self.looks.ask_again()

    @Slot(object)
    def _device_changed(self, facts: ModelFacts) -> None:
        self.store.set_facts(facts)
        self.settings.device = facts.device
        self.looks.ask_again()

    @Slot(object)
    def _job_changed(self, update: JobUpdate) -> None:
        self.status.job_changed(update)
        if update.key == "loading" and isinstance(update.result, ModelFacts):
            self.store.set_facts(update.result)
        if update.key == "scores" and isinstance(update.result, ScoreTable):
            self.store.set_scores(update.result)
            if update.done and self.store.catalogue:
                self.store.suggest(update.result.highest(self.store.catalogue.scores[0].key))
        self.store.add_words(update.words)
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
        if self.store.facts is None and self.opener.doing:
            self.looks.tell(self.opener.doing)

    @Slot()
    def _show_model(self) -> None:
        facts = self.store.facts
        assert facts is not None
        self._set_title()
        self.toolbars.device.setText(facts.device)
        self.prompt_bar.set_model(facts.handwriting, bool(facts.tokenizer))
        self.tree.set_model(facts)
        self.tree.set_scores(self.store.scores)
        self.tree.model.set_words(self.store.words)
        self._show_selection()

    @Slot()
    def _show_selection(self) -> None:
        selection = self.store.selection
        self.status.forget(self._pair_words)
        self.tree.set_current(selection.head)
        self.prompt_bar.set_sample(selection.sample)
        for panel in self.panels.values():
            panel.set_options(dict(selection.options))
        self._show_prompt()

    @Slot()
    def _show_scores(self) -> None:
        self.tree.set_scores(self.store.scores)

    @Slot()
    def _show_words(self) -> None:
        self.tree.model.set_words(self.store.words)

    def _show_prompt(self) -> None:
        shown = (self.store.prompt, self.store.selection.sample)
        if shown != self._prompt_shown:
            before = self.prompt_panel.shows_ink()
            self._prompt_shown = shown
            self.prompt_panel.set_prompt(*shown)
            if self.prompt_panel.shows_ink() and not before:
                self.layouts.give_ink_room()

    def _set_title(self) -> None:
        facts = self.store.facts
        parts = [] if facts is None else [facts.name] if facts.demo else [facts.name, facts.family]
        self.setWindowTitle(" – ".join([*parts, "Headscope"]))

    @Slot(object, object)
    def _select_pair(self, earlier: HeadId, later: HeadId) -> None:
        self.store.select(later, earlier)
        self._pair_words = f"Selected {later}, fed by {earlier}; to cut this edge: Effects ▸ Graph"
        self.status.say(self._pair_words)

    @Slot(int)
    def _step(self, by: int) -> None:
        """The back (−1) or forward (1) button of the mouse."""
        if by < 0:
            self.history.back()
        else:
            self.history.forward()

    def show_view(self, panel: str, view: str) -> None:
        """A view, in front, with the keyboard in its panel."""
        self.panels[panel].set_current_view(view)
        self.current.focus(panel)
        self.looks.refresh()

    # ---- saying, showing -------------------------------------------------------------------------------------

    @Slot(str)
    def say(self, words: str) -> None:
        """A problem, in one sentence: in the banner until dismissed, and in the status line."""
        self.banner.say(words)
        self.status.say(words)

    def set_theme(self, theme: str) -> None:
        self.settings.theme = theme
        apply_theme(cast(QApplication, QApplication.instance()), theme)

    @Slot(bool)
    def _dock_shown(self, visible: bool) -> None:
        if visible:
            self.looks.refresh()
            self._look_later.start()

    def in_sight(self, panel: QWidget) -> bool:
        """Whether a panel can be seen: not closed, and not behind another tab."""
        dock = next(dock for dock in self.docks.values() if dock.isAncestorOf(panel))
        return panel.isVisible() and docks.in_sight(self, dock)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.layouts.tidy()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.toolbars.wrap()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.layouts.keep()
        self.sessions.finish()
        self.hide()
        self.exporter.finish()
        self.pictures.finish()
        self.stopped_cleanly = self.worker.stop()
        super().closeEvent(event)
        self.closed.emit()
