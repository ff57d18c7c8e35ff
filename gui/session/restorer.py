"""The one way back into a view: for session files, the last state, and pictures."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal, Slot

from analysis.values import OpenRequest, UserError
from gui.session.opening import Opener
from gui.session.saved_view import SavedView, to_sections
from gui.session.sections import Section, Stage, discover
from gui.session.session_file import Sections
from gui.shared.context import Context

log = logging.getLogger(__name__)

NOTHING = SavedView(OpenRequest())


class Restorer(QObject):
    """Collects the view on show, and restores a saved one. One view is restored at a time, the newest."""

    restored = Signal()
    """A view has been restored as far as it goes."""

    def __init__(self, context: Context, opener: Opener) -> None:
        super().__init__(context)
        self._context, self._opener, self._parts = context, opener, discover()
        self._saved = NOTHING
        """What was restored last, or is being restored."""
        self._awaited: Literal["", "model", "moved", "another prompt", "prompt"] = ""
        """"moved": a person has to open the checkpoint from where it is now; "another prompt": the one that comes with
        a model that was opened without this view in mind."""
        opener.opened.connect(self._opened)
        opener.failed.connect(self._failed)
        context.worker.prompt_ready.connect(self._prompt_answered)
        context.worker.prompt_failed.connect(self._prompt_answered)

    @property
    def busy(self) -> bool:
        """Whether a view is being restored."""
        return self._awaited not in ("", "moved")

    def collect(self, folder: Path | None = None) -> Sections:
        """The view on show as sections, empty before there is a model; `folder`: where they will be saved.

        What is still being restored is collected as it was saved.
        """
        store, facts = self._context.store, self._context.store.facts
        if facts is None or self._awaited in ("model", "moved"):
            return dict(self._saved.sections)
        path = facts.demo or str(Path(facts.path).absolute())
        chosen = facts.head_choices and not facts.head_count_assumed
        n_heads = facts.n_heads if chosen else None  # A guess stays one when the view comes back.
        prompt, selection = store.prompt.spec if store.prompt else None, store.selection if facts.heads else None
        request = OpenRequest(path, n_heads, self._opener.data, prompt, selection)
        sections = to_sections(request, facts.sha256, folder)
        if self._awaited or store.prompt is None:
            sections = {key: value for key, value in sections.items() if key not in ("prompt", "sample")}
        found = {part.key: part.collect(self._context) for part in self._parts}
        known = {key: value for key, value in found.items() if value is not None}
        return self._saved.sections | sections | known

    def restore(self, saved: SavedView) -> None:
        """Go back to this view. Raises UserError where its checkpoint is missing: with a model open nothing has
        changed then, without one the rest waits for the checkpoint."""
        model_open = self._context.store.facts is not None
        if saved.missing and model_open:
            raise UserError(saved.missing)
        if saved.on_open_model and model_open:
            self._saved = replace(saved, sections=self._saved.sections | saved.sections)
            self._restore_sections("window")
            self._show_on_open_model(prompt_comes=False)
            return
        self._saved, self._awaited = saved, "moved" if saved.missing else "model"
        self._restore_sections("window")
        if saved.missing:
            raise UserError(saved.missing)
        self._opener.open(saved.request)

    @Slot(object)
    def _opened(self, request: OpenRequest) -> None:
        if self._awaited == "model" and request is not self._opener.request:
            return  # asked for before; what was asked for last is on its way
        facts = self._context.store.facts
        fits = facts is not None and self._saved.sha256 in ("", facts.sha256)
        if self._awaited == "model" and request is self._saved.request:
            if facts is not None and facts.sha256 and not fits:
                self._context.note(f"{facts.name} has changed since {self._saved.since}.")
            self._awaited = "prompt"
            self._restore_sections("model")
        elif self._awaited == "moved" and fits:
            self._show_on_open_model(prompt_comes=True)
        else:  # Another model: nothing of the view before is about it.
            self._forget()

    def _show_on_open_model(self, prompt_comes: bool) -> None:
        """`prompt_comes`: the model was just opened, without this view in mind."""
        if self._saved.request.selection is not None:
            self._context.store.restore(self._saved.request.selection)
        self._restore_sections("model")
        self._awaited = "another prompt"
        if not prompt_comes:
            self._prompt_answered()

    @Slot()
    def _prompt_answered(self) -> None:
        prompt = self._saved.request.prompt
        if self._awaited == "another prompt" and prompt is not None:
            self._awaited = "prompt"
            self._context.worker.set_prompt(prompt)
        elif self._awaited in ("another prompt", "prompt"):
            self._finish()

    def _finish(self) -> None:
        store, selection = self._context.store, self._saved.request.selection
        if selection is not None:
            store.restore(replace(store.selection, sample=selection.sample))
        self._awaited = ""
        if self._saved.then is not None:
            self._saved.then()
        self.restored.emit()

    @Slot()
    def _failed(self) -> None:
        if self._awaited == "model":
            if self._context.store.facts is None:
                self._awaited = "moved"
            else:
                self._forget()

    def _forget(self) -> None:
        self._saved, self._awaited = NOTHING, ""

    def _restore_sections(self, stage: Stage) -> None:
        """The sections whose turn it is; what does not fit is left out, and said."""
        here = [part for part in self._parts if part.stage == stage and part.key in self._saved.sections]
        problems = [f"{part.title} ({problem})" for part in here if (problem := self._restore_one(part))]
        if stage == "model":
            problems += [problem for problem in (self._saved.problem, self._missing_head()) if problem]
        if problems:
            self._context.say(f"Not restored: {', '.join(problems)}.")

    def _missing_head(self) -> str:
        facts, selection = self._context.store.facts, self._saved.request.selection
        if facts is None or selection is None or selection.head in facts.heads:
            return ""
        return f"the selected head ({facts.name} has no head {selection.head})"

    def _restore_one(self, part: Section) -> str:
        try:
            part.restore(self._context, self._saved.sections[part.key])
        except UserError as error:
            return str(error).rstrip(".")
        except Exception as error:
            log.exception("A section of a session was not understood.")
            return type(error).__name__
        return ""
