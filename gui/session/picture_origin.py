"""From an exported picture back to its checkpoint, and to the view that it shows."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot

from analysis.figures import stamp
from analysis.values import OpenRequest, Provenance, Recipe, UserError, as_options, names_demo
from gui.session.opening import Opener
from gui.session.restorer import Restorer
from gui.session.saved_view import SavedView, to_sections
from gui.shared.background import Background
from gui.shared.context import Context
from gui.window.banner import Banner
from gui.window.docks import CurrentPanel

CHUNK = 2**20


@dataclass(frozen=True)
class PictureOrigin:
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

    @property
    def request(self) -> OpenRequest:
        """With the options of all its figures."""
        recipe = self.recipe
        options = {key: value for one in self.recipes for key, value in one.selection.options}
        selection = replace(recipe.selection, options=as_options(options))
        return OpenRequest(self.place, recipe.n_heads or None, recipe.data or None, recipe.prompt, selection)


def find(path: str, shown: tuple[str, int], recent: list[str], wanted: Callable[[], bool]) -> PictureOrigin:
    """Reads a picture and looks for its checkpoint; `shown`: the hash and head count of the open model.

    Raises UserError where the picture does not say, or where its checkpoint is not at hand. Hashing stops when the
    answer is no longer wanted.
    """
    figures = tuple(stamp.read(path))
    origin = PictureOrigin(figures)
    sha256, recipe = figures[0].sha256, origin.recipe
    if sha256 and shown[0] == sha256 and recipe.n_heads in (0, shown[1]):
        return replace(origin, is_open=True)
    if names_demo(recipe.path):
        return replace(origin, place=recipe.path)
    name = Path(recipe.path).name
    beside = str(Path(path).parent / name)
    # Those of the same name first: the others are read only when it has moved and was renamed.
    places = dict.fromkeys([recipe.path, beside, *sorted(recent, key=lambda place: Path(place).name != name)])
    for place in places:
        if wanted() and _fits(place, sha256, place == recipe.path, wanted):
            return replace(origin, place=place)
    changed = "has changed since this picture was made" if Path(recipe.path).exists() else "is not there any more"
    raise UserError(f"{recipe.path} {changed}, and no file opened lately is the checkpoint with SHA-256 "
                    f"{sha256[:12]}…; open that checkpoint, then drop the picture again.")


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


class PictureOpener(QObject):
    """Restores the view that a picture shows; its checkpoint is looked for without holding up the window."""

    def __init__(self, context: Context, opener: Opener, restorer: Restorer) -> None:
        super().__init__(context)
        self._context, self._opener, self._restorer, self._newest = context, opener, restorer, 0
        self._background = Background(self, "Reading the picture")
        self._background.done.connect(self._found)
        self._background.failed.connect(self._lost)

    def open(self, path: str) -> None:
        """Restore the view that the picture shows."""
        store = self._context.store
        if store.catalogue is None:  # Which views there are is not known yet.
            store.catalogue_changed.connect(partial(self.open, path), Qt.ConnectionType.SingleShotConnection)
            return
        self._newest = number = self._newest + 1
        shown = (store.facts.sha256, store.facts.n_heads) if store.facts else ("", 0)
        recent = self._context.settings.recent
        self._context.tell(f"Reading {Path(path).name}…")
        self._background.run(lambda: find(path, shown, recent, lambda: number == self._newest), number)

    def finish(self) -> None:
        """The window closes: nothing is looked for any more."""
        self._newest += 1
        self._background.finish()

    @Slot(object, str)
    def _lost(self, number: int, words: str) -> None:
        if number == self._newest:
            self._context.say(words)
            self._opener.tell_nothing_open()

    @Slot(object, object)
    def _found(self, number: int, origin: PictureOrigin) -> None:
        store = self._context.store
        panels = {view.key: view.panel for view in store.catalogue.views} if store.catalogue else {}
        unknown = [recipe.view for recipe in origin.recipes if recipe.view not in panels]
        if unknown:
            self._lost(number, f"This picture shows the view {unknown[0]!r}, which this version does not have.")
        elif number == self._newest:
            views = {panels[recipe.view]: recipe.view for recipe in origin.recipes}
            request, sha256 = origin.request, origin.figures[0].sha256
            if request.selection is not None:  # Options of views that the picture does not show stay.
                options = as_options(dict(store.selection.options) | dict(request.selection.options))
                request = replace(request, selection=replace(request.selection, options=options))
            sections = to_sections(request, sha256) | {"panels": {"views": views}}
            show = partial(self._show, list(views), origin.recipe.prompt_sha256)
            self._restorer.restore(SavedView(request, sections, origin.is_open, sha256=sha256,
                                             since="this picture was made", then=show))

    def _show(self, panels: list[str], prompt_sha256: str) -> None:
        """The panels come to the front, the first one last; what could not be made as it was is said."""
        for key in reversed(panels):
            self._context[CurrentPanel].focus(key)
        self._context.tell("Shows what the picture was made from")
        prompt = self._context.store.prompt
        differs = prompt_sha256 and prompt is not None and prompt.sha256 != prompt_sha256
        if differs and not self._context[Banner].text:
            self._context.note("The prompt of this picture could not be made as it was: what it was made from has "
                               "changed.")
