"""Prompt bar and prompt panel kept in step with the store, and the prompts that a person asks for."""

from PySide6.QtCore import QObject, Signal, Slot

from analysis.values import PromptFacts, PromptSpec
from gui.prompt.prompt_bar import PromptBar
from gui.prompt.prompt_panel import PromptPanel
from gui.shared.context import Context


class PromptController(QObject):
    """Shows the prompt that is in force, and asks the worker for another one."""

    ink_appeared = Signal()
    """The prompt is drawn as ink, where there was none before."""

    def __init__(self, context: Context, bar: PromptBar, panel: PromptPanel) -> None:
        super().__init__(context)
        self._context, self._store, self._bar, self._panel = context, context.store, bar, panel
        self._problem = ""
        self._shown: tuple[PromptFacts | None, int | None] | None = None
        context.worker.prompt_ready.connect(self._prompt_ready)
        context.worker.prompt_failed.connect(self._prompt_failed)
        self._store.catalogue_changed.connect(self._set_sources)
        self._store.model_changed.connect(self._set_model)
        self._store.selection_changed.connect(self._show_sample)
        bar.prompt_requested.connect(self._request)
        bar.sample_requested.connect(self._store.set_sample)

    @Slot(object)
    def _prompt_ready(self, prompt: PromptFacts) -> None:
        self._bar.set_prompt(prompt)
        self._context.withdraw(self._problem)
        self._show_prompt()

    @Slot(str)
    def _prompt_failed(self, words: str) -> None:
        # What was asked for stays in the controls, to be put right.
        self._problem = f"{words} The prompt before it stays in force." if self._store.prompt else words
        self._context.say(self._problem)

    @Slot(object)
    def _request(self, spec: PromptSpec) -> None:
        if self._store.facts is not None:
            self._context.worker.set_prompt(spec)

    @Slot()
    def _set_sources(self) -> None:
        if self._store.catalogue is not None:
            self._bar.set_sources(self._store.catalogue.prompts)

    @Slot()
    def _set_model(self) -> None:
        if (facts := self._store.facts) is not None:
            self._bar.set_model(facts.handwriting, bool(facts.tokenizer))
            self._show_sample()

    @Slot()
    def _show_sample(self) -> None:
        self._bar.set_sample(self._store.selection.sample)
        self._show_prompt()

    def _show_prompt(self) -> None:
        shown = (self._store.prompt, self._store.selection.sample)
        if shown != self._shown:
            before = self._panel.shows_ink()
            self._shown = shown
            self._panel.set_prompt(*shown)
            if self._panel.shows_ink() and not before:
                self.ink_appeared.emit()
