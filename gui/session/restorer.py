"""The state of the window as a session: collected, and brought back step by step as model and prompt arrive."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from analysis.values import PromptFacts, PromptSpec, UserError, as_options, names_demo
from gui.session import session_file
from gui.session.sections import Section, Stage, discover
from gui.session.session_file import Sections

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow

log = logging.getLogger(__name__)


class Keeper(QObject):
    """One session is brought back at a time. What has not had its turn yet is collected as it was read."""

    restored = Signal()
    """A session has been brought back as far as it goes."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._parts = discover()
        self._read: Sections = {}
        """The session in force as it was read, with sections that nobody here knows."""
        self._waiting: set[str] = set()
        """Sections of it whose turn has not come."""
        self._awaited = ""
        """"model", "moved" (until a person opens the checkpoint from elsewhere), "prompt", or nothing."""
        self._spec: PromptSpec | None = None
        window.model_opened.connect(self._model_opened)
        window.open_failed.connect(self._open_failed)
        window.worker.prompt_ready.connect(self._prompt_ready)
        window.worker.prompt_failed.connect(self._prompt_failed)
        window.prompt_bar.prompt_requested.connect(self._prompt_requested)

    @property
    def busy(self) -> bool:
        """Whether a session is being brought back."""
        return self._awaited in ("model", "prompt")

    # ---- collect ---------------------------------------------------------------------------------------------

    def collect(self, folder: Path | None = None) -> Sections:
        """The sections of the present state, empty before there is a model; `folder`: where they will be saved."""
        facts = self._window.store.facts
        if facts is None:
            return dict(self._read)
        sections = dict(self._read)
        if self._awaited not in ("model", "moved"):
            sections["checkpoint"] = self._checkpoint(folder)
        if self._awaited == "" and (prompt := self._window.store.prompt) is not None:
            sections["prompt"] = {"source": prompt.spec.source, "options": dict(prompt.spec.options)}
        for part in self._parts:
            if part.key not in self._waiting and (value := part.collect(self._window)) is not None:
                sections[part.key] = value
        return sections

    def _checkpoint(self, folder: Path | None) -> dict[str, Any]:
        facts = self._window.store.facts
        assert facts is not None
        found: dict[str, Any] = {"path": facts.demo or None, "sha256": facts.sha256, "data": self._window.opener.data}
        if not facts.demo:
            found["path"] = str(Path(facts.path).absolute())
            if folder is not None and Path(found["path"]).is_relative_to(folder):
                found["beside"] = str(Path(found["path"]).relative_to(folder).as_posix())
        if facts.head_choices:
            found["n_heads"] = facts.n_heads
        return found

    # ---- bring back ------------------------------------------------------------------------------------------

    def open(self, path: str) -> None:
        """Bring a session file back; raises UserError when it is none, and then nothing has changed."""
        self.restore(session_file.read(path), Path(path).absolute().parent)

    def restore(self, sections: Sections, folder: Path | None = None) -> None:
        """Bring sections back; without a "checkpoint" among them, onto the open model. Raises UserError where the
        checkpoint is not to be found: with a model open nothing has changed then, without one the rest waits for it."""
        checkpoint = sections.get("checkpoint")
        path, missing = _find(checkpoint, folder)
        nothing_open = self._window.store.facts is None
        if missing and not nothing_open:
            raise UserError(missing)
        self._read, self._awaited = dict(sections), "moved" if missing else "model"
        self._waiting = {part.key for part in self._parts}
        self._restore("window")
        if missing:
            raise UserError(missing)
        if checkpoint is None and not nothing_open:
            self._model_opened()
        else:
            given = checkpoint if isinstance(checkpoint, dict) else {}
            n_heads, data = given.get("n_heads"), given.get("data")
            self._window.opener.open_again(
                path, n_heads if type(n_heads) is int else None, data if isinstance(data, str) else None)

    @Slot()
    def _model_opened(self) -> None:
        facts = self._window.store.facts
        assert facts is not None
        if self._awaited == "moved" and self._hash() not in ("", facts.sha256):
            self._awaited = ""
        if self._awaited not in ("model", "moved"):  # Another model: nothing of the session before is about it.
            self._read, self._awaited, self._waiting = {}, "", set()
            return
        if facts.sha256 and self._hash() not in ("", facts.sha256):
            self._window.banner.say(f"{facts.name} has changed since the session was saved.", notice=True)
        self._restore("model")
        self._spec = _spec(self._read.get("prompt"))
        if self._spec is None or facts.weights_only:
            self._finish()
        else:
            self._awaited = "prompt"
            self._window.worker.set_prompt(self._spec)

    def _hash(self) -> str:
        checkpoint = self._read.get("checkpoint")
        return str(checkpoint.get("sha256") or "") if isinstance(checkpoint, dict) else ""

    @Slot(str)
    def _open_failed(self, words: str) -> None:
        if self._awaited == "model" and not self._window.opener.doing:
            if self._window.store.facts is None:
                self._awaited = "moved"
            else:
                self._read, self._awaited, self._waiting = {}, "", set()

    @Slot(object)
    def _prompt_ready(self, prompt: PromptFacts) -> None:
        # The prompt that every model starts with comes first.
        if self._awaited == "prompt" and self._spec is not None and prompt.spec.source == self._spec.source \
                and set(self._spec.options) <= set(prompt.spec.options):
            self._finish()

    @Slot(str)
    def _prompt_failed(self, words: str) -> None:
        if self._awaited == "prompt":
            self._finish()

    @Slot(object)
    def _prompt_requested(self, spec: PromptSpec) -> None:
        """A person wants another prompt meanwhile."""
        if self._awaited == "prompt":
            self._finish()

    def _finish(self) -> None:
        self._restore("prompt")
        self._awaited, self._waiting = "", set()
        self.restored.emit()

    def _restore(self, stage: Stage) -> None:
        """The sections whose turn it is; what does not fit is left out, and said."""
        problems = []
        for part in self._parts:
            if part.stage == stage and part.key in self._waiting:
                self._waiting.discard(part.key)
                if part.key in self._read and (problem := self._restore_one(part)):
                    problems.append(f"{part.title} ({problem})")
        if problems:
            self._window.context.say(f"Of the session was left out: {', '.join(problems)}.")

    def _restore_one(self, part: Section) -> str:
        try:
            part.restore(self._window, self._read[part.key])
        except UserError as error:
            return str(error).rstrip(".")
        except Exception as error:
            log.exception("A section of a session was not understood.")
            return type(error).__name__
        return ""


def _find(checkpoint: Any, folder: Path | None) -> tuple[str | None, str]:
    """(path of the checkpoint, or the key of a demo; a sentence when it is not there)."""
    if checkpoint is None:
        return None, ""
    path = checkpoint.get("path", 0) if isinstance(checkpoint, dict) else 0
    if path is None or (isinstance(path, str) and names_demo(path)):
        return path, ""
    if not isinstance(path, str):
        raise UserError("This session does not say which checkpoint it belongs to; choose another one.")
    beside = checkpoint.get("beside")
    places = [folder / beside] if folder is not None and isinstance(beside, str) else []
    for place in (Path(path), *places):
        try:
            if place.exists():
                return str(place), ""
        except (OSError, ValueError):
            pass
    return path, f"{path} is not there any more; open it from where it is now, and the rest of the session comes back."


def _spec(value: Any) -> PromptSpec | None:
    if not isinstance(value, dict) or not isinstance(value.get("source"), str):
        return None
    options = value.get("options")
    words = {key: text for key, text in options.items() if isinstance(text, str)} if isinstance(options, dict) else {}
    return PromptSpec(value["source"], as_options(words))
