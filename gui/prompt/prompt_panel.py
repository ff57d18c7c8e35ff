"""The prompt: as ink or as tokens where it is handwriting, else as tokens alone."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QTabBar, QWidget

from analysis.values import PromptFacts
from gui.panels.panel import FigurePanel
from gui.prompt.token_strip import TokenStrip
from gui.theme.widgets import lined_up, named

PAGES = (("Ink", "The prompt as it is written"), ("Tokens", "The prompt as its tokens"))


class PromptPanel(QWidget):
    """Two pages, the ink and the token strip; their tabs are at the left, which saves height."""

    page_changed = Signal()

    def __init__(self, ink: FigurePanel, strip: TokenStrip, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strip = strip
        self.tabs = named(QTabBar(self, shape=QTabBar.Shape.RoundedWest, drawBase=False), "Prompt: views")
        for index, (title, tip) in enumerate(PAGES):
            self.tabs.addTab(title)
            self.tabs.setTabToolTip(index, tip)
        self.pages = QStackedLayout()
        self.pages.addWidget(ink)
        self.pages.addWidget(strip)
        lined_up(QHBoxLayout(self), self.tabs, self.pages, grows=self.pages)
        self.tabs.currentChanged.connect(self._show_page)
        self.set_prompt(None, None)

    def set_prompt(self, prompt: PromptFacts | None, sample: int | None) -> None:
        """The tokens of a sample (None: the mean), and whether there is ink; the page a person chose stays."""
        self._strip.set_prompt(prompt, sample)
        self.tabs.setVisible(prompt is not None and prompt.handwriting)
        self._show_page()

    def shows_ink(self) -> bool:
        return self.pages.currentIndex() == 0

    def _show_page(self) -> None:
        self.pages.setCurrentIndex(1 if self.tabs.isHidden() else self.tabs.currentIndex())
        self.page_changed.emit()
