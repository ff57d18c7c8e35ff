"""What the averages look like, from the first request to the whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.figures.curves import Curves
from analysis.figures.figure import Figure
from analysis.figures.heatmap import Heatmap
from analysis.measures.averaging import REACH
from analysis.session.session import Session
from analysis.studies.handwriting.averages import AveragesOptions
from analysis.values import HeadId, NotReady, Selection, UserError, as_options
from tests.analysis.handmade import CROSSED, random_model
from tests.analysis.test_reading_scores import data_set, writing_model
from tests.analysis.test_views import session_of


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return session_of(writing_model(data_set(tmp_path, ("nine", "ten"))))


def averaged(session: Session, head: HeadId, **options: str) -> Figure:
    """The figure once its study is through."""
    selection = Selection(head, options=as_options({"averages_lines": "6"} | options))
    with pytest.raises(NotReady, match="Averages over lines is being computed"):
        session.look("averages", selection)
    for job in session.new_jobs():
        assert [update.failure for update in job][-1] == ""
    return session.look("averages", selection)


def test_that_letters_that_look_back_are_rows_and_what_they_look_at_columns(session: Session) -> None:
    figure = averaged(session, HeadId(1, 1))
    assert isinstance(figure, Heatmap)
    means, whole = session.study("averages", AveragesOptions(6, session.model.data))
    assert whole
    names = [session.model.context_vocabulary.label(place) for place in range(72)]  # type: ignore[union-attr]
    for axis in (figure.rows, figure.cols):  # those that are written in most lines first
        written = [means.lines[1][names.index(letter), names.index(letter)] for letter in axis.labels]
        assert written == sorted(written, reverse=True)
    assert {"n", "t"} <= set(figure.rows.labels)
    assert "␣" in figure.cols.labels
    assert "␣" not in figure.rows.labels  # nothing is written between words
    for row, written in enumerate(figure.rows.labels):
        for col, seen in enumerate(figure.cols.labels):
            place = names.index(written), names.index(seen)
            wanted = means.attention[means.of(HeadId(1, 1))][place] if means.lines[0][place] >= 3 else np.nan
            np.testing.assert_array_equal(figure.values[row, col], wanted)
    assert "6 lines of words.json" in figure.note
    ratio = session.look("averages", Selection(HeadId(1, 1), options=as_options(
        {"averages_lines": "6", "averages_as": "ratio"})))  # fmt: skip
    assert isinstance(ratio, Heatmap)
    n = names.index("n"), names.index("n")
    wanted = np.log2(means.attention[means.of(HeadId(1, 1))][n] / means.chance[means.of(HeadId(1, 1))][n])
    cell = ratio.rows.labels.index("n"), ratio.cols.labels.index("n")
    assert ratio.values[cell] == pytest.approx(np.clip(wanted, -3, 3), abs=1e-5)
    assert ratio.scale.kind == "diverging"


def test_that_by_distance_every_head_of_the_kind_is_a_line(session: Session) -> None:
    own, read = (averaged(session, head, averages_by="distance", averages_lines=lines) for head, lines in (
        (HeadId(0, 2), "6"), (HeadId(2, 3, "cross"), "5")))  # fmt: skip
    assert isinstance(own, Curves)
    assert isinstance(read, Curves)
    assert [line.label for line in own.series if line.emphasis] == ["L0H2"]
    assert len(own.series) == 12
    assert own.x[0] == 0
    assert [line.label for line in read.series if line.emphasis] == ["L2X3"]
    assert read.x.tolist() == list(range(-REACH, REACH + 1))


def test_that_by_position_the_pattern_is_a_mean_and_blank_where_no_line_is_written(session: Session) -> None:
    figure = averaged(session, HeadId(2, 3, "cross"), averages_by="position")
    assert isinstance(figure, Heatmap)
    assert figure.values.shape[1] == 16
    assert np.isnan(figure.values[-1]).all()
    np.testing.assert_allclose(figure.values[0].sum(), 1, atol=1e-5)


def test_that_what_cannot_be_averaged_is_said_in_a_sentence(session: Session) -> None:
    with pytest.raises(UserError, match="writes no letters of a text"):
        session_of(random_model(CROSSED)).look("averages", Selection(HeadId(0, 0)))
    with pytest.raises(UserError, match="need a handwriting data set"):
        session_of(replace(session.model, data=None)).look("averages", Selection(HeadId(0, 0)))
    selection = Selection(HeadId(0, 0), options=as_options({"averages_lines": "1"}))
    with pytest.raises(NotReady):
        session.look("averages", selection)
    for job in session.new_jobs():
        list(job)
    with pytest.raises(UserError, match="ask for more lines"):
        session.look("averages", selection)
