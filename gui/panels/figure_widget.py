"""What a panel asks of a widget that draws a kind of figure."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from analysis.values import FloatArray


class Pointed(QWidget):
    """What pointer and keys do to a drawing. Signals that do not apply to a kind stay silent."""

    hovered = Signal(str)
    """What is under the pointer, in words."""
    head_clicked = Signal(object)
    pair_clicked = Signal(object, object)
    cell_hovered = Signal(int, int)
    query_hovered = Signal(int)
    """The token that asks, under the pointer; −1 when there is none."""
    query_clicked = Signal(int)
    key_hovered = Signal(int)
    """The letter under the pointer; −1 when there is none."""

    def forward(self, other: "Pointed") -> None:
        """The other one emits all of this too."""
        for name in ("hovered", "head_clicked", "pair_clicked", "cell_hovered", "query_hovered", "query_clicked",
                     "key_hovered"):
            getattr(self, name).connect(getattr(other, name))


class FigureWidget(Pointed):
    """Draws the figures of one kind. What does not apply to a kind does nothing."""

    zoomed = Signal()
    """A person has zoomed or moved what is on show."""

    def show_figure(self, figure: Any) -> None:
        """Draw a figure of the kind."""
        raise NotImplementedError

    def drawing(self) -> QWidget:
        """The part that takes the keyboard."""
        return self

    def set_profiles(self, shown: bool) -> None:
        """Whether rows and columns under the crosshair are drawn as curves too."""

    def set_cursor(self, row: int | None, col: int | None) -> None:
        """A crosshair from outside: through a row, a column, or both; None, None takes it away."""

    def set_weights(self, query: int | None, weights: FloatArray | None) -> None:
        """The attention of a token to the tokens, [T]."""
