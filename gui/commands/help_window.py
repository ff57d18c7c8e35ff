"""Help: first steps, every score and view with its formula, symbols and keys, with a line to search them."""

from html import escape

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QLabel, QTabWidget, QTextBrowser, QVBoxLayout

from gui.commands.help_texts import Entry, Page, pages
from gui.commands.menus import Menus
from gui.shared.context import Context
from gui.theme.search_line import SearchLine

SIZE = (720, 620)


class HelpWindow(QDialog):
    """Does not block the window; filled anew whenever it is shown."""

    def __init__(self, context: Context, menus: Menus) -> None:
        super().__init__(context.frame)
        self._store, self._menus = context.store, menus
        self._pages: tuple[Page, ...] = ()
        self.setWindowTitle("Headscope help")
        self._line = SearchLine(
            "Search the help", "Search: induction, norm, zoom …", "Shows only what has all these words", self)
        self._line.textChanged.connect(self._fill)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName("Help pages")
        self._nothing = QLabel("No page has all these words.")
        self._nothing.hide()
        column = QVBoxLayout(self)
        for part in (self._line, self._nothing, self.tabs):
            column.addWidget(part)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.activated.connect(self._line.setFocus)
        self.resize(*SIZE)

    def show_page(self, title: str = "", search: str = "") -> None:
        """Show a page (the one shown last where no title is given), of it only what has these words."""
        self._make_pages()
        self._line.setText(search)
        self._fill()
        titles = [page.title for page in self._pages]
        if title in titles:
            self.tabs.setCurrentIndex(titles.index(title))
        self.show()
        self.activateWindow()
        (self.tabs.currentWidget() if search else self._line).setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_pages(self) -> None:
        self._pages = pages(self._store.catalogue, self._menus)
        while self.tabs.count() < len(self._pages):
            browser = QTextBrowser(self)
            browser.setFrameShape(QTextBrowser.Shape.NoFrame)
            browser.document().setDocumentMargin(12)
            page = self._pages[self.tabs.count()]
            browser.setAccessibleName(f"Help: {page.title}")
            self.tabs.addTab(browser, page.title)

    @Slot()
    def _fill(self) -> None:
        """Every page with what was searched; its tab counts what it has, and the first that has any comes forward."""
        words = self._line.text().lower().split()
        counts = []
        for place, page in enumerate(self._pages):
            found = [entry for entry in page.entries if _has(entry, words)]
            browser = self.tabs.widget(place)
            assert isinstance(browser, QTextBrowser)
            browser.setHtml(_html(found, page.table))
            self.tabs.setTabText(place, f"{page.title} ({len(found)})" if words else page.title)
            self.tabs.setTabEnabled(place, bool(found) or not words)
            counts.append(len(found))
        self._nothing.setVisible(bool(words) and not any(counts))
        if words and any(counts) and not counts[self.tabs.currentIndex()]:
            self.tabs.setCurrentIndex(next(place for place, count in enumerate(counts) if count))


def _has(entry: Entry, words: list[str]) -> bool:
    options = " ".join(f"{label} {tip}" for label, tip in entry.options)
    text = f"{entry.title} {entry.text} {entry.formula} {entry.source} {options}".lower()
    return all(word in text for word in words)


def _html(entries: list[Entry], table: bool) -> str:
    if table:
        cells = (f"<tr><td style='padding: 2px 18px 2px 0; white-space: nowrap'><b>{escape(entry.title)}</b></td>"
                 f"<td style='padding: 2px 0'>{escape(entry.text)}</td></tr>" for entry in entries)
        return f"<table>{''.join(cells)}</table>"
    return "".join(map(_paragraphs, entries))


def _paragraphs(entry: Entry) -> str:
    lines = [f"<p style='margin-bottom: 2px'><b>{escape(entry.title)}</b></p>",
             f"<p style='margin: 0 0 2px 0'>{escape(entry.text)}</p>"]
    if entry.formula:
        lines.append(f"<p style='margin: 0 0 2px 16px'><i>{escape(entry.formula)}</i></p>")
    lines += (f"<p style='margin: 0 0 2px 16px'><b>{escape(label)}</b> {escape(tip)}</p>"
              for label, tip in entry.options)
    if entry.source:
        lines.append(f"<p style='margin: 0 0 2px 0'><small>Source: {escape(entry.source)}</small></p>")
    return "".join(lines)
