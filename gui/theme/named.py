"""What every control has: a name for screen readers, and a tooltip."""

from typing import TypeVar

from PySide6.QtWidgets import QWidget

W = TypeVar("W", bound=QWidget)


def named(widget: W, name: str, tip: str = "") -> W:
    """The same widget with its name and its tooltip."""
    widget.setAccessibleName(name)
    widget.setToolTip(tip)
    return widget
