"""What the demos are shipped for, and how the handwriting of the second is made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.handwriting.dataset import DataSet
from analysis.loading.demos import DEMOS
from analysis.session.session import Session
from analysis.values import HeadId, UserError
from resources.demo import train_handwriting
from resources.demo.letters import CODEC, MOST, Writer, babble, letter, line

HANDWRITING = DEMOS[0].path
DATA = HANDWRITING.with_name("handwriting.json.zip")


@pytest.fixture(scope="module")
def session() -> Session:
    session = Session("cpu")
    session.open(None)
    return session


@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.info.key)
def test_that_each_demo_opens_by_its_key_and_is_small(demo: object) -> None:
    session = Session("cpu")
    facts = session.open(demo.info.key)  # type: ignore[attr-defined]
    assert (facts.demo, facts.name) == (demo.info.key, demo.info.title)  # type: ignore[attr-defined]
    assert facts.certificate.ok
    assert demo.path.stat().st_size < 2 * 10**6  # type: ignore[attr-defined]


def test_that_the_first_demo_opens_when_nothing_is_asked_for(session: Session) -> None:
    assert session.loaded.facts.demo == "demo:handwriting"


def test_that_a_demo_that_there_is_not_is_refused_and_the_model_stays(session: Session) -> None:
    with pytest.raises(UserError, match="There is no demo 'demo:none'; open demo:handwriting or demo:textbook"):
        session.open("demo:none")
    assert session.loaded.facts.demo == "demo:handwriting"


def test_that_the_handwriting_demo_has_an_induction_head_that_its_copying_depends_on(session: Session) -> None:
    """On the scoring prompt and on letters it has never seen: at least one nat a token is lost without the head."""
    assert train_handwriting.score(session.model).highest("induction") == HeadId(1, 0)
    found = train_handwriting.check(session.model)
    assert found["induction"] > 0.5
    assert found["second_loss"] < found["first_loss"] / 4
    assert found["repeated strokes: L1H0 ablated costs"] > 1
    assert found["letters seen: L1H0 ablated costs"] > 1


def test_that_the_data_set_is_what_its_script_writes(tmp_path: Path) -> None:
    train_handwriting.write_data(tmp_path / DATA.name)
    assert (tmp_path / DATA.name).read_bytes() == DATA.read_bytes()


def test_that_three_words_in_a_row_are_by_one_writer_in_the_same_letters() -> None:
    words = DataSet(DATA).all()
    assert len(words) == 3 * len(train_handwriting.WORDS)
    assert [word.text for word in words[:3]] == ["mama", "am", "ma"]
    tokens = [CODEC.encode_words([word.points])[2:] for word in words[:3]]
    mama, _, ma = tokens
    assert mama.tolist() == [*ma, *ma]
    assert words[0].author == words[2].author != words[3].author


def test_that_a_letter_is_the_same_within_a_writer_and_another_by_the_next() -> None:
    rng = np.random.default_rng(0)
    here, there = Writer(rng), Writer(rng)
    assert (here.letter("a") == here.letter("a")).all()
    assert here.letter("a").tolist() != there.letter("a").tolist()


@pytest.mark.parametrize("name", CODEC.alphabet[:26])
def test_that_a_letter_begins_and_ends_near_the_line_and_fits_the_bins(name: str) -> None:
    moves = letter(name, np.random.default_rng(3))
    assert abs(moves[:, 1].sum()) < 0.1
    assert moves[:, 0].sum() > 0
    assert len(moves) <= MOST + 6
    assert np.hypot(*moves[:, :2].T).max() < CODEC.radii[-1]


def test_that_known_tokens_are_those_of_letters_that_were_written_before() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        text = babble(rng)
        writer = Writer(rng)
        written = line(text, writer)
        assert len(written.tokens) == len(written.known)
        new = sum(2 * len(writer.letter(name)) for name in set(text) - {" "})
        again = [name for place, name in enumerate(text.replace(" ", "")) if name in text.replace(" ", "")[:place]]
        assert written.known.sum() == sum(2 * len(writer.letter(name)) - 1 for name in again)
        assert new + len(again) + written.known.sum() + 2 + 4 * text.count(" ") == len(written.tokens)
