"""Walking over a window as a screen reader and as a keyboard do."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QMenuBar,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QWidget,
)

Role = QAccessible.Role
CONTROLS = {
    Role.Button, Role.ButtonMenu, Role.ButtonDropDown, Role.CheckBox, Role.RadioButton, Role.ComboBox,
    Role.EditableText, Role.SpinBox, Role.Slider, Role.PageTab, Role.PageTabList, Role.Tree, Role.Table, Role.List,
    Role.Chart, Role.MenuItem, Role.ColumnHeader, Role.ProgressBar,
}
"""Roles that a person does something with, or looks something up in."""


def interfaces(top: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """The interface and all below it that are visible; rows of trees and tables are not walked."""
    yield top
    if top.role() in (Role.Tree, Role.Table, Role.List, Role.ComboBox, Role.SpinBox):
        return
    for place in range(top.childCount()):
        child = top.child(place)
        if child is not None and child.isValid() and not child.state().invisible:
            yield from interfaces(child)


def unnamed(window: QWidget) -> list[str]:
    """What a screen reader could only call "button": every visible control without a name or a description."""
    found = []
    for told in interfaces(QAccessible.queryAccessibleInterface(window)):
        if told.role() not in CONTROLS or _is_decoration(told.object()):
            continue
        if isinstance(told.parent().object(), QMenuBar | QDialogButtonBox):
            continue  # menus say what is in them; Close closes
        name, words = told.text(QAccessible.Text.Name), told.text(QAccessible.Text.Description)
        if not name or not (words or told.role() in (Role.PageTabList, Role.ColumnHeader, Role.PageTab)):
            found.append(f"{told.role()} {told.object()!r} named {name!r}, described {words!r}")
    return found


def _is_decoration(widget: object) -> bool:
    """Parts of Qt's own controls: scroll buttons of tab bars, the corner of a table."""
    parent = widget.parent() if isinstance(widget, QWidget) else None
    return isinstance(parent, QTabBar | QAbstractScrollArea) and isinstance(widget, QAbstractButton)


def tab_stops(window: QWidget) -> list[QWidget]:
    """The widgets that the Tab key reaches from the first one until it is there again, pressed as a person does."""
    stops: list[QWidget] = []
    _press_tab(window, window)
    while (now := QApplication.focusWidget()) is not None and now not in stops:
        stops.append(now)
        if len(stops) > 300:
            raise AssertionError("Tab never comes back to where it began")
        _press_tab(window, now)
    if QApplication.focusWidget() is not stops[0]:
        raise AssertionError(f"Tab is trapped at {QApplication.focusWidget()!r}")
    return stops


def _press_tab(window: QWidget, at: QWidget) -> None:
    QTest.keyClick(at, Qt.Key.Key_Tab)
    QApplication.processEvents()


def focusable(window: QWidget) -> list[QWidget]:
    """All visible, enabled widgets that take the keyboard by Tab."""
    return [
        widget for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled()
        and widget.focusProxy() is None and widget.window() is window
        and not isinstance(widget.parent(), QAbstractSpinBox | QComboBox) and not _is_decoration(widget)
    ]


def clipped(window: QWidget) -> list[str]:
    """Every visible label, button, list, line and tab whose text has not the room that it asks for."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or _is_decoration(widget) or widget.visibleRegion().isEmpty():
            continue
        if (problem := _lack(widget)) is not None:
            found.append(f"{type(widget).__name__} {_text(widget)!r}: {problem}")
    return found


def _lack(widget: QWidget) -> str | None:
    metrics, room = widget.fontMetrics(), widget.contentsRect()
    if isinstance(widget, QLabel) and widget.text() and widget.wordWrap():
        if widget.textFormat() == Qt.TextFormat.RichText or "<" in widget.text():
            return None
        needed = metrics.boundingRect(QRect(0, 0, room.width(), 10_000), int(Qt.TextFlag.TextWordWrap), widget.text())
        return f"{needed.height()} px of {room.height()} high" if needed.height() > room.height() + 1 else None
    if isinstance(widget, QLabel) and widget.text():
        wide = metrics.horizontalAdvance(widget.text().replace("&", "") if widget.buddy() else widget.text())
        if wide > room.width() + 1:
            return f"{wide} px of {room.width()} wide"
    kinds = QLabel | QAbstractButton | QLineEdit | QComboBox | QAbstractSpinBox
    if isinstance(widget, kinds) and _text(widget) and metrics.height() > widget.height():
        return f"a line of {metrics.height()} px in {widget.height()}"
    if isinstance(widget, QAbstractButton) and widget.text() and widget.width() < widget.minimumSizeHint().width():
        return f"{widget.minimumSizeHint().width()} px asked for, {widget.width()} given"
    if isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        control, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        inner = widget.style().subControlRect(control, option, field, widget).width()
        wide = metrics.horizontalAdvance(widget.currentText())
        return f"{wide} px of {inner} wide" if wide > inner else None
    if isinstance(widget, QAbstractSpinBox):
        wide = metrics.horizontalAdvance(widget.text())
        inner = widget.findChild(QLineEdit)
        return f"{wide} px of {inner.width()}" if inner is not None and wide > inner.width() else None
    return None


def _text(widget: QWidget) -> str:
    for name in ("currentText", "text"):
        if hasattr(widget, name):
            return str(getattr(widget, name)())
    return ""
