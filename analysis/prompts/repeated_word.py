"""One word again and again: in the same ink, or as other samples of the data set have it."""

from analysis.handwriting.dataset import DataSet
from analysis.model.model import Model
from analysis.prompts import PromptSource
from analysis.prompts._ink import DATA, PREPARING, Line, check_number, data_of, find, from_number, preparation, written
from analysis.prompts._options import number
from analysis.prompts.prompt import Prompt
from analysis.values import Option, PromptInfo, PromptSpec, UserError


def make(model: Model, spec: PromptSpec) -> Prompt:
    """`count` copies of one word a line, as tokens [samples, T] with their text as context [samples, C].

    The word is the typed `text`, or number `first` of the data set; the next lines have the next samples of it, or the
    next words. In the "same" ink every copy is the same movements but for the first, which leads from the copy before:
    the prompt then has a period. By "other" samples, every copy is the next one of the same text. Raises UserError
    when the model does not read handwriting, or when the word cannot be found.
    """
    data = data_of(model, spec)
    same = spec.option("ink", "same")
    if same not in ("same", "other"):
        raise UserError(f"{same!r} is not an ink; use same or other.")
    lines = _same(data, spec) if same == "same" else _other(data, spec)
    return written(model, data, lines, preparation(INFO, spec), repeated=same == "same")


def _same(data: DataSet, spec: PromptSpec) -> list[Line]:
    count, samples = (int(number(INFO, spec, key)) for key in ("count", "samples"))
    return [[word] * count for word in _words(data, spec, samples)]


def _other(data: DataSet, spec: PromptSpec) -> list[Line]:
    count, samples = (int(number(INFO, spec, key)) for key in ("count", "samples"))
    first = _words(data, spec, 1)[0]
    every = find(data, first[1].text)
    start = next(place for place, word in enumerate(every) if word[0] == first[0])
    return [[every[(start + line + copy) % len(every)] for copy in range(count)] for line in range(samples)]


def _words(data: DataSet, spec: PromptSpec, samples: int) -> Line:
    """One word a line, with its number."""
    if text := spec.option("text", "").strip():
        return find(data, text)[:samples]
    first = int(number(INFO, spec, "first"))
    check_number(data, first)
    return from_number(data, first, samples)


INFO = PromptInfo(
    "repeated_word",
    "Repeated word",
    "One real word again and again: with the same ink, the second copy can be read off the first.",
    (
        Option("text", "word", "", "text", tip="A word that the data set has; empty: by its number."),
        Option("first", "number", "0", "number", tip="The word's number, when none is typed."),
        Option("ink", "ink", "same", choices=(("same", "the same"), ("other", "other samples")),
               tip="Every copy the same movements, or the next sample of the same text."),
        Option("count", "copies", "3", "number", low=2, high=50, tip="Copies in a line."),
        Option("samples", "lines", "1", "number", low=1, high=512, tip="Lines in the batch, each another word."),
        *PREPARING,
        DATA,
    ),
    order=6,
    handwriting=True,
)  # fmt: skip
PROMPT = PromptSource(INFO, make)
