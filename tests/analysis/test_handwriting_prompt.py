"""Real handwriting as a prompt: token for token what the public code makes of the same words."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.handwriting.codec import PUBLIC
from analysis.handwriting.dataset import DataSet
from analysis.handwriting.preparation import downsample, shear
from analysis.model.model import Model
from analysis.model.vocabulary import strokes
from analysis.prompts.handwriting import PROMPT
from analysis.values import PromptSpec, UserError, as_options
from tests.shared_data import HANDWRITING, REFERENCE, needs_shared

from .handmade import CROSSED, SMALL, random_model

WORDS = ("the", "cat", "the", "dog", "the")


def reader() -> Model:
    config = replace(CROSSED, d_vocab=PUBLIC.size, n_ctx=600, d_vocab_context=72, n_ctx_context=50, d_mlp=0)
    model = random_model(config)
    vocabulary = strokes(PUBLIC.size)
    assert vocabulary is not None
    model.vocabulary = vocabulary
    return model


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Five words of a zigzag each, no two alike."""
    draw = np.random.default_rng(0)
    items = []
    for text in WORDS:
        points = np.cumsum(draw.uniform(0.01, 0.1, (12, 2)), axis=0)
        rows = [[float(x), float(y), float(place != 5)] for place, (x, y) in enumerate(points)]
        items.append({"metadata": {"asciiSequence": text, "aspectRatio": 1.0, "author": "a"}, "points": rows})
    path = tmp_path / "words.json"
    path.write_text(json.dumps(items))
    return path


def given(data: Path | str, **options: str) -> PromptSpec:
    return PromptSpec("handwriting", as_options({"data": str(data), **options}))


@needs_shared
def test_that_words_in_order_are_the_tokens_of_the_public_code() -> None:
    reference = np.load(REFERENCE)
    for row, first in ((2, 5), (3, 2000)):
        spec = given(HANDWRITING, first=str(first), count="3", samples="1")
        prompt = PROMPT.make(reader(), spec)
        wanted = reference["prepared_tokens"][row]
        length = prompt.tokens.shape[1]
        assert (prompt.tokens[0].numpy() == wanted[:length]).all()
        assert (wanted[length:] == PUBLIC.pad).all()
        assert prompt.context is not None
        assert (prompt.context[0].numpy() == reference["plain_context"][row]).all()


def test_that_lines_follow_one_another(data: Path) -> None:
    prompt = PROMPT.make(reader(), given(data, count="2", samples="2"))
    words = [downsample(shear(word.points, -0.2), 0.65) for word in DataSet(data).all()]
    for line, pair in enumerate((words[0:2], words[2:4])):
        ink = PUBLIC.encode_words(pair)
        assert (prompt.tokens[line, : len(ink)].numpy() == ink).all()
        assert prompt.tokens[line, len(ink)] == PUBLIC.end
    assert prompt.description == "“the cat” and others from words.json"


def test_that_a_text_is_written_in_the_hands_that_there_are(data: Path) -> None:
    prompt = PROMPT.make(reader(), given(data, write="text", text="dog the", samples="8"))
    assert len(prompt.tokens) == 3  # "the" was written three times, "dog" once
    assert len({tuple(row) for row in prompt.tokens.tolist()}) == 3
    assert prompt.context is not None
    assert (prompt.context == prompt.context[0]).all()


def test_that_the_data_set_at_hand_is_used_without_being_named(data: Path) -> None:
    model = reader()
    model.data = str(data)
    assert "words.json" in PROMPT.make(model, PromptSpec("handwriting")).description


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"write": "text", "text": "cow"}, "no word 'cow'"),
        ({"write": "text", "text": "thx"}, "it has “the”"),
        ({"write": "text", "text": ""}, "type words"),
        ({"first": "5"}, "numbered 0 to 4"),
        ({"count": "0"}, "goes from 1"),
        ({"samples": "x"}, "whole number"),
        ({"data": ""}, "open a data set"),
        ({"data": "nowhere.json"}, "does not exist"),
    ],
)
def test_that_what_cannot_be_written_is_told(data: Path, options: dict[str, str], words: str) -> None:
    spec = PromptSpec("handwriting", as_options({"data": str(data)} | options))
    with pytest.raises(UserError, match=words):
        PROMPT.make(reader(), spec)


def test_that_a_model_of_another_kind_is_told(data: Path) -> None:
    with pytest.raises(UserError, match="does not read handwriting"):
        PROMPT.make(random_model(SMALL), given(data))
