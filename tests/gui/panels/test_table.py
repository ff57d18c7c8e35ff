"""Tables: clicks, headings, tooltips."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from analysis.figures.table import Row
from analysis.figures.table import Table as Figure
from analysis.values import HeadId
from gui.panels.heading import _broken
from gui.panels.renderers.table import Table
from gui.theme.text import with_minus
from tests.gui.panels.samples import table

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


def card() -> Figure:
    rows = (
        Row(("Attention in the second copy", "", "", ""), heading=True),
        Row(("Stripe at L−1, the follower", "0.94", "0.00", "0.03")),
        Row(("K ← L0H0", "+4.41", "0.04", "0.09")),
        Row(("Closed", "", "", ""), heading=True, folds=True),
        Row(("wide", "a number of no end", "another", "")),
    )
    return Figure("L1H0: induction, confirmed", ("", "value", "±", "chance"), rows)


def widths(widget: Table) -> list[int]:
    """Of the columns on show."""
    header = widget.view.horizontalHeader()
    return [header.sectionSize(column) for column in range(header.count()) if not header.isSectionHidden(column)]


def in_sight(widget: Table) -> bool:
    return sum(widths(widget)) <= widget.view.viewport().width()


def test_that_a_narrow_table_shortens_its_names_and_keeps_its_columns_in_sight(qtbot):
    widget = show(qtbot, Table(), 900, 200)
    widget.show_figure(card())
    settle()
    widget.resize(sum(widths(widget)[1:]) + 9 * widget.fontMetrics().averageCharWidth(), 200)
    settle()
    assert len(widths(widget)) == 4
    assert in_sight(widget)
    first = widget.rows.index(1, 0)
    assert widths(widget)[0] < widget.fontMetrics().horizontalAdvance(first.data())
    assert first.data() in widget.rows.data(first, Qt.ItemDataRole.ToolTipRole)
    click_row(widget, 3)
    assert widths(widget)[1] > widget.fontMetrics().horizontalAdvance("a number of no end")


def test_that_a_title_too_long_for_one_line_has_two_in_a_table(qtbot):
    widget = show(qtbot, Table(), 900, 200)
    widget.show_figure(card())
    settle()
    one = widget.heading.height()
    narrow = widget.fontMetrics().horizontalAdvance("L1H0: induction, con")
    widget.resize(narrow, 200)
    settle()
    assert widget.heading.height() >= 1.5 * one
    assert _broken("L1H0: induction, confirmed", widget.font(), 2, narrow) == ["L1H0: induction,", "confirmed"]


def trial() -> Figure:
    cells = "0.8988 ± 0.0019", "0.0181", "+252", "0.6582 ± 0.0383", "0.0350", "+17.3", ""
    rows = tuple(Row((f"L1H{head}", *cells), "null 0.0181") for head in range(3))
    return Figure("Induction", ("", "random", "null", "z", "word", "null", "z", "blank"), rows, note="means",
                  spare=("null",))


def test_that_errors_then_blank_and_spare_columns_go_where_there_is_no_room_and_the_note_says_so(qtbot):
    widget = show(qtbot, Table(), 900, 200)
    widget.show_figure(trial())
    settle()
    assert widget.heading.words()[1] == "means"
    assert len(widths(widget)) == 8
    whole = sum(widths(widget)[1:])
    widget.resize(whole, 200)
    settle()
    assert widget.heading.words()[1] == "means; no room for ±"
    assert widget.rows.index(0, 1).data() == "0.8988"
    assert "0.8988 ± 0.0019" in widget.rows.data(widget.rows.index(0, 1), Qt.ItemDataRole.ToolTipRole)
    assert len(widths(widget)) == 7
    widget.resize(sum(widths(widget)[1:]), 200)
    settle()
    assert widget.heading.words()[1] == "means; no room for ±, null"
    assert len(widths(widget)) == 5
    assert in_sight(widget)
    widget.resize(900, 200)
    settle()
    assert widget.heading.words()[1] == "means"
    assert len(widths(widget)) == 8


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


def test_that_numbers_have_a_minus_and_words_keep_their_hyphens():
    assert with_minus("-0.13 ± 0.2 (-4.1, L-2, 1e-5, self-made)") == "−0.13 ± 0.2 (−4.1, L-2, 1e-5, self-made)"


@pytest.mark.parametrize(("name", "mode"), [
    ("blocks.0.attn.W_Q", Qt.TextElideMode.ElideMiddle), ("Stripe at L − 1.", Qt.TextElideMode.ElideRight)])
def test_that_a_tensors_name_loses_its_middle_where_there_is_no_room(qtbot, name, mode):
    table = show(qtbot, Table(), 200, 100)
    table.show_figure(Figure("names", ("", "value"), (Row((name, "1")),)))
    assert table.view.textElideMode() == mode
