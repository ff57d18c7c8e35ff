"""A kind of figure has all its parts, and draws itself into any axes, on any thread, without settings of its own."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure as Drawing
from matplotlib.patches import Rectangle

from analysis.figures.axis import Axis
from analysis.figures.curves import Curves
from analysis.figures.figure import Figure
from analysis.figures.formats import formats
from analysis.figures.heatmap import Heatmap
from analysis.figures.ink import Ink
from analysis.figures.kind import Kind, draw, kind_of, kinds
from analysis.figures.page import Piece, drawn, picture
from analysis.figures.scatter import Scatter
from analysis.figures.style import Style
from analysis.figures.table import Table
from analysis.values import NOWHERE, Provenance
from tests.analysis.figures.looking import KINDS, checkerboard, lay_out, piece, texts_of

ROOT = Path(__file__).parents[3]


def test_that_every_class_of_figures_has_a_kind_with_all_its_parts() -> None:
    classes = [found for found in Figure.__subclasses__() if found.__module__.startswith("analysis.")]
    assert set(kinds()) == set(classes)
    for name, figure in KINDS.items():
        kind = kind_of(figure)
        assert kind.arrays(figure), name
        assert kind.lines(figure), name
        assert not kind.empty(figure), name
        assert eval(kind.numbers, {"figure": figure}) is not None, name
        assert kind.height(Piece(figure), 200.0, Style()) > 20, name


def test_that_a_figure_without_a_cell_point_or_row_is_empty() -> None:
    nothing = np.empty(0, np.float32)
    empty = (Curves("t", nothing, (), "x", "y"), Scatter("t", nothing.reshape(0, 2), "x", "y"), Table("t", ("a",), ()),
             Heatmap("t", nothing.reshape(0, 0), Axis("y", 0), Axis("x", 0), checkerboard().scale))
    assert all(kind_of(figure).empty(figure) for figure in empty)


def test_that_a_kind_in_a_new_file_is_found_and_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True, eq=False)
    class Spot(Figure):
        size: float = 3.0

    def dot(piece: Piece, axes: matplotlib.axes.Axes, style: Style, dots: float) -> str:
        axes.plot([0], [0], "o", markersize=getattr(piece.figure, "size", 0.0))
        return "one spot"

    kind = Kind(Spot, lambda spot: {"size": [spot.size]}, lambda spot: ["size", str(spot.size)], dot,
                lambda piece, width, style: width)
    monkeypatch.setattr("analysis.figures.kind.kinds", lambda: {Spot: kind})
    assert lay_out((Piece(Spot("A spot")),), Style()).notes == ("one spot",)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("ground", ["white", "#17191d"])
def test_that_a_figure_draws_itself_into_given_axes_and_leaves_settings_alone(name: str, ground: str) -> None:
    before = dict(matplotlib.rcParams)
    drawing = Drawing((4, 3))
    canvas = FigureCanvasAgg(drawing)
    axes = drawing.add_subplot(facecolor=ground)
    empty = len(axes.get_children())
    draw(KINDS[name], axes)
    assert len(axes.get_children()) > empty
    canvas.draw()
    assert dict(matplotlib.rcParams) == before


def test_that_a_dollar_in_a_label_is_a_dollar() -> None:
    figure = replace(checkerboard(), title="$x_1$ and $y$", note="$")
    words = [text for text, _ in texts_of((Piece(figure),), Style(caption=True))[0]]
    assert "$x_1$ and $y$" in words


def test_that_letters_that_no_font_has_make_no_warning() -> None:
    figure = replace(checkerboard(), title="中文 \U0001f600 Ω \x07")
    words = lay_out((Piece(figure),), Style(caption=True)).caption
    assert "中文" in words
    assert picture((Piece(figure),), Style(format="png"))


def test_that_pages_drawn_on_several_threads_are_those_drawn_alone() -> None:
    wanted = [(piece(name), Style(dark=dark, format=form)) for name in ("labels", "table")
              for dark in (False, True) for form in ("png", "svg")]
    alone = [picture((one,), style) for one, style in wanted]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: picture((one[0],), one[1]), wanted))
    assert together == alone


def test_that_matplotlib_is_imported_with_the_first_drawing_and_not_before() -> None:
    code = ("import sys; from analysis.figures.kind import kinds; from analysis.figures.page import picture; "
            "from analysis.figures.formats import formats; import analysis.figures.stamp, analysis.batch_figure; "
            "assert kinds() and formats(); print('matplotlib' in sys.modules, 'PySide6' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_that_formats_are_found_with_pages_and_numbers() -> None:
    assert [key for key, one in formats().items() if one.draw] == ["pdf", "svg", "png"]
    assert [key for key, one in formats().items() if one.write] == ["npz", "csv", "json"]


# ---- ink ---------------------------------------------------------------------------------------------------------


def ink() -> Ink:
    figure = KINDS["ink"]
    assert isinstance(figure, Ink)
    return figure


def asked(**more: object) -> Piece:
    """Ink with a query, its strokes and its letters weighed."""
    weights = np.linspace(0, 0.4, len(ink().strokes), dtype=np.float32)
    letters = np.linspace(0, 0.25, len(ink().letters), dtype=np.float32)
    start = Piece(ink(), weights=weights, query=5, letter_weights=letters, weights_words="attention of query 10")
    return replace(start, **more)  # type: ignore[arg-type]


def test_that_ink_has_the_colours_of_its_letters_and_a_bar_for_each_scale() -> None:
    words = [text for text, _ in texts_of((asked(),), Style())[0]]
    assert {"attention to strokes", "0.4", "attention to letters", "0.25"} <= set(words)
    with drawn((asked(),), Style(), None) as page:
        axes = page.drawing.axes[0]
        fills = {patch.get_facecolor() for patch in axes.patches if isinstance(patch, Rectangle)}
        assert len(fills) > 5
        assert len(axes.images) == 2
        letters = [text for text in axes.texts if len(text.get_text()) == 1]
        assert {text.get_color() for text in letters} >= {"#ffffff", "#000000"}


def test_that_ink_without_weights_has_no_bar_and_promises_nothing() -> None:
    figure = replace(ink(), provenance=replace(NOWHERE, definition="Ink: Strokes, and the attention to the letters."))
    plain = Piece(figure, weights_words="attention of query 10")
    page = lay_out((plain,), Style(caption=True))
    assert "attention" not in page.caption
    assert not any("attention" in text for text, _ in texts_of((plain,), Style())[0])
    full = lay_out((replace(asked(), figure=figure),), Style(caption=True))
    assert "attention of query 10. Strokes, and the attention to the letters." in full.caption


def test_that_a_bar_can_be_left_out_of_ink() -> None:
    assert not any("attention" in text for text, _ in texts_of((asked(),), Style(color_bar=False))[0])


def test_that_a_letter_pointed_at_is_outlined() -> None:
    with drawn((asked(letter=3),), Style(), None) as page:
        edges = [patch.get_edgecolor() for patch in page.drawing.axes[0].patches]
        assert edges.count(matplotlib.colors.to_rgba(Style().accent)) == 1


def test_that_moves_with_the_pen_up_are_drawn_when_they_are_on_the_screen() -> None:
    figure = replace(ink(), down=np.arange(len(ink().strokes)) % 3 > 0)

    def strokes(lifted: bool) -> int:
        with drawn((Piece(figure, lifted=lifted),), Style(), None) as page:
            found = [one for one in page.drawing.axes[0].collections if isinstance(one, LineCollection)]
            return sum(len(one.get_segments()) for one in found)

    assert strokes(lifted=True) > strokes(lifted=False)


# ---- captions ----------------------------------------------------------------------------------------------------


def test_that_a_caption_says_nothing_of_a_mouse() -> None:
    where = Provenance(definition="Mosaic: One score of every head; click a cell to go to its head.")
    figure = replace(checkerboard(), note="mean of 8; drag the threshold; click an edge", provenance=where)
    caption = lay_out((Piece(figure),), Style()).caption
    assert caption == "Checkerboard; mean of 8. One score of every head."
