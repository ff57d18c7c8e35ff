"""Which figure each panel needs, and when to ask for it again."""

from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from analysis.figures.figure import Figure
from analysis.values import JobUpdate, ViewInfo
from gui.panels.panel import FigurePanel, Panels
from gui.shared.context import Context


class FigureRequests(QObject):
    """Asks the worker for what visible panels show, only when something their view depends on has changed."""

    drawn = Signal(str)
    """A panel has another figure or message; its view."""

    def __init__(self, context: Context, panels: Panels, in_sight: Callable[[FigurePanel], bool]) -> None:
        super().__init__(context)
        self._store, self._worker, self.panels, self.in_sight = context.store, context.worker, panels, in_sight
        self._views: dict[str, ViewInfo] = {}
        self._asked: dict[str, tuple[str, Hashable]] = {}
        self._pending: set[str] = set()
        self._waiting: set[str] = set()
        self._versions: defaultdict[str, int] = defaultdict(int)
        self._message = ""
        for panel in panels.values():
            panel.view_changed.connect(self.refresh)
        self._store.catalogue_changed.connect(self._set_views)
        self._store.model_changed.connect(self._fill_panels)
        self._store.selection_changed.connect(self.refresh)
        worker = self._worker
        worker.figure_ready.connect(self._show)
        worker.figure_failed.connect(self._show_failure)
        worker.figure_waiting.connect(self._show_waiting)
        worker.look_progressed.connect(self._show_progress)
        worker.job_changed.connect(self._job_changed)
        worker.prompt_ready.connect(self._prompt_ready)
        worker.prompt_failed.connect(self.ask_again)
        worker.device_changed.connect(self.ask_again)

    @property
    def pending(self) -> bool:
        """Whether a panel on show still expects a figure, or waits for a job that its figure needs."""
        on_show = {panel.current_view() for panel in self.panels.values() if self.in_sight(panel)}
        return bool((self._pending | self._waiting) & on_show)

    def tell(self, words: str) -> None:
        """These words in every panel, while no model is open."""
        self._message = words
        for panel in self.panels.values():
            panel.show_message(panel.current_view() or "", words)

    @Slot()
    def _set_views(self) -> None:
        catalogue = self._store.catalogue
        self._views = {view.key: view for view in catalogue.views} if catalogue else {}
        self._fill_panels()
        if self._store.facts is None:
            self.tell(self._message)

    @Slot()
    def _fill_panels(self) -> None:
        """Each panel's views, with the options that matter for the model."""
        rotary = self._store.facts is not None and self._store.facts.positions.startswith("rotary")
        for panel in self.panels.values():
            views = (view for view in self._views.values() if view.panel == panel.key)
            panel.set_views(tuple(
                replace(view, options=tuple(option for option in view.options if rotary or not option.rotary))
                for view in views
            ))

    @Slot()
    def _prompt_ready(self) -> None:
        self.bump("prompt")
        self.ask_again()

    def bump(self, *facts: str) -> None:
        """These facts are new ("model", "prompt", "scores", a study's key): ask again where they matter."""
        for fact in facts:
            self._versions[fact] += 1
        if "model" in facts:
            for panel in self.panels.values():
                panel.forget()
        self.refresh()

    @Slot()
    def ask_again(self) -> None:
        """Ask anew for what has not come: the requests were dropped in favour of a model, prompt or device."""
        self._asked = {key: (view, what) for key, (view, what) in self._asked.items() if view not in self._pending}
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Ask for the views that are on show and whose question has changed."""
        if self._store.facts is None:
            return
        for panel in self.panels.values():
            view = panel.current_view()
            if view is None or view not in self._views or not self.in_sight(panel):
                continue
            question = (view, self._question(self._views[view]))
            if self._asked.get(panel.key) != question:
                self._asked[panel.key] = question
                self._pending.add(view)
                self._worker.look(view, self._store.selection)
                panel.show_busy(view, 0.0)

    @Slot(object)
    def _job_changed(self, update: JobUpdate) -> None:
        """A job moved on: its views are asked again; when it ended without a result, they say so."""
        if update.changed:
            self.bump(update.key)
        elif update.done and update.failure:
            for panel in self.panels.values():
                view = panel.current_view()
                if view in self._waiting and update.key in self._views[view].depends:
                    panel.show_message(view, update.failure)
                    self._waiting.discard(view)

    def _question(self, view: ViewInfo) -> Hashable:
        """All that the view's figure depends on: two equal questions have equal answers."""
        selection = self._store.selection
        facts = {"head": selection.head, "pair": selection.pair, "sample": selection.sample}
        depends = tuple(facts[name] if name in facts else self._versions[name] for name in sorted(view.depends))
        options = tuple(selection.option(option.key, option.default) for option in view.options)
        return self._versions["model"], depends, options

    def _panel(self, view: str) -> FigurePanel | None:
        return next((panel for panel in self.panels.values() if panel.current_view() == view), None)

    def _answered(self, view: str) -> FigurePanel | None:
        """The panel that this answer is for; None where it is no longer what the panel would ask."""
        self._pending.discard(view)
        self._waiting.discard(view)
        panel = self._panel(view)
        if panel is None or self._asked.get(panel.key) == (view, self._question(self._views[view])):
            return panel
        # The panel was hidden while the selection moved on: it asks anew once it is on show.
        self._asked.pop(panel.key, None)
        self.refresh()
        return None

    @Slot(str, object)
    def _show(self, view: str, figure: Figure) -> None:
        if (panel := self._answered(view)) is not None:
            panel.show_figure(view, figure)
            self.drawn.emit(view)

    @Slot(str, str)
    def _show_failure(self, view: str, words: str) -> None:
        if (panel := self._answered(view)) is not None:
            panel.show_message(view, words)
            self.drawn.emit(view)

    @Slot(str, str)
    def _show_waiting(self, view: str, words: str) -> None:
        if (panel := self._answered(view)) is not None:
            panel.show_message(view, words)
            self._waiting.add(view)
            self.drawn.emit(view)

    @Slot(str, float)
    def _show_progress(self, view: str, fraction: float) -> None:
        if (panel := self._panel(view)) is not None:
            panel.show_busy(view, fraction)
