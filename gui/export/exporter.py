"""Saving and copying what the window shows: figures drawn for paper, the whole window, numbers, Python."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication

from analysis.figures.formats import Format, formats, save_numbers
from analysis.figures.kind import Piece
from analysis.figures.page import save_page
from analysis.figures.style import Style
from analysis.session.recipe import as_python
from analysis.values import UserError
from gui.export.clipboard import Copier
from gui.export.dialog import ExportDialog
from gui.export.shown import piece_of, pieces
from gui.export.widget_picture import WidgetPicture, save_image
from gui.panels.panel import FigurePanel
from gui.shared.background import Background
from gui.shared.context import Context
from gui.shared.file_dialogs import ask_where

PNG = "PNG (*.png)"
STYLE = "figure"


class Exporter(QObject):
    """Asks where to, and saves in the background."""

    def __init__(
        self, context: Context, panels: dict[str, FigurePanel], current: Callable[[], FigurePanel]
    ) -> None:
        """`panels`: all of them by key, in the order of the dialog; `current`: returns the panel used last."""
        super().__init__(context)
        self._context, self._panels, self._current = context, panels, current
        self.copier, self.saver = Copier(self), Background(self, "Saving")
        self._drawing = Background(self, "Drawing the page")
        self.dialog: ExportDialog | None = None
        self._checked: tuple[str, ...] = ()
        """The panels on the page of the last export."""
        self._painting: WidgetPicture | None = None
        self.saver.done.connect(self._saved)
        self.saver.failed.connect(lambda path, sentence: context.say(sentence))
        self.copier.copied.connect(lambda: context.tell("Copied the figure"))
        self.copier.failed.connect(context.say)

    @Slot()
    def finish(self) -> None:
        """The window closes: nothing is left half done."""
        if self.dialog is not None:
            self.dialog.reject()
        if self._painting is not None:
            self._painting.stop()
        for work in (self._drawing, self.copier, self.saver):
            work.finish()

    # ---- figures ---------------------------------------------------------------------------------------------

    def export_figure(self) -> None:
        """Ask which panels go on a page and how it looks."""
        found = pieces(self._panels)
        if not found:
            self._context.say("There is no figure to export yet; wait until a panel has drawn.")
            return
        key = self._current().key
        key = key if key in found else next(iter(found))
        names = {key: panel.accessibleName() for key, panel in self._panels.items()}
        chosen = self._checked if key in self._checked else (key,)
        dialog = ExportDialog(found, names, chosen, self._style(), self._drawing, self._context.frame)
        dialog.save_wanted.connect(self._save_figure)
        dialog.copy_wanted.connect(self.copier.copy)
        dialog.finished.connect(self._closed)
        self.dialog = dialog
        dialog.open()

    def copy_figure(self) -> None:
        """The panel used last, in the style chosen last, to the clipboard."""
        piece = piece_of(self._current())
        if piece is None:
            self._context.say("This panel has no figure to copy yet; wait until it has drawn.")
        else:
            self.copier.copy((piece,), self._style())

    def copy_python(self) -> None:
        """Lines that compute the figure of the panel used last."""
        figure = self._current().figure()
        if figure is None:
            self._context.say("This panel has no figure yet; wait until it has drawn.")
            return
        try:
            code = as_python(figure)
        except UserError as error:
            self._context.say(str(error))
            return
        QGuiApplication.clipboard().setText(code)
        self._context.tell(f"Copied: Python that computes {figure.title}")

    def _style(self) -> Style:
        return Style.from_kept(self._context.settings.choices(STYLE))

    @Slot(object, object)
    def _save_figure(self, chosen: tuple[Piece, ...], style: Style) -> None:
        kinds = sorted((form for form in formats().values() if form.draw), key=lambda form: form.key != style.format)
        name = chosen[0].figure.title if len(chosen) == 1 else "figure"
        save = partial(save_page, chosen, style)
        if self._save(f"{self._model_name()} {name}.{style.format}", _kinds(kinds), save) and self.dialog:
            self.dialog.accept()

    @Slot(int)
    def _closed(self, result: int) -> None:
        if self.dialog is not None:
            self._context.settings.keep_choices(STYLE, self.dialog.style_now().kept())
            self._checked = self.dialog.checked()
            self.dialog.deleteLater()
            self.dialog = None

    # ---- numbers, window -------------------------------------------------------------------------------------

    def export_numbers(self) -> None:
        """The numbers of the panel used last."""
        panel = self._current()
        figure = panel.figure()
        if figure is None:
            self._context.say("This panel has no numbers to export yet; wait until it has drawn.")
            return
        kinds = _kinds(form for form in formats().values() if form.write)
        self._save(f"{self._model_name()} {figure.title}.npz", kinds, partial(save_numbers, figure))
        panel.setFocus()

    def export_window(self, scale: int) -> None:
        """All of it, as it is seen; it says what its figures were made from."""
        shown = tuple(pieces(self._panels).values())
        name = f"{self._model_name()} {self._context.store.selection.head}.png"
        if path := ask_where(self._context.frame, self._context.settings, name, PNG):
            self._painting = WidgetPicture(self._context.frame, scale)
            self._painting.done.connect(
                lambda image: self._write(path, partial(save_image, image, pieces=shown))
            )

    def _model_name(self) -> str:
        facts = self._context.store.facts
        return Path(facts.name).stem if facts else "headscope"

    def _save(self, name: str, kinds: str, save: Callable[[str], None]) -> bool:
        """Whether a person has said where to."""
        path = ask_where(self.dialog or self._context.frame, self._context.settings, name, kinds)
        if path:
            self._write(path, save)
        return bool(path)

    def _write(self, path: str, save: Callable[[str], None]) -> None:
        self._context.tell(f"Saving {path}…")
        self.saver.run(partial(save, path), path)

    @Slot(object, object)
    def _saved(self, path: str, nothing: None) -> None:
        self._context.tell(f"Saved {path}")


def _kinds(found: Iterable[Format]) -> str:
    """Formats as a file dialog offers them."""
    return ";;".join(f"{form.title} (*.{form.key})" for form in found)
