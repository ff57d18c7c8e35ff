"""Real handwriting from a data set, for the models that read it."""

import numpy as np

from analysis.handwriting.dataset import DataSet
from analysis.model.model import Model
from analysis.prompts import PromptSource
from analysis.prompts._ink import DATA, PREPARING, Line, check_number, data_of, find, from_number, preparation, written
from analysis.prompts._options import number
from analysis.prompts.prompt import Prompt
from analysis.values import Option, PromptInfo, PromptSpec, UserError


def make(model: Model, spec: PromptSpec) -> Prompt:
    """Lines of words as tokens [samples, T], padded to the longest, and their text as context [samples, C].

    `write` says which: "words" of the data set in order, `count` a line from word `first` on; words at "random", none
    twice in a line, as the public code combines them for training; or a typed "text", each of its words found in the
    data set. Raises UserError when the model does not read handwriting, or when words cannot be found.
    """
    data = data_of(model, spec)
    prepare = preparation(INFO, spec)
    return written(model, data, _lines(data, spec), prepare)


def _lines(data: DataSet, spec: PromptSpec) -> list[Line]:
    first, count, samples, seed = (int(number(INFO, spec, key)) for key in ("first", "count", "samples", "seed"))
    match spec.option("write", "words"):
        case "text":
            return _of_text(data, spec.option("text", ""), samples)
        case "random":
            words, draw = data.all(), np.random.default_rng(seed)
            count = min(count, len(words))
            drawn = [draw.choice(len(words), count, replace=False).tolist() for _ in range(samples)]
            return [[(place, words[place]) for place in line] for line in drawn]
        case "words":
            check_number(data, first)
            return [from_number(data, first + line * count, count) for line in range(samples)]
        case other:
            raise UserError(f"{other!r} is not a way to choose words; use words, random or text.")


def _of_text(data: DataSet, text: str, samples: int) -> list[Line]:
    """The typed words, in other handwritings from sample to sample as far as there are any."""
    typed = text.split()
    if not typed:
        raise UserError("There is no text; type words that the data set has.")
    found = [find(data, word) for word in typed]
    longest = min(samples, max(len(words) for words in found))
    return [[words[line % len(words)] for words in found] for line in range(longest)]


INFO = PromptInfo(
    "handwriting",
    "Handwriting",
    "Real handwriting from a data set, slanted and thinned as the public models were trained.",
    (
        Option(
            "write",
            "write",
            "words",
            choices=(("words", "words in order"), ("random", "random words"), ("text", "a text")),
            tip="Words of the data set in order; words at random, as models are trained; a text in words that it has.",
        ),
        Option("text", "text", "", "text", tip="Words that the data set has.", when=("write", ("text",))),
        Option("first", "from word", "0", "number", tip="The number of the first word.", when=("write", ("words",))),
        Option("seed", "seed", "0", "number", high=2**31 - 1, tip="Another seed, other words.",
               when=("write", ("random",))),
        Option("count", "words", "3", "number", low=1, high=50, tip="Words in a line.",
               when=("write", ("words", "random"))),
        Option("samples", "lines", "8", "number", low=1, high=4096, tip="Lines in the batch."),
        *PREPARING,
        DATA,
    ),
    order=5,
    handwriting=True,
)  # fmt: skip
PROMPT = PromptSource(INFO, make)
