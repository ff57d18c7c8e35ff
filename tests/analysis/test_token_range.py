"""Which tokens random pieces are drawn from: ids that text is never made of stay out, and a person may choose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from analysis.files.tokenizer import beside
from analysis.loading.formats.native import save_native
from analysis.model.model import Model
from analysis.model.vocabulary import Vocabulary
from analysis.prompts.repeated_random import PROMPT, repeated_random_spec
from analysis.prompts.token_range import settled, token_ids
from analysis.session.session import Session
from analysis.values import Asked, UserError
from analysis.verdict.trials.trial import rotated, units_of

from .handmade import SMALL, model_of, random_model

WORDS = ["the", "cat", "sat", "on", "a", "mat", "and", "dog", "ran", "off"]
ODD = ["<unk>", "<unused3>", "[unused7]", "<|reserved_special_token_5|>", "<0x0A>", "<0xFf>", "[PAD]", "madeupword0001"]


def with_tokenizer(folder: Path, words: list[str]) -> Model:
    """A model of 50 ids beside a tokenizer of these words, and two added ones, one of them special."""
    fast = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token=words[0]))
    fast.pre_tokenizer, fast.decoder = pre_tokenizers.WhitespaceSplit(), decoders.Fuse()
    fast.add_special_tokens(["<end>"])
    fast.add_tokens(["added"])
    fast.save(str(folder / "tokenizer.json"))
    model = random_model(SMALL)
    save_native({name: model.weights[name] for name in model.weights}, model.config, folder / "m.safetensors")
    session = Session("cpu")
    session.open(str(folder / "m.safetensors"))
    return session.model


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return with_tokenizer(tmp_path, ODD + WORDS)


KNOWN = list(range(len(ODD), len(ODD) + len(WORDS)))


def test_that_special_added_unused_ids_and_bytes_are_not_drawn(model: Model) -> None:
    assert [span.tolist() for span in model.vocabulary.spans] == [KNOWN]
    prompt = PROMPT.make(model, repeated_random_spec(length=10, samples=20))
    assert set(prompt.tokens.flatten().tolist()) == set(KNOWN)
    assert "of 10 that text is made of" in prompt.description
    trial = rotated(model, Asked(), 8, 20, 0)
    assert set(trial.ordered.flatten().tolist()) == set(KNOWN)
    assert units_of(model, Asked()) == len(KNOWN)


def test_that_without_a_tokenizer_all_ids_are_drawn_as_before() -> None:
    prompt = PROMPT.make(random_model(SMALL), repeated_random_spec(length=30, samples=20))
    assert set(prompt.tokens.flatten().tolist()) == set(range(50))
    assert "text" not in prompt.description


def test_that_a_tokenizer_of_nothing_odd_changes_no_prompt(tmp_path: Path) -> None:
    """The scores of a model whose ids are all words stay what they were."""
    model = with_tokenizer(tmp_path, [f"w{number}" for number in range(50)])
    spec = repeated_random_spec(length=20, samples=3)
    mine, plain = PROMPT.make(model, spec), PROMPT.make(random_model(SMALL), spec)
    assert mine.tokens.equal(plain.tokens)
    assert mine.description == plain.description


def test_that_a_tokenizer_of_hardly_any_words_leaves_all_ids(tmp_path: Path) -> None:
    model = with_tokenizer(tmp_path, [*ODD, "the", "cat"])
    assert [len(span) for span in model.vocabulary.spans] == [50]
    with pytest.raises(UserError, match="leaves 2 of the ids 0 to 49"):
        token_ids(model, "tokenizer")


def test_that_bytes_are_kept_where_there_is_nothing_else(tmp_path: Path) -> None:
    model = with_tokenizer(tmp_path, [f"<0x{byte:02X}>" for byte in range(40)])
    assert [span.tolist() for span in model.vocabulary.spans] == [list(range(40))]


def test_that_characters_past_the_table_are_not_drawn(tmp_path: Path) -> None:
    import pickle

    letters = "abcdefgh"
    table = {letter: place for place, letter in enumerate(letters)}
    (tmp_path / "meta.pkl").write_bytes(pickle.dumps({"stoi": table, "itos": dict(enumerate(letters))}))
    found = beside(tmp_path, 50)
    assert found is not None
    assert found.ordinary() == frozenset(range(8))


@pytest.mark.parametrize(("words", "ids"), [
    ("", ()), ("10:14", (10, 11, 12, 13)), ("0:50", tuple(range(50))), ("tokenizer", tuple(KNOWN)),
])  # fmt: skip
def test_that_words_name_ids(model: Model, words: str, ids: tuple[int, ...]) -> None:
    assert token_ids(model, words) == ids
    assert settled(model, Asked(tokens=words)).ids == ids


def test_that_a_text_gives_its_tokens_once_each(model: Model, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("the cat sat on the mat <end> added zebra\n", "utf-8")
    assert token_ids(model, str(tmp_path / "text")) == (8, 9, 10, 11, 13)
    trial = rotated(model, settled(model, Asked(tokens=str(tmp_path / "text"))), 5, 8, 0)
    assert set(trial.ordered.flatten().tolist()) == {8, 9, 10, 11, 13}


def test_that_ids_come_from_files_where_there_is_no_tokenizer(tmp_path: Path) -> None:
    model = random_model(SMALL)
    (tmp_path / "ids.txt").write_text("3, 9\n4 4 12,\n", "utf-8")
    assert token_ids(model, str(tmp_path / "ids.txt")) == (3, 4, 9, 12)
    np.save(tmp_path / "ids.npy", np.array([[9, 4], [3, 12]]))
    assert token_ids(model, str(tmp_path / "ids.npy")) == (3, 4, 9, 12)


@pytest.mark.parametrize(("content", "words"), [
    (b"1 2 three 4", "has 'three' where a token id should be"), (b"1 2 3 50", "has the id 50"),
    (b"1 2 3", "leaves 3 of the ids"), (b"", "leaves 0 of the ids"), (b"\xff\xfe\x00", "is no text"),
])  # fmt: skip
def test_that_files_that_name_no_ids_are_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "ids.txt").write_bytes(content)
    with pytest.raises(UserError, match=words):
        token_ids(random_model(SMALL), str(tmp_path / "ids.txt"))


@pytest.mark.parametrize("words", ["5", "5:", ":5", "-1:9", "1:2:3", "a\0b", "."])
def test_that_words_of_no_form_are_one_sentence(words: str) -> None:
    with pytest.raises(UserError, match="LOW:HIGH, tokenizer, or a file"):
        token_ids(random_model(SMALL), words)


def test_that_strokes_draw_angles_and_radii_each_from_their_own_part() -> None:
    model = random_model(replace(SMALL, d_vocab=16))
    model = model_of(model.config, {name: model.weights[name] for name in model.weights},
                     Vocabulary(16, ((6, 14), (0, 6)), unit="stroke"))  # fmt: skip
    chosen = settled(model, Asked(tokens="1:12"))
    assert units_of(model, chosen) == 5
    trial = rotated(model, chosen, 8, 30, 0)
    assert set(trial.ordered[:, 0::2].flatten().tolist()) == set(range(6, 12))
    assert set(trial.ordered[:, 1::2].flatten().tolist()) == set(range(1, 6))
    with pytest.raises(UserError, match="leaves 3 of the ids 6 to 13"):
        token_ids(model, "0:9")
