"""Widgets made in one call: with a name for screen readers and a tooltip, or one below or beside the other."""

from typing import TypeVar

from PySide6.QtWidgets import QBoxLayout, QLayout, QWidget

W = TypeVar("W", bound=QWidget)
L = TypeVar("L", bound=QBoxLayout)


def named(widget: W, name: str, tip: str = "") -> W:
    """The same widget with its name and its tooltip."""
    widget.setAccessibleName(name)
    widget.setToolTip(tip)
    return widget


def lined_up(layout: L, *parts: QWidget | QLayout, grows: QWidget | QLayout | None = None, spacing: int = 0,
             margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> L:
    """The same layout with these parts in it; `grows` takes the room that the others leave."""
    layout.setContentsMargins(*margins)
    layout.setSpacing(spacing)
    for part in parts:
        stretch = int(part is grows)
        if isinstance(part, QWidget):
            layout.addWidget(part, stretch)
        else:
            layout.addLayout(part, stretch)
    return layout
