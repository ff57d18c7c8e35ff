"""Pages: letters, titles, captions, columns; and that no text covers another at any width."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from analysis.figures.axis import Axis, Scale
from analysis.figures.curves import Curves, Series
from analysis.figures.heatmap import Heatmap
from analysis.figures.ink import Ink
from analysis.figures.table import Row, Table
from analysis.values import HeadId
from gui.export.paper import Piece, kind_of, kinds
from gui.export.paper.axes import clipped
from gui.export.paper.canvas import Anchor, Canvas
from gui.export.paper.page import lay_out
from gui.export.paper.style import MM, Style
from gui.panels.panel import RENDERERS
from tests.gui.paper.looking import KINDS, piece


class Noting(Canvas):
    """Draws nothing; notes where every text would be."""

    def __init__(self, style: Style) -> None:
        super().__init__(style)
        self.boxes: list[tuple[str, QRectF]] = []

    def text(self, x: float, y: float, text: str, anchor: Anchor = "start", size: float | None = None,
             color: object = None, bold: bool = False, turned: bool = False) -> None:
        if not text.strip():
            return
        size = size or self.size
        width = self.width(text, size, bold)
        start = {"start": 0.0, "middle": -width / 2, "end": -width}[anchor]
        level = QRectF(start, -0.72 * size, width, 0.72 * size)
        box = QRectF(level.y(), -level.x() - width, level.height(), width) if turned else level
        self.boxes.append((text, box.translated(x, y)))


def boxes(pieces: tuple[Piece, ...], style: Style) -> tuple[list[tuple[str, QRectF]], QRectF]:
    page, canvas = lay_out(pieces, style), Noting(style)
    page.paint(canvas)
    return canvas.boxes, QRectF(0, 0, page.width, page.height)


def many_heads(count: int) -> Heatmap:
    heads = tuple(HeadId(index // 12, index % 12) for index in range(count))
    axis = Axis("head", count, tuple(map(str, heads)), heads=heads)
    return Heatmap("K-composition", np.eye(count, dtype=np.float32), axis, axis, Scale("diverging", -1e-3, 1e-3, "z"))


def hard() -> dict[str, Piece]:
    """Figures with little room for their texts."""
    long = Axis("a very long name of an axis that goes on and on", 7, tuple(f"wordy label {n}" for n in range(7)))
    marks = tuple((float(place), f"mark number {place}") for place in (1, 2, 3, 40, 41, 60, 127))
    curves = KINDS["curves"]
    assert isinstance(curves, Curves)
    ones, tens = Scale("sequential", 0, 1, "x"), Scale("sequential", 0, 1e7, "x")
    lines = (Series("a", curves.x * 1e-9), Series("b" * 80, curves.x))
    return {
        "many heads": Piece(many_heads(96)),
        "more heads": Piece(many_heads(400)),
        "long labels": Piece(Heatmap("t" * 90, np.zeros((7, 7)), long, long, Scale("log", 1e-6, 1.0, "a " * 60))),
        "strip": Piece(Heatmap("Strip", np.zeros((2, 300)), Axis("layer", 2), Axis("key", 300), tens)),
        "tall": Piece(Heatmap("Tall", np.zeros((300, 2)), Axis("layer", 300), Axis("key", 2), ones)),
        "marks": Piece(replace(curves, marks=marks)),
        "tiny numbers": Piece(Curves("t", curves.x, lines, "x", "y")),
        "huge numbers": Piece(Curves("t", curves.x * 1e6, (Series("a", curves.x * -1e9),), "x", "y")),
        "signed": Piece(Heatmap("Signed", np.zeros((64, 64)), Axis("source dimension", 64), Axis("destination", 64),
                                Scale("diverging", -0.171, 0.171, "weight"))),
        "long names": Piece(Curves("t", curves.x, (Series("mean of 32 samples", curves.x),) * 3, "x", "y")),
        "empty": Piece(Curves("t", np.empty(0, np.float32), (), "x", "y")),
    }


CASES = {**{name: piece(name) for name in KINDS}, **hard()}


@pytest.mark.parametrize("width", [40.0, 85.0, 120.0, 178.0])
@pytest.mark.parametrize("name", CASES)
def test_that_no_text_covers_another_or_leaves_the_page(name: str, width: float) -> None:
    found, page = boxes((CASES[name],), Style(width=width, caption=True))
    assert found
    for text, box in found:
        assert page.adjusted(-0.5, -0.5, 0.5, 0.5).contains(box), (text, box, page)
    for place, (text, box) in enumerate(found):
        for other, other_box in found[place + 1 :]:
            assert not box.adjusted(0.2, 0.2, -0.2, -0.2).intersects(other_box), (text, other)


def test_that_no_text_of_a_page_covers_another() -> None:
    found, page = boxes(tuple(CASES.values()), Style(width=178.0, caption=True))
    for place, (text, box) in enumerate(found):
        assert page.adjusted(-0.5, -0.5, 0.5, 0.5).contains(box), text
        for other, other_box in found[place + 1 :]:
            assert not box.adjusted(0.2, 0.2, -0.2, -0.2).intersects(other_box), (text, other)


def test_that_a_legend_names_its_lines_in_full_at_one_column() -> None:
    found, _ = boxes((CASES["long names"],), Style())
    assert [text for text, _ in found].count("mean of 32 samples") == 3


def test_that_a_table_is_no_wider_than_its_texts_need() -> None:
    found, page = boxes((piece("table"),), Style(width=178.0))
    assert max(box.right() for _, box in found) < 0.4 * page.width()


def test_that_panels_are_lettered_only_in_company() -> None:
    alone, _ = boxes((piece("curves"),), Style())
    several, _ = boxes((piece("curves"), piece("bars"), piece("table")), Style(width=178.0))
    assert "a" not in [text for text, _ in alone]
    assert [text for text, _ in several if len(text) == 1 and text in "abc"] == ["a", "b", "c"]


def test_that_columns_follow_the_width_or_the_person() -> None:
    pieces = (piece("curves"),) * 4
    across = lambda style: len({place.x for place in lay_out(pieces, style).places})  # noqa: E731
    assert across(Style(width=85.0)) == 1
    assert across(Style(width=178.0)) == 2
    assert across(Style(width=178.0, columns=4)) == 4


def test_that_parts_are_left_out_when_asked() -> None:
    words = lambda style: [text for text, _ in boxes((piece("pairs"),), style)[0]]  # noqa: E731
    full = words(Style(caption=True))
    assert {"K-composition", "z", "−6"} <= set(full)
    assert any("no path" in text for text in full)
    bare = words(Style(title=False, caption=False, color_bar=False))
    assert not {"K-composition", "z", "−6"} & set(bare)
    assert {"earlier head", "later head", "L2H7"} <= set(bare)


def test_that_a_given_height_is_kept() -> None:
    pieces = (piece("curves"), piece("pairs"))
    tall = [place.rect.height() for place in lay_out(pieces, Style(width=178.0, height=50.0)).places]
    assert tall == pytest.approx([50 * MM, 50 * MM])


def test_that_everything_a_panel_draws_can_be_drawn_on_paper() -> None:
    assert set(RENDERERS) <= set(kinds())
    assert all(kind_of(figure).figure is type(figure) for figure in KINDS.values())


def test_that_a_line_is_cut_to_a_rectangle_and_at_gaps() -> None:
    rect = QRectF(0, 0, 10, 10)
    line = np.array([[-5, 5], [5, 5], [5, 20], [6, 20], [6, 5], [np.nan, 5], [1, 1], [2, 2], [20, 2], [30, 30]], float)
    pieces = [piece.tolist() for piece in clipped(line, rect)]
    assert pieces == [[[0, 5], [5, 5], [5, 10]], [[6, 10], [6, 5]], [[1, 1], [2, 2], [10, 2]]]
    assert clipped(line[:1], rect) == []


def test_that_cutting_agrees_with_sampling_the_line() -> None:
    rng, rect = np.random.default_rng(5), QRectF(-1, -2, 3, 3)
    for _ in range(50):
        line = rng.normal(0, 3, (6, 2))
        share = np.linspace(0, 1, 2001)[:, None]
        dense = np.concatenate([a + share * (b - a) for a, b in itertools.pairwise(line)])
        length = np.hypot(*np.diff(dense, axis=0).T)
        middle = (dense[:-1] + dense[1:]) / 2
        inside = (middle >= [-1, -2]).all(1) & (middle <= [2, 1]).all(1)
        cut = sum(float(np.hypot(*np.diff(piece, axis=0).T).sum()) for piece in clipped(line, rect))
        assert cut == pytest.approx(float(length[inside].sum()), abs=0.05)


def test_that_weighted_strokes_are_drawn_by_weight() -> None:
    figure = KINDS["ink"]
    assert isinstance(figure, Ink)
    weights = np.zeros(len(figure.strokes), np.float32)
    weights[3] = 0.5
    found, _ = boxes((Piece(figure, weights=weights, query=5, weights_words="attention of query 10"),),
                     Style(caption=True))
    assert any("attention of query 10" in text for text, _ in found)


def test_that_a_sentence_in_a_table_is_broken_and_folded_sections_stay_away() -> None:
    sentence = "Others stand in for it: without all eight of them the second copy costs nearly five nats more."
    rows = (
        Row((sentence, ""), prose=True),
        Row(("Stripe", "0.89")),
        Row(("Rule", ""), heading=True, folds=True),
        Row(("hidden", "1")),
        Row(("Model", ""), heading=True),
        Row(("Loss", "4.91")),
    )
    found = [text for text, _ in boxes((Piece(Table("card", ("", "value"), rows)),), Style(width=85.0))[0]]
    lines = [text for text in found if text and text in sentence]
    assert len(lines) > 2
    assert " ".join(lines) == sentence
    assert "hidden" not in found
    assert "Rule" not in found
    assert {"Model", "Loss", "4.91"} <= set(found)
