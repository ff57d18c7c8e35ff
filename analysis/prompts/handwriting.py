"""Real handwriting from a data set, for the models that read it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from ..handwriting.dataset import Word, read_words
from ..handwriting.preparation import prepared
from ..handwriting.writing import writing
from ..model import Model
from ..prompt import Prompt
from ..registry import PromptSource
from ..values import Option, PromptInfo, PromptSpec, UserError
from ..visible import visible
from ._options import whole_number

DEFAULTS = {"first": "0", "count": "3", "samples": "8"}
Line = tuple[Word, ...]


def make(model: Model, spec: PromptSpec) -> Prompt:
    """Lines of words as tokens [samples, T], padded to the longest, and their text as context [samples, C].

    `write` says which: "words" of the data set in order, `count` a line from word `first` on; a typed "text", each of
    its words found in the data set; one word "again" in the same ink, `count` times; or the same word as `count`
    "others" wrote it. Raises UserError when the model does not read handwriting, or when words cannot be found.
    """
    codec = model.vocabulary.codec
    if codec is None:
        raise UserError("This model does not read handwriting: its tokens are no pen movements.")
    words, name = _words(model, spec)
    lines = _lines(words, spec)
    inks = [codec.encode_words([prepared(word.points) for word in line]) for line in lines]
    length = min(model.config.n_ctx, 1 + max(len(ink) for ink in inks))
    tokens = torch.from_numpy(np.stack([codec.fit(ink, length) for ink in inks]))
    texts = [" ".join(word.text for word in line) for line in lines]
    context = None
    if model.config.cross_layers:
        context = torch.from_numpy(np.stack([codec.encode_text(text, model.config.n_ctx_context) for text in texts]))
    cut = ", cut to what the model reads" if any(len(ink) >= length for ink in inks) else ""
    description = f"“{visible(texts[0], 40)}”{' and others' if len(texts) > 1 else ''} from {visible(name, 40)}{cut}"
    belongs = None if context is None else writing(codec, tokens, context)
    return Prompt(tokens, context, description, cycle=2, writing=belongs)


def _words(model: Model, spec: PromptSpec) -> tuple[tuple[Word, ...], str]:
    path = spec.option("data", "") or model.data
    if not path:
        raise UserError("There is no handwriting at hand: choose a data set, a .json or .json.zip file of words.")
    return all_words(path), Path(path).name


def all_words(path: str) -> tuple[Word, ...]:
    """Every word of a data set, read once for as long as its file stays as it is."""
    try:
        stat = os.stat(path)
    except OSError:
        return read_words(path)  # says what is wrong
    return _kept(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=2)
def _kept(path: str, changed: int, size: int) -> tuple[Word, ...]:
    return read_words(path)


def _lines(words: Sequence[Word], spec: PromptSpec) -> list[Line]:
    wanted = {key: whole_number(spec, key, default) for key, default in DEFAULTS.items()}
    first, count, samples = wanted["first"], wanted["count"], wanted["samples"]
    if min(count, samples) < 1 or first >= len(words):
        raise UserError(f"Words are numbered 0 to {len(words) - 1}, and words and samples are 1 or more.")
    match spec.option("write", "words"):
        case "text":
            return _of_text(words, spec.option("text", ""), samples)
        case "again":
            return [(words[(first + line) % len(words)],) * count for line in range(samples)]
        case "others":
            same = [word for word in words if word.text == words[first].text]
            return [tuple(same[(line + place) % len(same)] for place in range(count)) for line in range(samples)]
        case _:
            starts = range(first, first + samples * count, count)
            return [tuple(words[(start + place) % len(words)] for place in range(count)) for start in starts]


def _of_text(words: Sequence[Word], text: str, samples: int) -> list[Line]:
    """The typed words, in other handwritings from sample to sample as far as there are any."""
    found: dict[str, list[Word]] = {}
    for word in words:
        found.setdefault(word.text, []).append(word)
    typed = text.split()
    missing = next((word for word in typed if word not in found), None)
    if missing is not None or not typed:
        near = [word for word in found if missing and word[:2].lower() == missing[:2].lower()][:4]
        hint = f"; it has {', '.join(map(visible, near))}" if near else ""
        raise UserError(f"The data set has no word {visible(missing or '', 40)!r}{hint}; type words that it has.")
    longest = min(samples, max(len(found[word]) for word in typed))
    return [tuple(found[word][line % len(found[word])] for word in typed) for line in range(longest)]


PROMPT = PromptSource(
    PromptInfo(
        "handwriting",
        "Handwriting",
        "Real handwriting from a data set, slanted and thinned as the public models were trained.",
        (
            Option(
                "write",
                "write",
                "words",
                choices=(
                    ("words", "in order"),
                    ("text", "a text"),
                    ("again", "one, again"),
                    ("others", "by others"),
                ),
                tip="Words of the data set in order; a text in words that it has; one word again in the same ink; one "
                "word as others wrote it.",
            ),
            Option("text", "text", "", "text", tip="For “a text”: words that the data set has."),
            Option("first", "word", DEFAULTS["first"], "number", tip="The number of the first word."),
            Option("count", "words", DEFAULTS["count"], "number", low=1, high=50, tip="Words in a line."),
            Option("samples", "lines", DEFAULTS["samples"], "number", low=1, high=512, tip="Lines in the batch."),
            Option("data", "data", "", "file", tip="A data set of words, .json or .json.zip."),
        ),
        order=15,
    ),
    make,
)
