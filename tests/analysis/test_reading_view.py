"""The pattern of a cross-attention head as stroke by character."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.figures.heatmap import Heatmap
from analysis.session.session import Session
from analysis.values import HeadId, PromptSpec, Selection, UserError, as_options
from tests.analysis.handmade import CROSSED, random_model
from tests.analysis.test_reading_scores import data_set, plainly, writing_model
from tests.analysis.test_views import session_of

READER = HeadId(2, 1, "cross")


@pytest.fixture
def session(tmp_path: Path) -> Session:
    session = session_of(writing_model(data_set(tmp_path)))
    session.set_prompt(PromptSpec("handwriting", as_options({"samples": "3", "count": "2"})))
    return session


def test_that_rows_are_strokes_and_columns_the_letters_of_the_text(session: Session) -> None:
    figure = session.look("reading", Selection(READER, sample=1))  # "or a"
    assert isinstance(figure, Heatmap)
    pattern = session.pattern(READER, 1).numpy()
    assert "".join(figure.cols.labels) == "or␣a"
    strokes = session.prompt.writing.strokes[1].tolist()  # type: ignore[union-attr]
    firsts = [place for place in range(0, len(strokes), 2) if strokes[place] >= 0]
    assert figure.rows.tokens == tuple(firsts)
    assert figure.rows.labels[0] == "0 (word 1)"
    assert figure.rows.labels[-1] == f"{len(firsts) - 1} (word 2)"
    wanted = [(pattern[place, :4] + pattern[place + 1, :4]) / 2 for place in firsts]
    np.testing.assert_allclose(figure.values, wanted, atol=1e-6)


def test_that_the_note_tells_what_rests_on_padding_and_how_far_this_line_is_walked(session: Session) -> None:
    figure = session.look("reading", Selection(READER, sample=1))
    pattern, prompt = session.pattern(READER, 1).numpy(), session.prompt
    ink = prompt.writing.strokes[1].numpy() >= 0  # type: ignore[union-attr]
    one = session.prompts["handwriting"].make(
        session.model, PromptSpec("handwriting", as_options({"samples": "1", "first": "2", "count": "2"}))
    )
    walk = plainly("monotonicity", pattern.astype(np.float64), one)
    assert f"{pattern[ink, 4:].sum(1).mean():.0%} rests on padding; monotonicity {walk:.2f}" in figure.note


def test_that_what_is_not_read_is_refused_in_a_sentence(session: Session) -> None:
    with pytest.raises(UserError, match="L0H0 reads no letters"):
        session.look("reading", Selection(HeadId(0, 0)))
    with pytest.raises(UserError, match="show one sample"):
        session.look("reading", Selection(READER, sample=None))
    with pytest.raises(UserError, match="no sample 3"):
        session.look("reading", Selection(READER, sample=3))
    with pytest.raises(UserError, match="reads no letters"):
        session_of(random_model(CROSSED)).look("reading", Selection(READER))
