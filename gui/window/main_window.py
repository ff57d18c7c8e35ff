"""The window: its parts, in the order in which they are made, and the connections between them."""

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from analysis.values import Asked, HeadId, ModelFacts, OpenRequest, Selection
from gui.commands.help_window import HelpWindow
from gui.commands.hints import Hints
from gui.commands.menus import Menus
from gui.commands.palette import Palette
from gui.export.exporter import Exporter
from gui.export.report import Reporter
from gui.heads.head_tree import HeadTree
from gui.panels.figure_requests import FigureRequests
from gui.panels.panel import FigurePanel, Panels
from gui.panels.renderers import renderers
from gui.prompt.asking import Asker
from gui.prompt.prompt_bar import PromptBar
from gui.prompt.prompt_controller import PromptController
from gui.prompt.prompt_panel import PromptPanel
from gui.prompt.token_strip import TokenStrip
from gui.session import file_kinds
from gui.session.history import History
from gui.session.opening import Opener
from gui.session.picture_origin import PictureOpener
from gui.session.restorer import Restorer
from gui.session.sessions import Sessions
from gui.shared.context import Context
from gui.shared.mouse_buttons import MouseSteps
from gui.shared.settings import Settings
from gui.start.logs import Log
from gui.window.appearance import Appearance
from gui.window.banner import Banner
from gui.window.compare import ComparePanel, Comparison
from gui.window.docks import PANELS, CurrentPanel, Docks
from gui.window.layouts import Layouts
from gui.window.links.attention_link import AttentionLink
from gui.window.links.selection_link import SelectionLink
from gui.window.status import StatusLine
from gui.window.toolbars import Toolbars
from gui.work.worker import Worker

SIZE = (1440, 900)
FRAME = (4, 40)
"""Pixels of the frame that a desktop draws around a window."""
renderers()  # Found with the window: the first figure does not wait for their imports.


def fitting(size: tuple[int, int]) -> QSize:
    """The size, or as much of it as the screen has beside its bars and a window's own frame."""
    wanted, screen = QSize(*size), QGuiApplication.primaryScreen()
    if screen is None or QGuiApplication.platformName() == "offscreen":  # That screen is smaller than any real one.
        return wanted
    return wanted.boundedTo(screen.availableSize() - QSize(*FRAME))


