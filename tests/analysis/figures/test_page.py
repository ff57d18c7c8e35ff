"""Pages: letters, titles, captions, columns; and that no text covers another at any width."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.transforms import Bbox

from analysis.figures.axis import Axis, Scale
from analysis.figures.curves import Curves, Series
from analysis.figures.heatmap import Heatmap
from analysis.figures.ink import Ink
from analysis.figures.kind import kind_of, kinds
from analysis.figures.page import Piece, drawn
from analysis.figures.style import MM, Style
from analysis.figures.table import Row, Table
from analysis.values import HeadId
from gui.panels.renderers import renderers
from tests.analysis.figures.looking import KINDS, piece, texts_of


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


def inside(box: Bbox, page: Bbox) -> bool:
    return bool(box.x0 >= -0.5 and box.y0 >= -0.5 and box.x1 <= page.x1 + 0.5 and box.y1 <= page.y1 + 0.5)


def overlap(one: Bbox, other: Bbox) -> bool:
    return bool(one.x0 + 0.2 < other.x1 and other.x0 < one.x1 - 0.2 and one.y0 + 0.2 < other.y1
                and other.y0 < one.y1 - 0.2)


CASES = {**{name: piece(name) for name in KINDS}, **hard()}


@pytest.mark.parametrize("width", [40.0, 85.0, 120.0, 178.0])
@pytest.mark.parametrize("name", CASES)
def test_that_no_text_covers_another_or_leaves_the_page(name: str, width: float) -> None:
    found, page = texts_of((CASES[name],), Style(width=width, caption=True))
    assert found
    for text, box in found:
        assert inside(box, page), (text, box, page)
    for place, (text, box) in enumerate(found):
        for other, other_box in found[place + 1 :]:
            assert not overlap(box, other_box), (text, other)


def test_that_no_text_of_a_page_covers_another() -> None:
    found, page = texts_of(tuple(CASES.values()), Style(width=178.0, caption=True))
    for place, (text, box) in enumerate(found):
        assert inside(box, page), text
        for other, other_box in found[place + 1 :]:
            assert not overlap(box, other_box), (text, other)


def test_that_a_legend_names_its_lines_in_full_at_one_column() -> None:
    found, _ = texts_of((CASES["long names"],), Style())
    assert [text for text, _ in found].count("mean of 32 samples") == 3


def test_that_a_table_is_no_wider_than_its_texts_need() -> None:
    found, page = texts_of((piece("table"),), Style(width=178.0))
    assert max(box.x1 for _, box in found) < 0.4 * page.width


def test_that_panels_are_lettered_only_in_company() -> None:
    alone, _ = texts_of((piece("curves"),), Style())
    several, _ = texts_of((piece("curves"), piece("bars"), piece("table")), Style(width=178.0))
    assert "a" not in [text for text, _ in alone]
    assert [text for text, _ in several if len(text) == 1 and text in "abc"] == ["a", "b", "c"]


def test_that_columns_follow_the_width_or_the_person() -> None:
    pieces = (piece("curves"),) * 4
    def across(style: Style) -> int:
        with drawn(pieces, style, None) as page:
            return len({round(axes.get_position().x1, 3) for axes in page.drawing.axes})

    assert across(Style(width=85.0)) == 1
    assert across(Style(width=178.0)) == 2
    assert across(Style(width=178.0, columns=4)) == 4


def test_that_parts_are_left_out_when_asked() -> None:
    words = lambda style: [text for text, _ in texts_of((piece("pairs"),), style)[0]]  # noqa: E731
    full = words(Style(caption=True))
    assert {"K-composition", "z", "−6"} <= set(full)
    assert any("no path" in text for text in full)
    bare = words(Style(title=False, caption=False, color_bar=False))
    assert not {"K-composition", "z", "−6"} & set(bare)
    assert {"earlier head", "later head", "L2H7"} <= set(bare)


def test_that_a_given_height_is_kept() -> None:
    pieces = (piece("curves"), piece("pairs"))
    with drawn(pieces, Style(width=178.0, height=50.0, title=False, letters=False), None) as page:
        assert page.height == pytest.approx(50 * MM + 4)
        page.drawing.canvas.draw()
        tall = [axes.get_tightbbox().height / page.drawing.dpi * 72 for axes in page.drawing.axes]
    assert tall[0] == pytest.approx(50 * MM, abs=1)  # The second is square.


def test_that_everything_a_panel_draws_can_be_drawn_on_paper() -> None:
    assert set(renderers()) <= set(kinds())
    assert all(kind_of(figure).figure is type(figure) for figure in KINDS.values())


def test_that_weighted_strokes_are_drawn_by_weight() -> None:
    figure = KINDS["ink"]
    assert isinstance(figure, Ink)
    weights = np.zeros(len(figure.strokes), np.float32)
    weights[3] = 0.5
    found, _ = texts_of((Piece(figure, weights=weights, query=5, weights_words="attention of query 10"),),
                     Style(caption=True))
    assert any("attention of query 10" in text for text, _ in found)


def test_that_no_line_of_a_sentence_is_cut_where_its_numbers_get_their_minus() -> None:
    for extra in range(11):
        sentence = "What is lost " + "-1.00 " * 30 + "a" * extra + " of " + "-2.00 " * 30
        page = (Piece(Table("card", ("", "value"), (Row((sentence, ""), prose=True),))),)
        found = [text for text, _ in texts_of(page, Style(width=85.0))[0]]
        assert not any("…" in text for text in found)


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
    found = [text for text, _ in texts_of((Piece(Table("card", ("", "value"), rows)),), Style(width=85.0))[0]]
    lines = [text for text in found if text and text in sentence]
    assert len(lines) > 2
    assert " ".join(lines) == sentence
    assert "hidden" not in found
    assert "Rule" not in found
    assert {"Model", "Loss", "4.91"} <= set(found)
