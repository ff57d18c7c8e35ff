"""Random pen movements, repeated: what induction is in handwriting."""

from dataclasses import replace

from analysis.model.model import Model
from analysis.prompts import PromptSource
from analysis.prompts._ink import codec_of
from analysis.prompts._options import number
from analysis.prompts.prompt import Prompt
from analysis.prompts.repeated_random import make as repeated
from analysis.values import Option, PromptInfo, PromptSpec, as_options


def make(model: Model, spec: PromptSpec) -> Prompt:
    """`copies` copies of `strokes` random movements, θ and r each drawn from its own range, none twice while they last.

    Raises UserError when the model does not read handwriting, or when the copies do not fit.
    """
    codec_of(model)
    strokes, copies, samples, seed = (int(number(INFO, spec, option.key)) for option in INFO.options)
    tokens = {"length": 2 * strokes, "repeats": copies, "samples": samples, "seed": seed}
    prompt = repeated(model, PromptSpec("repeated_random", as_options({k: str(v) for k, v in tokens.items()})))
    cut = dict(prompt.settled).get("length")
    settled = (("strokes", str(int(cut) // 2)),) if cut else ()
    return replace(prompt, settled=settled)


INFO = PromptInfo(
    "repeated_strokes",
    "Repeated random strokes",
    "Random pen movements repeated: the only way to predict the second copy is to look at the first.",
    (
        Option("strokes", "strokes", "25", "number", low=1, high=50_000, tip="Movements in one copy, θ and r each."),
        Option("copies", "copies", "2", "number", low=1, high=64, tip="How often they come."),
        Option("samples", "samples", "32", "number", low=1, high=4096, tip="Prompts in the batch."),
        Option("seed", "seed", "0", "number", high=2**31 - 1, tip="Another seed, other strokes."),
    ),
    order=7,
    handwriting=True,
)  # fmt: skip
PROMPT = PromptSource(INFO, make)
