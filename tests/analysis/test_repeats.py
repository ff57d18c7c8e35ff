"""The induction trial on handwriting: random strokes and real words in one table, whose headline says the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.figures.curves import Curves
from analysis.figures.table import Row, Table
from analysis.model.model import Model
from analysis.session.session import Session
from analysis.studies.handwriting.repeats import Asking, Places, Repeats, RepeatsOptions, places_of
from analysis.values import Asked, HeadId, NotReady, Selection, UserError, as_options
from analysis.values.work import finish
from analysis.verdict import chance
from analysis.verdict.induction.attention import look
from analysis.verdict.measured import Measured
from analysis.verdict.trials.written_words import trial_of_words
from analysis.verdict.wording.facts import Answer
from analysis.verdict.wording.sentences import sentences
from analysis.views.handwriting.induction import COLUMNS, answers, headline, ranked
from tests.analysis.handmade import CROSSED, induction_model, random_model
from tests.analysis.induction.test_written_words import CODEC, data, model  # noqa: F401
from tests.analysis.test_views import session_of

WORDS = 8
OPTIONS = as_options({"repeats_lines": str(WORDS)})
COPYING = HeadId(1, 0)


@pytest.fixture
def session(model: Model) -> Session:  # noqa: F811
    return session_of(model)


@pytest.fixture(scope="module")
def demo() -> Session:
    session = Session("cpu")
    session.asked = Asked(samples=8)
    session.open("demo:handwriting")
    session.set_prompt(None)
    session.figure("induction", Selection(COPYING, options=OPTIONS))
    return session


def found_in(session: Session) -> Repeats:
    found, whole = session.study("repeats", RepeatsOptions(WORDS, session.model.data, session.asked))
    assert whole
    assert isinstance(found, Repeats)
    return found


def table_of(session: Session) -> tuple[Table, list[Row]]:
    figure = session.figure("induction", Selection(HeadId(0, 0), options=OPTIONS))
    assert isinstance(figure, Table)
    return figure, [row for row in figure.rows if row.head is not None]


def test_that_the_demo_copies_random_strokes_and_words_by_one_head(demo: Session) -> None:
    figure, rows = table_of(demo)
    found = found_in(demo)
    assert figure.title == f"Induction: {COPYING} (handwriting)"
    assert rows[0].head == COPYING
    assert found.words is not None
    for one in (found.random.answer, found.words.answer):
        assert max(one.heads.values(), key=lambda facts: facts.share.value).head == COPYING
        assert one.heads[COPYING].kind == "induction"
        assert one.heads[COPYING].share.value > 0.5
        assert one.heads[COPYING].confirmed == "alone"
        assert one.copies.copies
    assert found.words.answer.copies.gain.low > 1


def test_that_table_and_sentences_show_the_numbers_of_the_answers(demo: Session) -> None:
    figure, rows = table_of(demo)
    prose = [row.cells[0] for row in figure.rows if row.prose]
    each = [answer for _, answer, _ in answers(found_in(demo))]
    assert len(each) == 2
    assert prose == [sentence for answer in each for sentence in sentences(answer)]
    assert {row.head for row in rows} == {head for head in demo.model.heads if head.kind == "self"}
    for number, answer in enumerate(each):
        at = 1 + 4 * number
        facts = answer.heads[COPYING]
        assert COLUMNS[at + 1 : at + 4] == ("share", "copies", "without it")
        assert facts.copying is not None
        assert facts.effect is not None
        wanted = "induction", str(facts.share), f"{facts.copying.value:+.2f}", f"{facts.effect.told.value:+.2f}"
        assert rows[0].cells[at : at + 4] == wanted
        assert facts.copying.signed in rows[0].tip
        assert facts.effect.told.signed in rows[0].tip
        gains = next(row for row in figure.rows if row.cells[0] == "the model")
        assert gains.cells[at] == "copies"
        assert gains.cells[at + 2] == f"{answer.copies.gain.value:+.2f}"


def test_that_random_strokes_are_those_of_the_answer_about_the_model(demo: Session) -> None:
    assert found_in(demo).random.answer is demo.study("answer")[0]


def asking(shares: dict[HeadId, float], inducing: set[HeadId]) -> Asking:
    """Made-up facts, of a template."""
    session = session_of(replace(induction_model(CODEC.size, 90), vocabulary=random_model(CROSSED).vocabulary))
    template: Answer = finish(session.complete("answer"))
    one = template.heads[COPYING]
    heads = {head: replace(one, head=head, share=Measured(share, share - 0.01, share + 0.01),
                           words=("induction", "strong") if head in inducing else ("gates",))
             for head, share in shares.items()}  # fmt: skip
    nothing = np.zeros((len(shares), 3), np.float32)
    return Asking(replace(template, heads=heads), Places(tuple(shares), np.arange(3), nothing, nothing, nothing))


def test_that_the_headline_names_the_heads_that_stand_first() -> None:
    a, b, c = HeadId(0, 0), HeadId(0, 1), HeadId(1, 1)
    strokes, words = asking({a: 0.9, b: 0.2, c: 0.5}, {b, c}), asking({a: 0.9, b: 0.6, c: 0.1}, {b})
    both = answers(Repeats(strokes, words))
    assert ranked(both) == [b, c, a]  # the largest share comes last: that head does no induction
    assert headline(both) == "Induction: L0H1, L1H1 on random strokes, L0H1 on real words"
    assert headline(answers(Repeats(words, words))) == "Induction: L0H1"
    assert headline(answers(Repeats(strokes, None))) == "Induction: L1H1, L0H1"
    none = asking({a: 0.4, b: 0.2, c: 0.5}, set())
    assert headline(answers(Repeats(none, none))) == "No induction head"
    assert headline(answers(Repeats(strokes, none))) == "Induction: L1H1, L0H1 on random strokes, none on real words"


def test_that_a_random_model_holds_no_induction_head(session: Session) -> None:
    figure, rows = table_of(session)
    assert figure.title == "No induction head (handwriting)"
    assert all("induction" not in row.cells for row in rows)
    assert not any(sentence.startswith("Copies") for row in figure.rows for sentence in row.cells[:1])


def test_that_without_a_data_set_random_strokes_stand_alone(session: Session) -> None:
    session.model.data = None
    figure, rows = table_of(session)
    assert found_in(session).words is None
    assert all(cell == "" for row in rows for cell in row.cells[5:])
    assert len([row for row in figure.rows if row.heading]) == 2


def updates(session: Session) -> Iterator[object]:
    """Of all jobs, those too that the last look began."""
    while jobs := session.new_jobs():
        for job in jobs:
            yield from job


def test_that_the_table_fills_in_with_words_and_gives_its_headline_at_the_end(session: Session) -> None:
    seen, selection = [], Selection(HeadId(0, 0), options=OPTIONS)
    with pytest.raises(NotReady):
        session.look("induction", selection)
    for _ in updates(session):
        try:
            figure = session.look("induction", selection)
        except NotReady:
            continue
        assert isinstance(figure, Table)
        cells = next((row.cells for row in figure.rows if row.head is not None), COLUMNS[:1] * len(COLUMNS))
        state = bool(cells[1]), bool(cells[5]), figure.title
        if state not in seen:
            seen.append(state)
        assert ("not done yet" in figure.note) == (figure.title == "The induction trial so far (handwriting)")
        with suppress(NotReady):
            curves = session.look("induction_lags", selection)
            assert ("not done yet" in curves.note) == ("not done yet" in figure.note)
    assert [state[:2] for state in seen] == [(False, False), (True, False), (True, True), (True, True)]
    so_far, last = "The induction trial so far (handwriting)", "No induction head (handwriting)"
    assert [title for *_, title in seen] == [so_far, so_far, so_far, last]


def test_that_the_curve_shows_the_attention_above_the_control_at_every_place(session: Session) -> None:
    head = HeadId(1, 2)
    figure = session.figure("induction_lags", Selection(head, options=OPTIONS))
    assert isinstance(figure, Curves)
    assert [line.label for line in figure.series] == ["random strokes", "real words"]
    trial = finish(trial_of_words(session.model, Asked(samples=WORDS, seed=session.asked.seed)))
    looks = finish(look(session.model, trial))
    excess = looks.excess[:, looks.heads.index(head)]
    for place in (-2, 0, 1, 2):
        at = figure.x.tolist().index(float(place))
        wanted = excess[:, looks.offsets.tolist().index(place)].mean()
        assert figure.series[1].y[at] == pytest.approx(wanted, abs=1e-6)
    assert np.isnan(figure.series[1].y[0])  # further than the shortest word is long
    low, high = chance.of_mean(looks.excess)
    places = places_of(looks)
    np.testing.assert_allclose(places.low, low)
    np.testing.assert_allclose(places.high, high)
    with pytest.raises(UserError, match="where nothing repeats"):
        session.look("induction_lags", Selection(HeadId(0, 1, "cross"), options=OPTIONS))


def test_that_models_without_handwriting_are_refused_in_a_sentence() -> None:
    with pytest.raises(UserError, match="not pen movements"):
        session_of(random_model(CROSSED)).look("induction", Selection(HeadId(0, 0)))


def test_that_it_is_asked_anew_when_induction_is(session: Session) -> None:
    table_of(session)
    session.ask(Asked(samples=9, seed=4))
    table_of(session)
    found = found_in(session)
    assert found.random.answer is session.study("answer")[0]
    assert (found.random.answer.samples, found.random.answer.seed) == (9, 4)
    assert found.words is not None
    assert found.words.answer.seed == 4


def test_that_words_that_do_not_fit_are_told_in_the_panel(session: Session, tmp_path: Path) -> None:
    session.model.config = replace(session.model.config, n_ctx=24)
    with pytest.raises(UserError, match="Fewer than two words"):
        session.figure("induction", Selection(HeadId(0, 0), options=OPTIONS))
