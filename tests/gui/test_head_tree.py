"""The list of heads, driven by clicks and keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from analysis.values import WORDS, Called, HeadId, ScoreInfo, UserError
from gui.heads.head_filter import parse
from gui.heads.head_model import BADGE_ROLE, FRACTION_ROLE, LEGEND, LETTERS
from gui.heads.head_tree import HeadTree
from tests.gui.fake_session import SCORES, FakeSession, heads, table


@pytest.fixture
def tree(qtbot: QtBot, session: FakeSession) -> HeadTree:
    """16 heads, self and cross, in two layers, with scores; L0H1 is current."""
    session.cross = True
    tree = HeadTree()
    qtbot.addWidget(tree)
    tree.resize(400, 700)
    tree.set_score_infos(SCORES)
    tree.set_model(session.open(None))
    tree.model.set_scores(table(1.0))
    tree.set_current(HeadId(0, 1))
    tree.show()
    qtbot.waitExposed(tree)
    return tree


@pytest.fixture
def chosen(tree: HeadTree) -> list[HeadId]:
    heard: list[HeadId] = []
    tree.head_clicked.connect(heard.append)
    return heard


def labels(tree: HeadTree) -> list[str]:
    return [str(head) for head in tree.model.shown]


def click_header(tree: HeadTree, column: int) -> None:
    header = tree.view.header()
    place = QPoint(header.sectionViewportPosition(column) + header.sectionSize(column) // 2, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


def typed(tree: HeadTree, text: str) -> None:
    line = tree.findChild(QLineEdit)
    line.clear()
    QTest.keyClicks(line, text)


def words(tree: HeadTree) -> str:
    return tree.findChildren(QLabel)[-1].text()


def test_that_layers_hold_self_heads_then_cross_heads(tree: HeadTree) -> None:
    model = tree.model
    assert model.rowCount() == 2
    layer = model.index(1, 0)
    assert layer.data() == "L1"
    assert [model.index(row, 0, layer).data() for row in (0, 3, 4, 7)] == ["L1H0", "L1H3", "L1X0", "L1X3"]


def test_that_a_click_chooses_the_head(tree: HeadTree, chosen: list[HeadId]) -> None:
    place = tree.view.visualRect(tree.model.index_of(HeadId(1, 2, "cross"))).center()
    QTest.mouseClick(tree.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == [HeadId(1, 2, "cross")]


def test_that_down_walks_into_the_next_layer_past_its_heading(tree: HeadTree, chosen: list[HeadId]) -> None:
    tree.head_clicked.connect(tree.set_current)
    tree.set_current(HeadId(0, 3, "cross"))
    QTest.keyClick(tree.view, Qt.Key.Key_Down)
    QTest.keyClick(tree.view, Qt.Key.Key_Up)
    assert chosen == [HeadId(1, 0), HeadId(0, 3, "cross")]


def test_that_following_the_selection_chooses_nothing(tree: HeadTree, chosen: list[HeadId]) -> None:
    tree.set_current(HeadId(1, 1))
    assert tree.model.head_at(tree.view.currentIndex()) == HeadId(1, 1)
    assert chosen == []


def test_that_a_click_on_a_score_ranks_all_heads_with_undefined_last(tree: HeadTree) -> None:
    click_header(tree, 1)
    assert labels(tree)[:2] == ["L1H2", "L1H1"]
    assert tree.model.rowCount() == 16
    undefined = {"L1H3", *(str(head) for head in heads(True) if head.kind == "cross")}
    assert set(labels(tree)[-9:]) == undefined
    click_header(tree, 1)
    assert labels(tree)[:2] == ["L0H0", "L0H1"]
    assert set(labels(tree)[-9:]) == undefined


def test_that_ranking_keeps_the_current_head_and_chooses_nothing(tree: HeadTree, chosen: list[HeadId]) -> None:
    click_header(tree, 2)
    assert tree.model.head_at(tree.view.currentIndex()) == HeadId(0, 1)
    click_header(tree, 0)
    assert tree.model.rowCount() == 2
    assert tree.model.head_at(tree.view.currentIndex()) == HeadId(0, 1)
    assert chosen == []


def test_that_new_scores_move_ranked_rows(tree: HeadTree) -> None:
    click_header(tree, 1)
    scores = table(1.0)
    scores.values["induction"]["self"][0, 0] = 5.0
    tree.model.set_scores(scores)
    assert labels(tree)[0] == "L0H0"


def test_that_a_score_is_number_bar_and_words(tree: HeadTree) -> None:
    index = tree.model.index_of(HeadId(1, 2)).siblingAtColumn(1)
    assert index.data() == "0.86"
    assert index.data(FRACTION_ROLE) == pytest.approx(6 / 7)
    assert "0 to 1" in index.data(Qt.ItemDataRole.ToolTipRole)
    undefined = tree.model.index_of(HeadId(1, 2, "cross")).siblingAtColumn(1)
    assert undefined.data() == "–"
    assert "undefined for a cross-attention head" in undefined.data(Qt.ItemDataRole.ToolTipRole)


def test_that_the_bar_is_painted_as_long_as_the_score(tree: HeadTree) -> None:
    image = tree.view.viewport().grab().toImage()
    highlight = tree.palette().highlight().color().rgb()

    def bar(head: HeadId) -> int:
        cell = tree.view.visualRect(tree.model.index_of(head).siblingAtColumn(1))
        return sum(image.pixel(x, cell.bottom() - 3) == highlight for x in range(cell.left(), cell.right()))

    assert bar(HeadId(1, 2)) == pytest.approx(bar(HeadId(0, 3)) * 2, abs=2)
    assert bar(HeadId(0, 0)) == 0


def test_that_typing_a_filter_leaves_the_heads_that_pass(tree: HeadTree) -> None:
    typed(tree, "L1 induction > .6")
    assert labels(tree) == ["L1H1", "L1H2"]
    assert words(tree) == "2 of 16 heads"
    typed(tree, "ind. > 5")
    assert words(tree) == "None of 16 heads passes the filter."


def test_that_a_filter_that_is_not_understood_says_so_and_changes_nothing(tree: HeadTree) -> None:
    typed(tree, "zebras > 2")
    assert "no score 'zebras'" in words(tree)
    assert len(labels(tree)) == 16


def test_that_the_current_head_comes_back_when_the_filter_goes(tree: HeadTree, chosen: list[HeadId]) -> None:
    typed(tree, "L1")
    tree.findChild(QLineEdit).clear()
    assert tree.model.head_at(tree.view.currentIndex()) == HeadId(0, 1)
    assert chosen == []


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", lambda head: True),
        ("L1", lambda head: head.layer == 1),
        ("l1h", lambda head: head.layer == 1 and head.kind == "self"),
        ("X", lambda head: head.kind == "cross"),
        ("h3, L0", lambda head: (head.layer, head.index, head.kind) == (0, 3, "self")),
        ("previous token >= 1 and L0", lambda head: (head.layer, head.index) == (0, 0)),
        ("prev<.2", lambda head: head.layer == 1 and head.index > 1),
        ("L0 or induction > .4", lambda head: head.layer == 0 or (head.index == 2 and head.kind == "self")),
        ("L0 | L1X", lambda head: head.layer == 0 or head.kind == "cross"),
        ("(L0 or L1) and X and not h3", lambda head: head.kind == "cross"),
        ("(l0 or L1) X !X3", lambda head: head.kind == "cross" and head.index != 3),
        ("not induction < .4", lambda head: head.kind == "cross" or (head.index == 3 and head.layer == 1)
         or head == HeadId(1, 2)),
        ("L0-1 H0", lambda head: head.kind == "self" and head.index == 0),
        ("induction != 0 and L0", lambda head: head.layer == 0 and head.kind == "self" and head.index > 0),
        ("not not L1", lambda head: head.layer == 1),
        ("L0 H1 or L1 H2 previous > 0", lambda head: head in (HeadId(0, 1), HeadId(1, 2))),
    ],
)
def test_that_filters_mean_what_they_say(text: str, passes: Callable[[HeadId], bool]) -> None:
    wanted = parse(text, SCORES)
    assert [head for head in heads(True) if wanted(head, table())] == [head for head in heads(True) if passes(head)]


@pytest.mark.parametrize("text", ["L1Z", "> 3", "induction >", "?", "L1 or", "and L1", "(L1", "L1)", "()", "or", "not",
                                  "L1 or or L2", "(" * 60 + "L1" + ")" * 60, "L1 " * 300, "L1 and not", "!"])
def test_that_nonsense_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UserError, match=r"induction > 0\.5"):
        parse(text, SCORES)


def test_that_a_score_no_head_can_have_has_no_column(tree: HeadTree, session: FakeSession) -> None:
    reading = ScoreInfo("walk", "Walk", "walk", "How it reads, 0 to 1.", "A source", 0.0, 1.0, ("cross",))
    tree.set_score_infos((*SCORES, reading))
    tree.set_model(session.open(None))
    assert not tree.view.isColumnHidden(3)
    tree.view.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    session.cross = False
    tree.set_model(session.open(None))
    assert tree.view.isColumnHidden(3)
    assert not tree.model.ranked
    assert not tree.view.isColumnHidden(2)


TERMS = {"L0": lambda head, row: head.layer == 0, "H2": lambda head, row: head.kind == "self" and head.index == 2,
         "X": lambda head, row: head.kind == "cross", "induction > 0.2": lambda head, row: row["induction"] > 0.2,
         "previous token <= 0.5": lambda head, row: row["previous"] <= 0.5}
EXPRESSIONS = st.recursive(
    st.sampled_from(sorted(TERMS)),
    lambda inner: st.tuples(st.sampled_from(["and", "or", ",", " "]), inner, inner) | st.tuples(st.just("not"), inner),
    max_leaves=8,
)


def written(expression: str | tuple[str, ...]) -> str:
    if isinstance(expression, str):
        return expression
    if len(expression) == 2:
        return f"not ({written(expression[1])})"
    return f"({written(expression[1])}) {expression[0]} ({written(expression[2])})"


def holds(expression: str | tuple[str, ...], head: HeadId, row: dict[str, float]) -> bool:
    if isinstance(expression, str):
        return TERMS[expression](head, row)
    if len(expression) == 2:
        return not holds(expression[1], head, row)
    left, right = holds(expression[1], head, row), holds(expression[2], head, row)
    return left or right if expression[0] == "or" else left and right


@given(EXPRESSIONS)
def test_that_any_combination_means_what_logic_says(expression: str | tuple[str, ...]) -> None:
    wanted, scores = parse(written(expression), SCORES), table()
    for head in heads(True):
        row = {key: scores.value(key, head) for key in ("induction", "previous")}
        assert wanted(head, scores) == holds(expression, head, row), written(expression)


@given(st.text("LHX01234567890.<>=!()&|,; andornotinductionprev-−≥", max_size=40) | st.text(max_size=40))
def test_that_whatever_is_typed_filters_or_is_refused(text: str) -> None:
    try:
        wanted = parse(text, SCORES)
    except UserError:
        return
    assert all(wanted(head, table()) in (True, False) for head in heads(True))


def test_that_a_head_s_word_is_a_letter_behind_its_name_and_words_in_its_tip(tree: HeadTree) -> None:
    index = tree.model.index_of(HeadId(1, 0))
    assert index.data(BADGE_ROLE) == ""
    assert "ablation" not in index.data(Qt.ItemDataRole.ToolTipRole)
    before, width = shown_name(tree, HeadId(1, 0)), tree.view.columnWidth(0)
    strong = Called(("induction", "strong", "displaced by 3", "previous-token"), "alone")
    tree.model.set_words({HeadId(1, 0): strong, HeadId(1, 1): Called(("none",))})
    assert index.data(BADGE_ROLE) == "i"
    assert index.data(Qt.ItemDataRole.ToolTipRole).endswith(
        "Induction, strong, displaced by 3, previous-token — confirmed alone; what that rests on is in the Head panel.")
    assert "Induction" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert tree.model.index_of(HeadId(1, 1)).data(BADGE_ROLE) == ""
    assert shown_name(tree, HeadId(1, 0)) != before
    assert tree.view.columnWidth(0) == width
    tree.set_model(FakeSession("cpu").open(None))
    assert tree.model.called(HeadId(1, 0)) is None


def shown_name(tree: HeadTree, head: HeadId) -> QImage:
    return tree.view.viewport().grab(tree.view.visualRect(tree.model.index_of(head))).toImage()


@pytest.mark.parametrize(
    ("text", "passing"),
    [("induction", ["L0H2", "L1H0"]), ("ind", ["L0H2", "L1H0"]), ("L1 Induction", ["L1H0"]),
     ("reader", ["L1X0"]), ("induction and induction > 0.5", ["L1H0"]), ("L0H1 or none", ["L0H1"]),
     ("previous-token", ["L0H2"]), ("strong", ["L1H0"]), ("displaced by 3", ["L1H0"]), ("displaced by 1", []),
     ("displaced", ["L0H2", "L1H0"]), ("induction not strong", ["L0H2"]), ("attends but does not copy", ["L0H3"]),
     ("Attends but L0", ["L0H3"]), ("first token or back", ["L0H0"]), ("confirmed", ["L0H2", "L1H0"]),
     ("confirmed in a group", ["L0H2"]), ("confirmed alone induction", ["L1H0"]),
     ("sink", ["L0H0"]), ("sin", ["L0H0"]), ("mixed", ["L0H2"]), ("sink or mix", ["L0H0", "L0H2"])],
)
def test_that_the_filter_takes_a_head_s_word(tree: HeadTree, text: str, passing: list[str]) -> None:
    typed(tree, text)
    assert [label for label in labels(tree) if label in passing] == [label for label in passing if label == "L0H1"]
    tree.model.set_words({
        HeadId(1, 0): Called(("induction", "strong", "displaced by 3"), "alone"),
        HeadId(0, 2): Called(("induction", "partial", "displaced by 12", "in a group", "previous-token"), "in a group"),
        HeadId(0, 0): Called(("first token",)), HeadId(0, 3): Called(("attends but does not copy",), "no"),
        HeadId(1, 0, "cross"): Called(("reader",)),
    })
    assert labels(tree) == passing


def test_that_every_word_has_a_letter_and_a_place_in_the_legend() -> None:
    assert set(LETTERS) == set(WORDS) - {"none"}
    told = dict(part.split(" ", 1) for part in LEGEND.split(", "))
    assert set(told) == set(LETTERS.values())
    for word, letter in LETTERS.items():
        assert told[letter].split()[0][:4] == word.replace("-token", "")[:4], word


def test_that_the_current_head_stays_in_sight_as_the_list_becomes_lower(tree: HeadTree) -> None:
    tree.show()
    last = tree.model.index_of(HeadId(1, 3, "cross"))
    tree.set_current(HeadId(1, 3, "cross"))
    tree.resize(120, 200)
    assert tree.view.viewport().rect().contains(tree.view.visualRect(last).center())
    tree.view.horizontalScrollBar().setValue(20)
    tree.view.collapse(last.parent())
    tree.resize(120, 190)
    assert not tree.view.isExpanded(last.parent())
    assert tree.view.horizontalScrollBar().value() == 20
