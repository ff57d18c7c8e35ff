"""Words of a data set as a prompt: what the sources of handwriting share."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from analysis.handwriting.codec import StrokeCodec
from analysis.handwriting.dataset import DataSet, Word, check_letters, open_data
from analysis.handwriting.lines import writing
from analysis.handwriting.preparation import Preparation
from analysis.model.model import Model
from analysis.prompts._options import number
from analysis.prompts.prompt import Prompt
from analysis.values import Option, PromptInfo, PromptSpec, UserError
from analysis.values.text import visible

Line = Sequence[tuple[int, Word]]
"""Words with their numbers in the data set."""

_USUAL = Preparation()
PREPARING = (
    Option("normalised", "width of words", "yes", choices=(("yes", "normalised"), ("no", "as in the file")), rare=True,
           tip="Normalised: in the units of the height, by each word's aspectRatio."),
    Option("shear", "shear", str(_USUAL.shear), "decimal", low=-2, high=2, rare=True,
           tip="x grows by this times y: slants the writing."),
    Option("width", "scale of width", "1", "decimal", low=0.1, high=10, rare=True, tip="x is multiplied by this."),
    Option("height", "scale of height", "1", "decimal", low=0.1, high=10, rare=True, tip="y is multiplied by this."),
    Option("thinning", "points left out", str(_USUAL.thinning), "decimal", low=0, high=0.99, rare=True,
           tip="The fraction of every stroke's points that is left out, 0 to 0.99."),
)  # fmt: skip
DATA = Option("data", "data", "", "file", rare=True, tip="Another data set of words than the open one.")


def codec_of(model: Model) -> StrokeCodec:
    """Raises UserError when the model does not read handwriting."""
    if model.vocabulary.codec is None:
        raise UserError("This model does not read handwriting: its tokens are not pen movements.")
    return model.vocabulary.codec


def data_of(model: Model, spec: PromptSpec) -> DataSet:
    """The data set that the options name, or else the model's own; raises UserError when there is none."""
    codec_of(model)
    path = spec.option("data", "") or model.data
    if not path:
        raise UserError("No handwriting is open: open a data set with File ▸ Open handwriting, or --data.")
    return open_data(path)


def preparation(info: PromptInfo, spec: PromptSpec) -> Preparation:
    """Raises UserError for numbers out of bounds."""
    values = (number(info, spec, key) for key in ("shear", "width", "height", "thinning"))
    return Preparation(spec.option("normalised", "yes") == "yes", *values)


def written(
    model: Model, data: DataSet, lines: Sequence[Line], prepare: Preparation, repeated: bool = False
) -> Prompt:
    """Lines as tokens [samples, T], padded to the longest, and their text as context [samples, C].

    `repeated`: every line is one word again and again; END and a PAD stand where the next two WORD would. Raises
    UserError for a letter that the model does not know.
    """
    codec, config = codec_of(model), model.config
    for line in lines:
        check_letters(line, codec.alphabet, data.name)
    inks = [codec.encode_words([prepare.points(word) for _, word in line]) for line in lines]
    longest = 1 + repeated + max(len(ink) for ink in inks)
    length = min(config.n_ctx, longest)
    tokens = torch.from_numpy(np.stack([codec.fit(ink, length) for ink in inks]))
    texts, context = [" ".join(word.text for _, word in line) for line in lines], None
    if config.cross_layers:
        context = torch.from_numpy(np.stack([codec.encode_text(text, config.n_ctx_context) for text in texts]))
    periods = {(len(ink) + 2) // len(line) for ink, line in zip(inks, lines, strict=True)}
    whole = repeated and len(periods) == 1 and length == longest and len(lines[0]) > 1
    return Prompt(
        tokens, context, _described(texts, data, length < longest), period=periods.pop() if whole else None, cycle=2,
        writing=None if context is None else writing(codec, tokens, context),
    )  # fmt: skip


def _described(texts: Sequence[str], data: DataSet, cut: bool) -> str:
    others = " and others" if len(texts) > 1 else ""
    name = visible(Path(data.name).name, 40)
    return f"“{visible(texts[0], 40)}”{others} from {name}" + (", cut to what the model reads" if cut else "")


def find(data: DataSet, text: str) -> Line:
    """Every word of the data set that is written like this; raises UserError when there is none."""
    words = data.all()
    found = [(number, word) for number, word in enumerate(words) if word.text == text]
    if not found:
        near = list(dict.fromkeys(word.text for word in words if word.text[:2].lower() == text[:2].lower()))[:4]
        hint = f"; it has {', '.join(f'“{visible(word, 40)}”' for word in near)}" if near else ""
        raise UserError(f"The data set has no word {visible(text, 40)!r}{hint}; type words that it has.")
    return found


def check_number(data: DataSet, number: int) -> None:
    """Raises UserError when the data set has no word of this number."""
    if number >= len(data.first(number + 1)):
        raise UserError(f"Words are numbered 0 to {len(data.all()) - 1}; there is no word {number}.")


def from_number(data: DataSet, number: int, count: int) -> Line:
    """`count` words in order, from the first again after the last."""
    words = data.first(number + count)
    return [(place % len(words), words[place % len(words)]) for place in range(number, number + count)]
