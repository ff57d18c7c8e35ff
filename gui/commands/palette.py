"""The command palette: type a few letters of an action, a head or a view, and Return does it."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Slot
from PySide6.QtGui import QFont, QKeyEvent, QKeySequence, QPainter, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from analysis.values import HeadId
from gui.commands.fuzzy import Fit, fit
from gui.commands.menus import Menus, menu_place
from gui.panels.panel import Panels
from gui.shared.context import Context
from gui.shared.store import Store
from gui.theme import colors
from gui.theme.search_line import SearchLine
from gui.window.docks import CurrentPanel

Index = QModelIndex | QPersistentModelIndex
ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole
WIDTH, ROWS, MARGIN = 560, 12, 8
MOST = 200
"""More lines than anybody reads."""
REMEMBERED = 6
TIP_LETTERS, BY_TIP = 4, 5
"""From so many letters on the tips are searched too; such a fit ranks after all others."""
WALK = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -ROWS, Qt.Key.Key_PageDown: ROWS}

class Item(NamedTuple):
    """One line of the palette."""

    key: str
    title: str
    where: str
    """Its menu, or what is known of a head: small, at the right."""
    run: Callable[[], object]
    keys: str = ""
    tip: str = ""
    enabled: bool = True


def items(store: Store, menus: Menus, panels: Panels, current: CurrentPanel) -> list[Item]:
    """Everything, in the order of the menus, then views by panel, then heads by layer."""
    return [*_actions(menus), *_views(store, panels, current), *_heads(store)]


def _actions(menus: Menus) -> Iterator[Item]:
    entries = [pair for pair in menus.entries() if pair[0].key != "go.palette"]
    for entry, action in sorted(entries, key=lambda pair: menu_place(menus.path_of(pair[0]))):
        path = menus.path_of(entry)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        title = entry.title or (f"{path.partition('/')[2]}: {entry.text}" if "/" in path else entry.text)
        yield Item(entry.key, title, path.partition("/")[0], partial(menus.run, entry), keys, entry.tip,
                   action.isEnabled())


def _views(store: Store, panels: Panels, current: CurrentPanel) -> Iterator[Item]:
    for view in store.catalogue.views if store.catalogue else ():
        panel = panels.get(view.panel)
        if panel is not None:
            title, show = f"{panel.accessibleName()}: {view.title}", partial(current.show_view, view.panel, view.key)
            yield Item(f"view:{view.key}", title, "View", show, "", view.tip, store.facts is not None)


def _heads(store: Store) -> Iterator[Item]:
    for head in store.facts.heads if store.facts else ():
        yield Item(f"head:{head}", str(head), _known_of(store, head), partial(store.select, head), "", f"Select {head}")


def _known_of(store: Store, head: HeadId) -> str:
    """The head's first score."""
    scores, catalogue = store.scores, store.catalogue
    if scores is None or catalogue is None or not catalogue.scores:
        return "Head"
    info = catalogue.scores[0]
    value = scores.value(info.key, head)
    return f"{info.title} {value:{info.number_format}}" if math.isfinite(value) else "Head"


Found = tuple[Item, Fit]


def search(typed: str, among: Sequence[Item], recent: Sequence[str] = ()) -> list[Found]:
    """The items that fit, best first; of equally good ones those used lately, and else in their order."""
    found = [(item, how) for item in among if (how := fit(typed, item.title) or by_tip(typed, item.tip)) is not None]
    rank = {key: place for place, key in enumerate(recent)}

    def worth(one: Found) -> tuple[Any, ...]:
        item, how = one
        used = rank.get(item.key, len(rank))
        last = how.how == BY_TIP
        return (last, not item.enabled, how.how, used, how) if typed.strip() else (used, not item.enabled)

    return sorted(found, key=worth)[:MOST]


def by_tip(typed: str, tip: str) -> Fit | None:
    """Ranks after any fit of the title: the tip contains what is typed."""
    at = tip.lower().find(typed.strip().lower())
    return Fit(BY_TIP, 0, at, len(tip)) if len(typed.strip()) >= TIP_LETTERS and at >= 0 else None


