"""Tables: clicks, headings, tooltips."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from analysis.values import HeadId, Row
from analysis.values import Table as Figure
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


def folding() -> Figure:
    long = "A sentence that says at some length where the evidence disagrees with itself, and why one should care."
    rows = (
        Row((long, ""), prose=True),
        Row(("Open", ""), heading=True),
        Row(("one", "1")),
        Row(("Closed", ""), heading=True, folds=True),
        Row(("two", "2")),
        Row(("Last", ""), heading=True),
        Row(("three", "3")),
    )
    return Figure("folds", ("", "value"), rows)


def shown(widget: Table) -> list[str]:
    rows = range(widget.rows.rowCount())
    return [widget.rows.index(row, 0).data() for row in rows if not widget.view.isRowHidden(row)]


def test_that_a_section_opens_and_closes_by_a_click_and_stays_so_for_the_next_head(qtbot):
    widget = show(qtbot, Table())
    widget.show_figure(folding())
    settle()
    assert shown(widget)[1:] == ["Open", "one", "▸ Closed", "Last", "three"]
    click_row(widget, 3)
    assert shown(widget)[1:] == ["Open", "one", "▾ Closed", "two", "Last", "three"]
    widget.show_figure(folding())
    assert "two" in shown(widget)
    click_row(widget, 3)
    assert "two" not in shown(widget)
    widget.show_figure(table())
    assert len(shown(widget)) == widget.rows.rowCount()


def test_that_a_section_opens_from_the_keyboard(qtbot):
    widget = show(qtbot, Table())
    widget.show_figure(folding())
    settle()
    widget.view.setFocus()
    widget.view.setCurrentIndex(widget.rows.index(3, 0))
    QTest.keyClick(widget.view, Qt.Key.Key_Return)
    assert "two" in shown(widget)


def test_that_a_sentence_gets_the_lines_it_needs_and_no_more(qtbot):
    widget = show(qtbot, Table())
    widget.resize(220, 400)
    widget.show_figure(folding())
    settle()
    line, high = widget.view.rowHeight(2), widget.view.rowHeight(0)
    assert high > 2.5 * line
    assert widget.view.columnSpan(0, 0) == 2
    widget.resize(1200, 400)
    settle()
    assert widget.view.rowHeight(0) == line
