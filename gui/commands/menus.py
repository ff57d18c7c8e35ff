"""The menu bar and the keys of a window, made from the actions that are found."""

from itertools import chain, pairwise

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from gui.commands.actions import MENUS, SECTION, Action, Choices, discover
from gui.shared.context import Context
from gui.theme.text import plain_tip


class Menus(QObject):
    """Holds the QAction of every Action. What is enabled follows the store; call `refresh` when more has changed."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context, self._frame = context, context.frame
        self._menus: dict[str, QMenu] = {}
        self._live: dict[str, tuple[Action, QAction]] = {}
        self._filled: dict[str, list[tuple[Action, QAction]]] = {}
        self._orders: dict[str, list[tuple[int, QAction]]] = {}
        entries = discover()
        self._choices = {entry.menu: entry for entry in entries if isinstance(entry, Choices)}
        tops = {entry.menu.partition("/")[0] for entry in entries if entry.menu}
        for title in sorted(tops, key=menu_place):
            self._know(title, self._frame.menuBar().addMenu(f"&{title}"))
        for entry in entries:
            if isinstance(entry, Choices):
                self._add_submenu(entry.menu, entry.order).setToolTip(entry.tip)
            else:
                self._add_action(entry)
        self._draw_lines()
        store = context.store
        for signal in (store.catalogue_changed, store.model_changed):
            signal.connect(self.fill)
        for signal in (store.selection_changed, store.prompt_changed, store.scores_changed):
            signal.connect(self.refresh)
        self.fill()

    def entries(self) -> list[tuple[Action, QAction]]:
        """Everything that can be done now or later, those of the changing menus included."""
        self.fill()
        return self._all()

    def _all(self) -> list[tuple[Action, QAction]]:
        return [*self._live.values(), *chain.from_iterable(self._filled.values())]

    def path_of(self, entry: Action) -> str:
        """The menu in which the entry stands; empty for keys only."""
        return entry.menu or next((path for path, pairs in self._filled.items() if entry in dict(pairs)), "")

    def action(self, key: str) -> QAction:
        """The QAction of one fixed action; raises KeyError for an unknown key."""
        return self._live[key][1]

    def menu(self, path: str) -> QMenu:
        """The menu at a path such as "Model/Head count"."""
        return self._menus[path]

    @Slot()
    def fill(self) -> None:
        """Fill the changing menus again, and `refresh`."""
        for path, choices in self._choices.items():
            menu = self._menus[path]
            menu.clear()
            pairs = [(entry, self._make(entry, menu)) for entry in choices.fill(self._context)]
            self._filled[path] = pairs
            menu.addActions([action for _, action in pairs])
            menu.setEnabled(bool(pairs))
            menu.menuAction().setVisible(bool(pairs) or not choices.vanishes)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Update what is enabled and what is checked."""
        for entry, action in self._all():
            action.setEnabled(entry.enabled(self._context))
            if entry.checked is not None:
                action.setChecked(entry.checked(self._context))

    def _add_action(self, entry: Action) -> None:
        action = self._make(entry, self._frame)
        self._live[entry.key] = (entry, action)
        self._frame.addAction(action)
        if entry.menu:
            self._add_submenu(entry.menu, entry.order).addAction(action)
            self._orders[entry.menu].append((entry.order, action))

    def _make(self, entry: Action, parent: QWidget) -> QAction:
        action = QAction(entry.text.replace("&", "&&"), parent)
        action.setObjectName(entry.key)
        action.setShortcuts([QKeySequence(keys) for keys in entry.shortcuts])
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(plain_tip(f"{entry.tip or entry.text} ({keys})" if keys else entry.tip or entry.text))
        action.setCheckable(entry.checked is not None)
        action.triggered.connect(lambda _=False: self.run(entry))
        return action

    def run(self, entry: Action) -> None:
        """Do it, even where its menu has it greyed."""
        entry.run(self._context)
        self.refresh()  # A click has turned the check mark already, whatever came of it.

    def _add_submenu(self, path: str, order: int) -> QMenu:
        """The menu at the path; a new one stands where its first entry would."""
        if path not in self._menus:
            above, _, title = path.rpartition("/")
            menu = self._add_submenu(above, order).addMenu(title)
            self._orders[above].append((order, menu.menuAction()))
            self._know(path, menu)
        return self._menus[path]

    def _know(self, path: str, menu: QMenu) -> None:
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.fill if path in self._choices else self.refresh)
        self._menus[path], self._orders[path] = menu, []

    def _draw_lines(self) -> None:
        for path, orders in self._orders.items():
            for (before, _), (order, action) in pairwise(orders):
                if before // SECTION != order // SECTION:
                    self._menus[path].insertSeparator(action)


def menu_place(path: str) -> tuple[int, str]:
    """For sorting by menu, in the order of the menu bar: an unknown one just before Help."""
    title = path.partition("/")[0]
    return (MENUS.index(title) * 2 if title in MENUS else 2 * len(MENUS) - 3, title)