class FoundDelegate(QStyledItemDelegate):
    """The title with the letters that fit in bold; place and keys at the right."""

    found: Sequence[Found] = ()
    """What each line of the list stands for."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item, how = self.found[index.row()]
        palette: QPalette = option.palette
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(option.rect, palette.highlight())
        group = QPalette.ColorGroup.Active if item.enabled else QPalette.ColorGroup.Disabled
        text = palette.color(group, QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text)
        room: QRect = option.rect.adjusted(MARGIN, 0, -MARGIN, 0)
        painter.save()
        painter.setPen(text if chosen else colors.quiet(palette))
        right = "   ".join(word for word in (item.where, item.keys) if word)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, right)
        painter.setPen(text)
        room.setRight(room.right() - painter.fontMetrics().horizontalAdvance(right) - 2 * MARGIN)
        self._draw_title(painter, room, item.title, set(how.letters))
        painter.restore()

    def _draw_title(self, painter: QPainter, room: QRect, title: str, bold: set[int]) -> None:
        painter.setClipRect(room)
        plain, strong = QFont(painter.font()), QFont(painter.font())
        strong.setBold(True)
        left, start = room.left(), 0
        while start < len(title):
            end = start + 1
            while end < len(title) and (end in bold) == (start in bold):
                end += 1
            painter.setFont(strong if start in bold else plain)
            place = QRect(left, room.top(), room.width(), room.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title[start:end])
            left += painter.fontMetrics().horizontalAdvance(title[start:end])
            start = end

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, option.fontMetrics.height() + 8)


class Palette(QFrame):
    """Lies over the upper middle of the window while it is open; closes with Esc, a click elsewhere, or a choice."""

    def __init__(self, context: Context, menus: Menus, panels: Panels, current: CurrentPanel) -> None:
        super().__init__(context.frame)
        self._frame, self._current = context.frame, current
        self._find_items = partial(items, context.store, menus, panels, current)
        self._items: list[Item] = []
        self.found: list[Found] = []
        """What the lines on show stand for."""
        self._recent: list[str] = []
        self.setObjectName("palette")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        self.setAccessibleName("Command palette")
        self.line = SearchLine("Find an action, a head or a view", "An action, a head or a view",
                               "Type a few letters; Up and Down choose, Return does it, Esc leaves", self)
        self.line.textChanged.connect(self._search)
        self.line.installEventFilter(self)
        self.list = QListWidget(self)
        self._delegate = FoundDelegate(self.list)
        self.list.setItemDelegate(self._delegate)
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setAccessibleName("What was found")
        self.line.returnPressed.connect(lambda: self._run(self.list.currentRow()))
        self.list.clicked.connect(lambda index: self._run(index.row()))
        self._words = QLabel("Nothing found.")
        self._words.setMargin(MARGIN)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        for part in (self.line, self.list, self._words):
            column.addWidget(part)
        self.hide()

    @Slot()
    def open(self) -> None:
        """Show it with everything in it, or close it if it is open."""
        if self.isVisible():
            self.close_()
            return
        self._items = self._find_items()
        self.line.clear()
        self._search("")
        self._place()
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_(self) -> None:
        """Hide it and give the keyboard back."""
        if self.isVisible():
            self.hide()
            self._current.panel.setFocus()

    def _place(self) -> None:
        frame = self._frame
        width = min(WIDTH, frame.width() - 4 * MARGIN)
        height = self.line.sizeHint().height() + ROWS * (self.fontMetrics().height() + 8) + 3 * MARGIN
        top = frame.menuBar().geometry().bottom() + 4 * MARGIN
        self.setGeometry((frame.width() - width) // 2, top, width, min(height, frame.height() - top - 4 * MARGIN))

    @Slot(str)
    def _search(self, typed: str) -> None:
        self.found = self._delegate.found = search(typed, self._items, self._recent)
        self.list.clear()
        for item, _ in self.found:
            line = QListWidgetItem(item.title, self.list)
            line.setToolTip(item.tip)
            line.setData(ACCESSIBLE, ", ".join(word for word in (item.title, item.where, item.keys) if word))
            if not item.enabled:
                line.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.setVisible(bool(self.found))
        self._words.setVisible(not self.found)
        self.list.setCurrentRow(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress:
            return self._key(cast(QKeyEvent, event))
        if event.type() == QEvent.Type.ShortcutOverride and cast(QKeyEvent, event).key() == Qt.Key.Key_Escape:
            event.accept()  # Esc is for the palette, not for a message behind it
        if event.type() == QEvent.Type.FocusOut and not self.isAncestorOf(self._frame.focusWidget() or self._frame):
            self.hide()
        return False

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.close_()
        elif key in WALK and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            row = self.list.currentRow() + WALK[key]
            self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
        else:
            return False
        return True

    def _run(self, row: int) -> None:
        if row >= 0 and (item := self.found[row][0]).enabled:
            self._recent = [item.key, *(key for key in self._recent if key != item.key)][:REMEMBERED]
            self.close_()
            item.run()
