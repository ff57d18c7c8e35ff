"""Text prompts, tokenizers, and strings from files made visible."""

import json
import pickle
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from analysis.files.tokenizer import beside
from analysis.loading.formats.native import save_native
from analysis.session.session import Session
from analysis.values import PromptSpec, UserError, as_options
from analysis.values.text import visible

from .handmade import SMALL, random_model

LETTERS = "abc dé\n"


def model_in(folder: Path) -> Path:
    model = random_model(SMALL)
    save_native({name: model.weights[name] for name in model.weights}, model.config, folder / "m.safetensors")
    return folder / "m.safetensors"


def with_characters(folder: Path) -> None:
    """nanoGPT's table, as its prepare.py writes it."""
    stoi = {letter: index for index, letter in enumerate(LETTERS)}
    itos = dict(enumerate(LETTERS))
    (folder / "meta.pkl").write_bytes(pickle.dumps({"vocab_size": len(LETTERS), "itos": itos, "stoi": stoi}))


def with_words(folder: Path, extra: int = 0) -> None:
    words = {"<unk>": 0, "Ġthe": 1, "Ġcat": 2, "cat": 3 + extra}
    fast = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    fast.decoder = decoders.ByteLevel()
    fast.save(str(folder / "tokenizer.json"))


def text(words: str) -> PromptSpec:
    return PromptSpec("text", as_options({"text": words}))


def test_that_typed_characters_become_tokens_and_labels(tmp_path: Path) -> None:
    with_characters(tmp_path)
    session = Session("cpu")
    assert session.open(str(model_in(tmp_path))).tokenizer == "meta.pkl"
    facts = session.set_prompt(text("cab a\n"))
    assert session.prompt.tokens.tolist() == [[2, 0, 1, 3, 0, 6]]
    assert facts.labels == (("c", "a", "b", "␣", "a", "⏎"),)
    with pytest.raises(UserError, match="'z'"):
        session.set_prompt(text("abz"))
    with pytest.raises(UserError, match="no text"):
        session.set_prompt(text(""))


def test_that_words_are_cut_by_the_tokenizer_beside_the_model(tmp_path: Path) -> None:
    with_words(tmp_path)
    session = Session("cpu")
    assert session.open(str(model_in(tmp_path))).tokenizer == "tokenizer.json"
    facts = session.set_prompt(text("cat the cat"))
    assert session.prompt.tokens.tolist() == [[3, 1, 2]]
    assert facts.labels == (("cat", "␣the", "␣cat"),)


def test_that_a_model_without_tokenizer_says_what_to_do(tmp_path: Path) -> None:
    session = Session("cpu")
    assert session.open(str(model_in(tmp_path))).tokenizer == ""
    with pytest.raises(UserError, match=r"put its tokenizer\.json"):
        session.set_prompt(text("hello"))


def test_that_a_broken_tokenizer_does_not_keep_the_model_from_opening(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(json.dumps({"version": "1.0"}))
    session = Session("cpu")
    facts = session.open(str(model_in(tmp_path)))
    assert facts.tokenizer == ""
    assert any("tokenizer.json cannot be read" in line for line in facts.ignored)


def test_that_a_tokenizer_of_another_model_is_told(tmp_path: Path) -> None:
    with_words(tmp_path, extra=60)
    found = beside(tmp_path / "m.safetensors", 50)
    assert found is not None
    with pytest.raises(UserError, match="id 63"):
        found.encode("cat")


class Planted:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("this must never be run",)


def test_that_a_pickled_table_is_read_without_running_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "meta.pkl").write_bytes(pickle.dumps({"stoi": Planted()}))
    with pytest.raises(UserError, match="no table of characters"):
        beside(tmp_path / "m.safetensors", 50)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain ümläut 日本", "plain ümläut 日本"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("line\nend\x00", "line⟨U+000A⟩end⟨U+0000⟩"),
        ("\u2028", "⟨U+2028⟩"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("x" * 500, "x" * 400 + "…"),
    ],
)
def test_that_what_cannot_be_seen_is_written_out(given: str, shown: str) -> None:
    assert visible(given) == shown
    assert str(UserError(given)) == (given if len(given) == 500 else shown)
