"""Which tokens random pieces are drawn from, as a person writes it."""

import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.model.model import Model
from analysis.model.vocabulary import LEAST
from analysis.prompts.token_file import read_tokens
from analysis.values import Asked, UserError

LARGEST = 16 * 2**20
"""Bytes of a text: the tokens of more are the same."""
FORMS = "--token-range is LOW:HIGH, tokenizer, or a file of text or ids"


def settled(model: Model, asked: Asked) -> Asked:
    """With the ids that its words name for this model; raises UserError where they name none that can be drawn."""
    return replace(asked, ids=token_ids(model, asked.tokens))


def token_ids(model: Model, words: str) -> tuple[int, ...]:
    """The ids that `words` name, in order: LOW:HIGH, "tokenizer", or a path; () for no words.

    Only ids that a place of the cycle may have are counted, and every place must keep LEAST of them. Raises UserError.
    """
    if not words:
        return ()
    chosen = model.vocabulary.chosen(_named(model, words))
    for some, (low, high) in zip(chosen, model.vocabulary.cycle, strict=True):
        if len(some) < LEAST:
            raise UserError(
                f"The token range {words} leaves {len(some)} of the ids {low} to {high - 1}, and a piece needs "
                f"{LEAST} different ones; choose a wider range."
            )
    return tuple(np.concatenate(chosen).tolist())


def _named(model: Model, words: str) -> Collection[int]:
    size = model.config.d_vocab
    if bounds := re.fullmatch(r"(\d{1,12}):(\d{1,12})", words):
        low, high = int(bounds[1]), int(bounds[2])
        if not low < high <= size:
            raise UserError(f"The token range {words} is not within 0:{size}, the ids of this model, from low to high.")
        return range(low, high)
    if words == "tokenizer":
        if model.vocabulary.ordinary is None:
            raise UserError(
                "This model has no tokenizer to take tokens from: put its tokenizer.json, or nanoGPT's meta.pkl, "
                "beside the checkpoint, or give the token range as LOW:HIGH."
            )
        return model.vocabulary.ordinary()
    ids = _in_file(model, Path(words))
    if far := next((one for one in ids if not 0 <= one < size), None):
        raise UserError(f"{Path(words).name} has the id {far}, but this model knows 0 to {size - 1} only.")
    return ids


def _in_file(model: Model, path: Path) -> Collection[int]:
    """The tokens of a text, each once; or the ids that the file lists."""
    if path.suffix.lower() == ".npy":
        return np.unique(read_tokens(str(path)).numpy()).tolist()
    text = _text(path)
    if model.tokenizer is not None and model.vocabulary.ordinary is not None:
        return set(model.tokenizer.encode(text)) & set(model.vocabulary.ordinary())
    parts = text.replace(",", " ").split()
    wrong = next((part for part in parts if not re.fullmatch(r"\d{1,12}", part)), None)
    if wrong is not None:
        raise UserError(
            f"{path.name} has {wrong[:20]!r} where a token id should be: without a tokenizer beside the checkpoint, "
            "the file lists ids as whole numbers."
        )
    return {int(part) for part in parts}


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise UserError(f"{path.name} is larger than {LARGEST >> 20} MB; a part of it has the same tokens.")
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise UserError(f"There is no file {path}; {FORMS}.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror or 'damaged'}); {FORMS}.") from None
    except ValueError:  # Not UTF-8, or a name that no file can have.
        raise UserError(f"{path.name} is no text; {FORMS}.") from None
