"""The prompt as ink: what the view computes and refuses, and which figures cannot be made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.figures.ink import Ink
from analysis.handwriting.codec import PUBLIC
from analysis.model.model import Model
from analysis.model.vocabulary import strokes
from analysis.session.session import Session
from analysis.values import HeadId, PromptSpec, Selection, UserError, as_options
from tests.analysis.handmade import CROSSED, SMALL, random_model
from tests.analysis.test_views import session_of
from tests.shared_data import CHECKPOINT, REFERENCE, needs_shared


def writing_model() -> Model:
    """A random model of handwriting tokens, with letters in layers 0 and 2."""
    model = random_model(replace(CROSSED, d_vocab=PUBLIC.size), spread=0.5)
    return replace(model, vocabulary=strokes(PUBLIC.size))


def with_tokens(session: Session, folder: Path, tokens: np.ndarray, context: np.ndarray | None = None) -> Session:
    np.save(folder / "tokens.npy", tokens)
    options = {"tokens": str(folder / "tokens.npy")}
    if context is not None:
        np.save(folder / "context.npy", context)
        options["context"] = str(folder / "context.npy")
    session.set_prompt(PromptSpec("token_file", as_options(options)))
    return session


def ink_of(session: Session, head: HeadId, sample: int | None = 0) -> Ink:
    figure = session.look("ink", Selection(head, sample=sample))
    assert isinstance(figure, Ink)
    return figure


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Two words of three strokes each, the last but one with the pen up, and a text of two letters."""
    down = [[0.1, 0.0, 1], [0.2, 1.5, 1], [0.3, -1.5, 1]]
    words = [PUBLIC.encode(np.array(down)), PUBLIC.encode(np.array([*down[:2], [0.1, 0.0, 0], down[2]]))]
    tokens = PUBLIC.fit(np.concatenate([words[0], [PUBLIC.word] * 2, words[1]]), 24)
    context = np.zeros(10, np.int64)
    context[:2] = 2, 3
    return with_tokens(session_of(writing_model()), tmp_path, tokens, context)


def test_that_strokes_know_their_tokens_words_and_pen(session: Session) -> None:
    figure = ink_of(session, HeadId(0, 1))
    assert figure.tokens.tolist() == [[0, 1], [2, 3], [4, 5], [8, 9], [10, 11], [12, 13], [14, 15]]
    assert figure.down.tolist() == [True] * 5 + [False, True]
    assert figure.words == (0, 3)
    np.testing.assert_allclose(figure.strokes[0], [0, 0, 0.1, 0], atol=0.01)
    assert figure.labels == session.prompt_facts.labels[0]
    assert session.prompt_facts.handwriting
    assert not figure.strokes.flags.writeable


def test_that_letters_are_read_by_the_head_or_by_the_mean_of_its_layer(session: Session) -> None:
    one, mean = ink_of(session, HeadId(2, 3, "cross")), ink_of(session, HeadId(2, 0))
    assert one.letters == mean.letters == ("2", "3")
    assert (one.reader, mean.reader) == ("L2X3", "the mean of L2X0–3")
    each = [session.pattern(HeadId(2, index, "cross"), 0).numpy()[:, :2] for index in range(4)]
    np.testing.assert_allclose(one.reading, each[3], atol=1e-6)
    np.testing.assert_allclose(mean.reading, np.mean(each, axis=0), atol=1e-6)
    bare = ink_of(session, HeadId(1, 0))  # layer 1 reads no letters
    assert bare.reading.shape == (0, 2)


def test_that_what_cannot_be_drawn_is_refused_in_a_sentence(session: Session, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="mean over samples has no ink"):
        ink_of(session, HeadId(0, 0), None)
    with pytest.raises(UserError, match="no sample 1"):
        ink_of(session, HeadId(0, 0), 1)
    with_tokens(session, tmp_path, np.array([3, 302, PUBLIC.word, PUBLIC.end]))
    with pytest.raises(UserError, match="holds no pen movement"):
        ink_of(session, HeadId(0, 0))
    plain = session_of(random_model(SMALL))
    assert not plain.prompt_facts.handwriting
    with pytest.raises(UserError, match="are not pen movements"):
        ink_of(plain, HeadId(0, 0))


def test_that_random_strokes_are_drawn_too() -> None:
    session = session_of(writing_model())
    figure = ink_of(session, HeadId(0, 0), 2)
    assert len(figure.strokes) == 20
    assert figure.words == (0,)


GOOD = Ink("t", np.zeros((2, 4), np.float32), np.ones(2, bool), np.array([[0, 1], [2, 3]]), (0, 1), tuple("abcd"))


@pytest.mark.parametrize(
    "change",
    [
        {"strokes": np.zeros((2, 3))},
        {"strokes": np.zeros((0, 4)), "down": np.ones(0), "tokens": np.zeros((0, 2))},
        {"strokes": np.full((2, 4), np.nan)},
        {"down": np.ones(3, bool)},
        {"tokens": np.array([[0, 1], [2, 4]])},
        {"tokens": np.array([[-1, 1], [2, 3]])},
        {"words": ()},
        {"words": (1,)},
        {"words": (0, 2)},
        {"words": (0, 1, 1)},
        {"letters": ("x",)},
        {"reading": np.zeros((4, 1))},
        {"letters": ("x",), "reading": np.zeros((3, 1))},
    ],
)
def test_that_ink_whose_parts_do_not_fit_cannot_be_made(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(GOOD, **change)  # type: ignore[arg-type]


@needs_shared
def test_that_real_handwriting_is_drawn_as_it_was_written(tmp_path: Path) -> None:
    session = Session("cpu")
    session.open(str(CHECKPOINT))
    with np.load(REFERENCE) as reference:
        tokens, context = reference["prepared_tokens"][2], reference["plain_context"][2]
    with_tokens(session, tmp_path, tokens, context)
    figure = ink_of(session, HeadId(2, 0, "cross"))
    assert "".join(figure.letters[:5]) == "rhne␣"
    assert len(figure.words) == 3
    assert np.ptp(figure.strokes[figure.down][:, 1]) < 1.0  # on one line, as written
    # This head walks along the text: strokes of the first word read its letters, in order.
    best = figure.reading[figure.tokens[: figure.words[1]]].max(1).argmax(1)
    assert set(best.tolist()) >= {0, 1, 2, 3}
    assert np.corrcoef(np.arange(len(best)), best)[0, 1] > 0.9
