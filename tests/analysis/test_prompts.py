from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.model.vocabulary import plain, strokes
from analysis.prompts.repeated_random import PROMPT, repeated_random_spec
from analysis.prompts.token_file import PROMPT as FILE
from analysis.values import PromptSpec, UserError, as_options

from .handmade import CROSSED, SMALL, random_model


def test_that_the_second_copy_is_the_first_and_tokens_in_a_copy_differ() -> None:
    prompt = PROMPT.make(random_model(SMALL), repeated_random_spec(length=20, samples=5))
    assert prompt.tokens.shape == (5, 40)
    assert torch.equal(prompt.tokens[:, :20], prompt.tokens[:, 20:])
    assert all(len(set(row)) == 20 for row in prompt.tokens[:, :20].tolist())
    assert prompt.second == (21, 40)


def test_that_a_seed_gives_the_same_prompt_and_another_seed_another() -> None:
    model = random_model(SMALL)
    first, again, other = (PROMPT.make(model, repeated_random_spec(seed=seed)).tokens for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_that_a_beginning_of_sequence_stands_before_the_copies_and_never_in_them() -> None:
    model = random_model(SMALL)
    model.vocabulary = plain(50, bos=0)
    prompt = PROMPT.make(model, repeated_random_spec(length=25))
    assert (prompt.tokens[:, 0] == 0).all()
    assert (prompt.tokens[:, 1:] > 0).all()
    assert (prompt.start, prompt.period, prompt.second) == (1, 25, (27, 51))


def test_that_handwriting_draws_angle_and_radius_in_turn() -> None:
    model = random_model(replace(SMALL, d_vocab=525))
    vocabulary = strokes(525)
    assert vocabulary is not None
    model.vocabulary = vocabulary
    tokens = PROMPT.make(model, repeated_random_spec(length=31)).tokens
    assert tokens.shape[1] == 60  # an odd length would tear the pairs
    assert ((tokens[:, 0::2] >= 302) & (tokens[:, 0::2] < 522)).all()
    assert (tokens[:, 1::2] < 302).all()
    assert vocabulary.label(302) == "θ -180°"
    assert vocabulary.label(521) == "θ 180°"
    assert vocabulary.label(524) == "WORD"


def test_that_a_length_is_cut_to_what_the_model_reads() -> None:
    assert PROMPT.make(random_model(SMALL), repeated_random_spec(length=500)).tokens.shape[1] == 64


def test_that_cross_attention_gets_letters_and_padding() -> None:
    context = PROMPT.make(random_model(CROSSED), repeated_random_spec()).context
    assert context is not None
    assert context.shape == (32, 10)
    assert (context[:, :2] > 0).all()
    assert (context[:, 2:] == 0).all()


@pytest.mark.parametrize(
    "options", [{"length": "0"}, {"length": "x"}, {"samples": "-1"}, {"repeats": "60"}, {"seed": "²"}]
)
def test_that_options_which_make_no_prompt_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(UserError):
        PROMPT.make(random_model(SMALL), PromptSpec("repeated_random", as_options(options)))


def given(path: Path, **more: str) -> PromptSpec:
    return PromptSpec("token_file", as_options({"tokens": str(path)} | more))


def test_that_a_token_file_is_read_as_it_is(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.arange(7, dtype=np.int64))
    np.save(tmp_path / "two.npy", np.arange(14, dtype=np.uint16).reshape(2, 7))
    assert FILE.make(random_model(SMALL), given(tmp_path / "one.npy")).tokens.tolist() == [list(range(7))]
    prompt = FILE.make(random_model(CROSSED), given(tmp_path / "two.npy"))
    assert prompt.tokens.tolist() == [list(range(7)), list(range(7, 14))]
    assert prompt.context is not None
    assert prompt.context.tolist() == [[0] * 10] * 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (np.array([1.5, 2.0]), "whole numbers"),
        (np.array([[[1]]]), "whole numbers"),
        (np.array([], dtype=np.int64), "whole numbers"),
        (np.array([3, 99]), "token id 99"),
        (np.zeros(65, np.int64), "at most 64"),
        (np.array([{"a": 1}], dtype=object), "cannot be read"),
        (b"\x93NUMPY\x01\x00", "cannot be read"),
        (b"", "cannot be read"),
        (None, "There is no file"),
    ],
)
def test_that_a_bad_token_file_is_refused_in_a_sentence(tmp_path: Path, content: object, words: str) -> None:
    path = tmp_path / "bad.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.save(path, content, allow_pickle=True)
    with pytest.raises(UserError, match=words):
        FILE.make(random_model(SMALL), given(path))