class MainWindow(QMainWindow):
    """One window, one model. `worker` is started by `start` and stopped when the window closes."""

    closed = Signal()
    """Everything is saved and the worker has been told to stop."""

    def __init__(self, worker: Worker, settings: Settings, size: tuple[int, int] | None = None,
                 log: Log | None = None) -> None:
        """`size`: asked for by a person, in place of the last window's."""
        super().__init__()
        worker.setParent(self)
        self.stopped_cleanly = True
        self.context = context = Context(worker, settings, self)
        self.worker, self.settings, self.store = worker, settings, context.store
        context.add(log or Log())
        self._make_contents()
        self._make_docks(None if size is None else QSize(*size))
        self._make_parts()
        self._make_commands()
        self._connect()
        self.setAcceptDrops(True)
        self._set_title()
        self.resize(fitting(SIZE) if size is None else QSize(*size))
        self.layouts.restore()
        self.tree.view.setFocus()  # Up and Down walk over the heads from the start
        self.requests.tell("Starting the analysis…")

    def _make_contents(self) -> None:
        """What is on show: head list, panels, prompt, status line, banner."""
        context = self.context
        self.tree, self.strip, self.prompt_bar = context.add(HeadTree()), TokenStrip(), PromptBar()
        self.panels = context.add(Panels({key: FigurePanel(key, title) for key, title in PANELS}))
        self.panels["ink"] = FigurePanel("ink", "Ink")
        self.compare_panel = ComparePanel()
        self.panels |= self.compare_panel.panels
        self.prompt_panel = context.add(PromptPanel(self.panels["ink"], self.strip))
        self.status = context.add(StatusLine())
        self.setStatusBar(self.status)
        self.banner = context.add(Banner(self))

    def _make_docks(self, size: QSize | None) -> None:
        """The docks that hold it, and their layout."""
        context = self.context
        self.setDockNestingEnabled(True)
        self.setDockOptions(self.dockOptions() | QMainWindow.DockOption.AllowTabbedDocks)
        contents: dict[str, tuple[str, QWidget]] = {"heads": ("Heads", self.tree)}
        contents |= {key: (title, self.panels[key]) for key, title in PANELS}
        contents |= {"compare": ("Compare", self.compare_panel), "prompt": ("Prompt", self.prompt_panel)}
        self.docks = context.add(Docks(self, contents))
        self.layouts = context.add(Layouts(context, self.docks, self.panels, self.prompt_panel, size))
        self.current = context.add(CurrentPanel(self.docks, self.panels, self.prompt_panel))

    def _make_parts(self) -> None:
        """What asks for figures, links the parts, opens, keeps and saves."""
        context, panels = self.context, self.panels
        self.requests = context.add(FigureRequests(context, panels, self.docks.in_sight))
        self.tree.follow(self.store)
        self.prompt = PromptController(context, self.prompt_bar, self.prompt_panel)
        self.selection_link = SelectionLink(context, panels.values())
        self.link = AttentionLink(self.store, panels["attention"], self.strip, panels["ink"], self)
        self.comparison = context.add(Comparison(context, self.docks, panels["compare_first"]))
        self.exporter = context.add(Exporter(context, panels, lambda: self.current.panel))
        context.add(Reporter(context))
        context.add(Asker(context))
        self.opener = context.add(Opener(context, self.requests, self.status, self.banner))
        self.history = context.add(History(self.store, self))
        self.restorer = context.add(Restorer(context, self.opener))
        self.sessions = context.add(Sessions(context, self.opener, self.restorer))
        self.pictures = context.add(PictureOpener(context, self.opener, self.restorer))

    def _make_commands(self) -> None:
        """Menus, toolbars, palette and help, from what a person can do; and how it looks."""
        context = self.context
        self.appearance = context.add(Appearance(context, self.panels.values()))
        self.menus = context.add(Menus(context))
        self.toolbars = Toolbars(context, self.menus, self.prompt_bar)
        self.finder = context.add(Palette(context, self.menus, self.panels, self.current))
        self.help = context.add(HelpWindow(context, self.menus))
        self.hints = context.add(Hints(context, self.docks))
        self.mouse = MouseSteps(self)
        for part in (self, self.tree.view.viewport(), *self.strip.findChildren(QWidget)):
            part.installEventFilter(self.mouse)

    def _connect(self) -> None:
        context, worker = self.context, self.worker
        for say in (self.banner.say, self.status.say):
            context.problem_said.connect(say)
        context.notice_said.connect(lambda sentence: self.banner.say(sentence, notice=True))
        context.progress_said.connect(self.status.say)
        for forget in (self.banner.forget, self.status.forget):
            context.withdrawn.connect(forget)
        worker.job_changed.connect(self.status.job_changed)
        worker.memory_changed.connect(self.status.set_memory)
        worker.device_changed.connect(self._keep_device)
        worker.prompt_ready.connect(self.link.reset)
        self.status.cancel_clicked.connect(worker.cancel_jobs)
        self.store.model_changed.connect(self._set_title)
        self.requests.drawn.connect(self.link.view_drawn)
        for seen in (self.docks.sight_changed, self.prompt_panel.page_changed, self.current.view_shown,
                     self.comparison.shown):
            seen.connect(self.requests.refresh)
        self.prompt.ink_appeared.connect(self.layouts.give_ink_room)
        self.history.changed.connect(self.menus.refresh)
        self.opener.opened.connect(self.hints.model_opened)
        self.opener.failed.connect(self.menus.refresh)
        self.strip.hovered.connect(self.status.hover)
        for panel in self.panels.values():
            panel.hovered.connect(self.status.hover)
            panel.stepped.connect(self.history.go)
        self.mouse.stepped.connect(self.history.go)

    def start(self, path: str | None, n_head: int | None = None, data: str | None = None, head: HeadId | None = None,
              resume: bool = True, asked: Asked | None = None) -> None:
        """Start the worker and open a file at this head; nothing given: what the last window had (`resume`), else the
        demo. `asked`: how to ask for induction."""
        self.worker.start()
        if asked is not None and asked != self.store.asked:
            self.worker.ask_for_induction(asked)
        self.sessions.start()
        wanted = not resume or any(given is not None for given in (path, n_head, data, head))
        if path is not None and file_kinds.kind(path).key != "checkpoint":
            self.open_path(path)
        elif wanted or not self.sessions.resume():
            selection = Selection(head) if head is not None else None
            self.opener.open(OpenRequest(path, n_head, data, selection=selection))
        self.layouts.started()

    @property
    def settled(self) -> bool:
        """Whether nothing is on its way: model open, jobs done, every panel on show has drawn."""
        facts = self.store.facts
        ready = self.store.prompt is not None or (facts is not None and facts.weights_only)
        opening = self.restorer.busy or self.opener.doing or self.opener.reading
        return bool(ready) and not opening and not self.status.busy and not self.requests.pending

    def open_path(self, path: str) -> None:
        """A file of any kind that the window takes."""
        file_kinds.receive(self.context, path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.open_path(files[0])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.layouts.tidy()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.layouts.keep()
        self.sessions.finish()
        self.hide()
        self.exporter.finish()
        self.pictures.finish()
        self.stopped_cleanly = self.worker.stop()
        super().closeEvent(event)
        self.closed.emit()

    @Slot()
    def _set_title(self) -> None:
        facts = self.store.facts
        parts = [] if facts is None else [facts.name] if facts.demo else [facts.name, facts.family]
        self.setWindowTitle(" – ".join([*parts, "Headscope"]))

    @Slot(object)
    def _keep_device(self, facts: ModelFacts) -> None:
        self.settings.device = facts.device
