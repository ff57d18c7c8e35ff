"""A line to search or filter by, with a button that empties it."""

from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from gui.theme.named import named


class SearchLine(QLineEdit):
    """Its name and tip are for people; the button, which Qt leaves without, has them too."""

    def __init__(self, name: str, placeholder: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, placeholderText=placeholder, clearButtonEnabled=True)
        named(self, name, tip)
        for button in self.findChildren(QToolButton):
            named(button, "Clear", "Empty the line")
