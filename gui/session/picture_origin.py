"""Back from an exported picture to the view that it shows."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThreadPool, Signal, Slot

from analysis.values import PromptFacts, Provenance, Recipe, UserError, names_demo
from gui.export.paper import stamp

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow

log = logging.getLogger(__name__)

CHUNK = 2**20


@dataclass(frozen=True)
class Origin:
    """What the figures of a picture were made from, and where that checkpoint is now."""

    figures: tuple[Provenance, ...]
    place: str | None = None
    """A path, or the key of a demo; None while it is not known."""
    is_open: bool = False
    """It is the one that the window shows."""

    @property
    def recipe(self) -> Recipe:
        """Of its first figure, the one with a prompt before others."""
        return next((recipe for recipe in self.recipes if recipe.prompt is not None), self.recipes[0])

    @property
    def recipes(self) -> list[Recipe]:
        """Of all its figures."""
        return [figure.recipe for figure in self.figures if figure.recipe is not None]


def find(path: str, shown: tuple[str, int], recent: list[str], wanted: Callable[[], bool]) -> Origin:
    """Reads a picture and looks for its checkpoint; `shown`: the hash and head count of the open model.

    Raises UserError where the picture does not say, or where its checkpoint is not at hand. Hashing stops when the
    answer is no longer wanted.
    """
    figures = tuple(stamp.read(path))
    origin = Origin(figures)
    sha256, recipe = figures[0].sha256, origin.recipe
    if sha256 and shown[0] == sha256 and recipe.n_heads in (0, shown[1]):
        return Origin(figures, is_open=True)
    if names_demo(recipe.path):
        return Origin(figures, recipe.path)
    name = Path(recipe.path).name
    beside = str(Path(path).parent / name)
    # Those of the same name first: the others are read only when it has moved and was renamed.
    places = dict.fromkeys([recipe.path, beside, *sorted(recent, key=lambda place: Path(place).name != name)])
    for place in places:
        if wanted() and _fits(place, sha256, place == recipe.path, wanted):
            return Origin(figures, place)
    raise UserError(_missing(recipe.path, figures[0]))


def _fits(place: str, sha256: str, same_path: bool, wanted: Callable[[], bool]) -> bool:
    """Whether the file has this hash. A folder, or a picture that knows no hash, is taken at its own path only."""
    try:
        if same_path and (not sha256 or Path(place).is_dir()):
            return Path(place).exists()
        digest = hashlib.sha256()
        with Path(place).open("rb") as stream:
            while wanted() and (chunk := stream.read(CHUNK)):
                digest.update(chunk)
        return digest.hexdigest() == sha256
    except (OSError, ValueError):
        return False


def _missing(path: str, figure: Provenance) -> str:
    there = Path(path).exists()
    start = f"{path} has changed since this picture was made" if there else f"{path} is not there any more"
    return (f"{start}, and no file opened lately is the checkpoint with SHA-256 {figure.sha256[:12]}…; open that "
            "checkpoint, then drop the picture again.")


class Tracer(QObject):
    """Looks for what a picture was made from, without holding up the window, and brings the view back step by step."""

    traced = Signal()
    """The view is back."""
    _found = Signal(int, object)
    _lost = Signal(int, str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._newest = window, 0
        self._pool = QThreadPool(self, maxThreadCount=1)
        self._origin: Origin | None = None
        """What is being brought back."""
        self._awaited = ""
        """"catalogue", "model", "prompt", or nothing."""
        self._found.connect(self._bring_back)
        self._lost.connect(self._say)
        window.store.catalogue_changed.connect(self._catalogue_came)
        window.model_opened.connect(self._model_came)
        window.open_failed.connect(self._forget)
        window.worker.prompt_ready.connect(self._prompt_came)
        window.worker.prompt_failed.connect(self._prompt_failed)

    @property
    def busy(self) -> bool:
        """Whether a view is being brought back."""
        return bool(self._awaited)

    def trace(self, path: str) -> None:
        """Bring back the view that a picture shows."""
        self._newest += 1
        self._forget()
        facts = self._window.store.facts
        shown = (facts.sha256, facts.n_heads) if facts else ("", 0)
        self._window.status.say(f"Reading {Path(path).name}…")
        self._pool.start(partial(self._work, self._newest, path, shown, self._window.settings.recent))

    def finish(self) -> None:
        """The window closes: nothing is looked for any more."""
        self._newest += 1
        self._pool.waitForDone()

    def _work(self, number: int, path: str, shown: tuple[str, int], recent: list[str]) -> None:
        try:
            self._found.emit(number, find(path, shown, recent, lambda: number == self._newest))
        except UserError as error:
            self._lost.emit(number, str(error))
        except Exception as error:
            log.exception("A picture could not be read.")
            self._lost.emit(number, f"{Path(path).name} could not be read ({type(error).__name__}).")

    @Slot(int, str)
    def _say(self, number: int, words: str) -> None:
        if number != self._newest:
            return
        self._window.context.say(words)
        if self._window.store.facts is None:
            self._window.opener.tell_nothing_open()

    # ---- step by step

    @Slot(int, object)
    def _bring_back(self, number: int, origin: Origin) -> None:
        if number != self._newest:
            return
        self._origin = origin
        if self._window.store.catalogue is None:
            self._awaited = "catalogue"
            return
        unknown = [recipe.view for recipe in origin.recipes if recipe.view not in self._panels()]
        if unknown:
            self._forget()
            self._say(number, f"This picture shows the view {unknown[0]!r}, which this version does not have.")
        elif origin.is_open:
            self._show_selection(origin)
        else:
            self._awaited = "model"
            recipe, window = origin.recipe, self._window
            window.opener.doing = f"Loading {Path(origin.place or '').name}…"
            window.status.say(window.opener.doing)
            window.worker.open(origin.place, recipe.n_heads or None, recipe.data or None)

    @Slot()
    def _catalogue_came(self) -> None:
        if self._awaited == "catalogue" and self._origin is not None:
            self._awaited = ""
            self._bring_back(self._newest, self._origin)

    @Slot()
    def _model_came(self) -> None:
        if self._awaited == "model" and self._origin is not None:
            self._show_selection(self._origin)

    def _show_selection(self, origin: Origin) -> None:
        """Head, options and views; then the prompt is asked for."""
        window, recipe = self._window, origin.recipe
        window.store.select(recipe.selection.head, recipe.selection.pair)
        for one in origin.recipes:
            for key, value in one.selection.options:
                window.store.set_option(key, value)
            window.panels[self._panels()[one.view]].set_current_view(one.view)
        if recipe.prompt is None:
            self._end()
        else:
            self._awaited = "prompt"
            window.worker.set_prompt(recipe.prompt)

    @Slot(object)
    def _prompt_came(self, prompt: PromptFacts) -> None:
        """The prompt that every model starts with may come first."""
        if self._awaited != "prompt" or self._origin is None or self._origin.recipe.prompt is None:
            return
        wanted = self._origin.recipe.prompt
        if prompt.spec.source == wanted.source and set(wanted.options) <= set(prompt.spec.options):
            self._window.store.set_sample(self._origin.recipe.selection.sample)
            self._end()

    @Slot()
    def _prompt_failed(self) -> None:
        """Which was said."""
        if self._awaited == "prompt":
            self._end()

    def _end(self) -> None:
        """The views come to the front, and what could not be made as it was is said."""
        origin, window = self._origin, self._window
        assert origin is not None
        self._forget()
        panels = [self._panels()[recipe.view] for recipe in origin.recipes]
        for key in reversed(panels):
            dock = window.docks["prompt" if key == "ink" else key]
            dock.show()
            dock.raise_()
        window.current.panel = window.panels[panels[0]]
        window.requests.refresh()
        window.status.say("Shows what the picture was made from")
        self._say_what_differs(origin)
        self.traced.emit()

    def _say_what_differs(self, origin: Origin) -> None:
        facts, prompt, made = self._window.store.facts, self._window.store.prompt, origin.recipe.prompt_sha256
        words = ""
        if facts is not None and facts.sha256 and origin.figures[0].sha256 not in ("", facts.sha256):
            words = f"{facts.name} has changed since this picture was made."
        elif made and prompt is not None and prompt.sha256 != made:
            words = "The prompt of this picture could not be made as it was: what it was made from has changed."
        if words and not self._window.banner.text:
            self._window.banner.say(words, notice=True)

    @Slot()
    def _forget(self) -> None:
        """Nothing is being brought back any more."""
        self._origin, self._awaited = None, ""

    def _panels(self) -> dict[str, str]:
        """The panel of every view."""
        catalogue = self._window.store.catalogue
        return {view.key: view.panel for view in catalogue.views} if catalogue else {}
