"""The tabs of a panel, one a view, and a list of all of them where there is not room for every tab."""

from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QMenu, QTabBar, QToolButton, QWidget

from analysis.values import ViewInfo
from gui.panels.flow import GAP
from gui.theme.named import named
from gui.theme.text import explained, plain_tip

WIDEST = 16_777_215
"""Qt's own: no limit."""


class ViewTabs(QTabBar):
    """The views of a panel; `all_views` is a button that lists them, for the layout to place beside the tabs."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent, drawBase=False, expanding=False, documentMode=True, usesScrollButtons=True,
                         elideMode=Qt.TextElideMode.ElideNone)
        self.views: tuple[ViewInfo, ...] = ()
        named(self, f"{title}: views", f"Views of {title}")
        self.all_views = named(QToolButton(parent, autoRaise=True), f"{title}: all views", "All views of this panel")
        self.all_views.setText("▾")
        self.all_views.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the arrow keys reach every tab
        # Not the button's own menu: the mark of that would stand in the text, and a style sheet that hides the mark
        # keeps the colours of the theme it was made in.
        self.menu = QMenu(self.all_views)
        self.menu.setToolTipsVisible(True)
        self.all_views.clicked.connect(self._list_views)
        self.all_views.hide()

    def set_views(self, views: tuple[ViewInfo, ...]) -> None:
        """The current view stays when it still exists, else the first becomes current; without a signal."""
        before, self.views = self.view(), views
        with QSignalBlocker(self):
            while self.count():
                self.removeTab(0)
            for index, view in enumerate(views):
                self.addTab(view.title)
                self.setTabToolTip(index, explained(view.tip, view.formula))
            self.setCurrentIndex(0)
        if before is not None:
            self.set_view(before.key)
        self.setVisible(len(views) > 1)

    def view(self) -> ViewInfo | None:
        """The current one; None while there is none."""
        return self.views[self.currentIndex()] if 0 <= self.currentIndex() < len(self.views) else None

    def set_view(self, key: str) -> bool:
        """Go to a view, without a signal; whether another one is current now. An unknown key is ignored."""
        index = next((index for index, view in enumerate(self.views) if view.key == key), self.currentIndex())
        changes = index != self.currentIndex()
        with QSignalBlocker(self):
            self.setCurrentIndex(index)
        return changes

    def fit(self, width: int) -> None:
        """Into a panel of this width: the list stands beside the tabs, on their line, where it is needed."""
        shown = len(self.views) > 1 and self.sizeHint().width() > width - 2 * GAP
        self.setMaximumWidth(max(60, width - self.all_views.sizeHint().width() - 3 * GAP) if shown else WIDEST)
        if shown == self.all_views.isHidden():
            self.all_views.setVisible(shown)

    @Slot()
    def _list_views(self) -> None:
        self.menu.clear()
        for index, view in enumerate(self.views):
            action = self.menu.addAction(view.title, partial(self.setCurrentIndex, index))
            action.setToolTip(plain_tip(view.tip))
            action.setCheckable(True)
            action.setChecked(index == self.currentIndex())
        self.menu.popup(self.all_views.mapToGlobal(self.all_views.rect().bottomLeft()))
