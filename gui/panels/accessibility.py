"""What a screen reader is told of the drawings that a widget paints itself: name, value under the cursor, how to move.

Qt knows such a widget only as an empty one. A widget that defines `spoken() -> Spoken` gets its texts from there.
"""

from dataclasses import dataclass
from typing import Any, cast

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface, QAccessibleValueChangeEvent
from PySide6.QtWidgets import QAccessibleWidget, QWidget


@dataclass(frozen=True)
class Spoken:
    name: str
    value: str
    """What is under the cursor, in words; empty when there is none."""
    description: str


class SpokenWidget(QAccessibleWidget):
    """A drawing as Qt's accessibility sees it."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, QAccessible.Role.Chart, "")

    def text(self, kind: QAccessible.Text) -> str:
        spoken: Spoken = cast(Any, self.object()).spoken()
        texts = {QAccessible.Text.Name: spoken.name, QAccessible.Text.Value: spoken.value,
                 QAccessible.Text.Description: spoken.description}
        return texts[kind] if kind in texts else super().text(kind)


def _make(class_name: str, thing: QObject) -> QAccessibleInterface | None:
    return SpokenWidget(thing) if isinstance(thing, QWidget) and hasattr(type(thing), "spoken") else None


QAccessible.installFactory(_make)


def say(widget: QWidget, words: str) -> None:
    """The cursor has moved: screen readers are told."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleValueChangeEvent(widget, words))
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))
