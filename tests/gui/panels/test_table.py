"""Tables: clicks, headings, tooltips."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from analysis.values import HeadId
from gui.panels.samples import table
from gui.panels.table import Table

from .looking import settle, show


def click_row(widget: Table, row: int) -> None:
    spot = widget.view.visualRect(widget.rows.index(row, 0)).center()
    QTest.mouseClick(widget.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)


def test_that_a_click_on_a_row_selects_its_head_or_its_pair(qtbot):
    widget = show(qtbot, Table())
    widget.show_figure(table())
    settle()
    with qtbot.waitSignal(widget.pair_clicked) as caught:
        click_row(widget, 4)
    assert caught.args == [HeadId(0, 3), HeadId(1, 5)]
    with qtbot.waitSignal(widget.head_clicked) as caught:
        click_row(widget, 6)
    assert caught.args == [HeadId(1, 2)]


def test_that_a_click_on_a_plain_row_or_a_heading_selects_nothing(qtbot):
    widget = show(qtbot, Table())
    widget.show_figure(table())
    settle()
    with qtbot.assertNotEmitted(widget.head_clicked), qtbot.assertNotEmitted(widget.pair_clicked):
        click_row(widget, 0)
        click_row(widget, 1)


def test_that_headings_span_the_columns_and_are_bold(qtbot):
    widget = show(qtbot, Table())
    widget.show_figure(table())
    assert widget.view.columnSpan(0, 0) == 3
    assert widget.view.columnSpan(1, 0) == 1
    assert widget.rows.data(widget.rows.index(0, 0), Qt.ItemDataRole.FontRole).bold()


def test_that_rows_carry_their_tooltip_and_numbers_stand_right(qtbot):
    widget = show(qtbot, Table())
    widget.show_figure(table())
    index = widget.rows.index(1, 1)
    assert "previous occurrence" in widget.rows.data(index, Qt.ItemDataRole.ToolTipRole)
    assert widget.rows.data(index, Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight


def test_that_hover_says_the_row(qtbot):
    widget = show(qtbot, Table())
    widget.show_figure(table())
    settle()
    with qtbot.waitSignal(widget.hovered) as caught:
        QTest.mouseMove(widget.view.viewport(), widget.view.visualRect(widget.rows.index(1, 0)).center())
    assert caught.args == ["Induction: 0.93"]
