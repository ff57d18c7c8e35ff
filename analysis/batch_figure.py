"""The batch command's picture of one view: --figure VIEW --save FILE."""

from dataclasses import dataclass

from analysis.figures.formats import format_of
from analysis.figures.page import Piece, save_page
from analysis.figures.style import NARROWEST, ONE_COLUMN, WIDEST, Style
from analysis.session.session import Session
from analysis.values import HeadId, Option, Options, PromptSpec, Selection, UserError, as_options


@dataclass(frozen=True)
class FigureRequest:
    """What the command line says of the picture."""

    figure: str | None = None
    head: str | None = None
    option: tuple[str, ...] = ()
    save: str | None = None
    width: float | None = None

    def check(self) -> None:
        """Raises UserError where no picture can be asked for so; nothing needs to be open."""
        if not self.figure:
            given = {"--save": self.save, "--head": self.head, "--option": self.option, "--width": self.width}
            if extra := next((name for name, value in given.items() if value), None):
                raise UserError(f"{extra} goes with a view: give --figure VIEW as well.")
            return
        if not self.save:
            raise UserError("--figure needs a place for its picture: give --save FILE.pdf, .svg or .png as well.")
        format_of(self.save, "draw")
        if self.width is not None and not NARROWEST <= self.width <= WIDEST:
            raise UserError(f"--width is in millimetres, from {NARROWEST:.0f} to {WIDEST:.0f}.")

    def selection(self, session: Session) -> Selection:
        """What the view is asked for; of the first head where none is named. Raises UserError for an unknown view,
        option or head."""
        if self.figure not in session.views:
            raise UserError(f"There is no view {self.figure!r}; choose one of {', '.join(sorted(session.views))}.")
        info = session.views[self.figure].info
        heads = session.loaded.facts.heads
        head = HeadId.parse(self.head) if self.head else next(iter(heads), HeadId(0, 0))
        return Selection(head, options=_options(info.title, info.options, self.option))

    def write(self, session: Session, prompt: PromptSpec | None) -> None:
        """Draw the view of the open model and write it; `prompt`: None for the one in force, or the default one."""
        assert self.figure is not None
        assert self.save is not None
        selection, loaded = self.selection(session), session.loaded
        if not loaded.facts.weights_only and (prompt is not None or loaded.prompt is None):
            session.set_prompt(prompt)
        figure = session.figure(self.figure, selection)
        save_page((Piece(figure),), Style(width=self.width or ONE_COLUMN), self.save, "choose another --save")


def _options(view: str, options: tuple[Option, ...], given: tuple[str, ...]) -> Options:
    """key=value pairs as the view takes them."""
    known = {option.key: option for option in options}
    found = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or key not in known:
            names = f"choose one of {', '.join(known)}" if known else "leave --option out"
            raise UserError(f"{view} has no option {pair!r} in the form key=value; {names}.")
        found[key] = _checked(known[key], value)
    return as_options(found)


def _checked(option: Option, value: str) -> str:
    values = [value for value, _ in option.choices]
    if option.kind == "choice" and value not in values:
        raise UserError(f"{option.key} cannot be {value!r}; choose one of {', '.join(values)}.")
    return value
