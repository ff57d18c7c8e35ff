"""The panel for those options of a prompt source that are seldom needed."""

from PySide6.QtWidgets import QFormLayout, QMenu, QPushButton, QWidget, QWidgetAction

from gui.panels.controls import OptionControl


class MoreButton(QPushButton):
    """Opens a panel with the controls that are seldom needed, one under the other."""

    def __init__(self, controls: list[OptionControl]) -> None:
        super().__init__("More")
        self.setAccessibleName("More of the prompt")
        self.setToolTip("How the prompt is made, in detail")
        form = QWidget()
        rows = QFormLayout(form)
        for control in controls:
            rows.addRow(control.option.label, control.widget)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(form)
        menu.addAction(action)
        self.setMenu(menu)
