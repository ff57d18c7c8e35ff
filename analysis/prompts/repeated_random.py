"""Random tokens, repeated: the input on which induction is defined."""

import torch

from analysis.model.model import Model
from analysis.model.vocabulary import Vocabulary
from analysis.prompts import PromptSource
from analysis.prompts._options import whole_number
from analysis.prompts.prompt import Prompt
from analysis.values import Option, PromptInfo, PromptSpec, UserError, as_options

DEFAULTS = {"length": "50", "repeats": "2", "samples": "32", "seed": "0"}


def repeated_random_spec(**options: int) -> PromptSpec:
    """The specification of this source with some options set."""
    return PromptSpec("repeated_random", as_options({key: str(value) for key, value in options.items()}))


def make(model: Model, spec: PromptSpec) -> Prompt:
    """A BOS where the model has one, then `repeats` copies of `length` random tokens; another draw for each sample.

    Within one copy a token occurs once as long as the vocabulary lasts, so that its previous occurrence is the one in
    the copy before. Handwriting draws (θ, r) pairs, each from its own range. Where a tokenizer tells which ids text is
    made of, no others are drawn (special, added, unused, past the tokenizer): the published definitions ask a model of
    tokens that it knows, and one untrained id among the 50 changes what the heads do. So scores differ from those of
    uniform ids only for models whose vocabulary has such ids. `length` is cut to what the model reads.
    """
    wanted = {key: whole_number(spec, key, default) for key, default in DEFAULTS.items()}
    repeats, samples, vocabulary = wanted["repeats"], wanted["samples"], model.vocabulary
    if min(wanted["length"], repeats, samples) < 1:
        raise UserError("Length, repeats and samples are counts: set each to 1 or more.")
    start = int(vocabulary.bos is not None)
    length = min(wanted["length"], (model.config.n_ctx - start) // repeats)
    length -= length % len(vocabulary.cycle)
    if length < 2:
        raise UserError(
            f"{repeats} copies do not fit into the {model.config.n_ctx} tokens that this model reads; ask for fewer."
        )
    generator = torch.Generator().manual_seed(wanted["seed"])
    pieces = torch.stack([draw(vocabulary, length, generator) for _ in range(samples)])
    tokens = pieces.repeat(1, repeats)
    if vocabulary.bos is not None:
        tokens = torch.cat((torch.full((samples, 1), vocabulary.bos), tokens), dim=1)
    cut = length < wanted["length"]
    return Prompt(
        tokens, random_context(model, samples, generator),
        _describe(model, length, wanted, start) + (", as long as the model reads" if cut else ""),
        period=length if repeats > 1 else None, start=start, cycle=len(vocabulary.cycle),
        settled=(("length", str(length)),) if cut else (),
    )  # fmt: skip


def _describe(model: Model, length: int, wanted: dict[str, int], start: int) -> str:
    units = f" ({length // 2} random strokes)" if model.vocabulary.unit == "stroke" else ""
    some = [len(span) for span in model.vocabulary.spans] != [high - low for low, high in model.vocabulary.cycle]
    text = f"{length} random tokens{units} × {wanted['repeats']}, seed {wanted['seed']}"
    text += f", of {len(model.vocabulary.spans[0])} that text is made of" if some else ""
    return ("BOS, then " if start else "") + text + (", random letters as context" if model.config.cross_layers else "")


def draw(vocabulary: Vocabulary, length: int, generator: torch.Generator) -> torch.Tensor:
    """`length` random ids, int64 [length]: each position from its ids of the cycle, without repeats while ids last."""
    tokens = torch.empty(length, dtype=torch.int64)
    for place, span in enumerate(vocabulary.spans):
        count = len(tokens[place :: len(vocabulary.cycle)])
        rounds = [torch.randperm(len(span), generator=generator) for _ in range(-(-count // len(span)))]
        tokens[place :: len(vocabulary.cycle)] = torch.from_numpy(span)[torch.cat(rounds)[:count]]
    return tokens


def random_context(model: Model, samples: int, generator: torch.Generator) -> torch.Tensor | None:
    """A text of random letters, a quarter of the context long and padded like the model's own: int64 [samples, C]."""
    if not model.config.cross_layers or model.context_vocabulary is None:
        return None
    low, high = model.context_vocabulary.cycle[0]
    context = torch.zeros(samples, model.config.n_ctx_context, dtype=torch.int64)
    count = max(1, model.config.n_ctx_context // 4)
    context[:, :count] = torch.randint(low, high, (samples, count), generator=generator)
    return context


PROMPT = PromptSource(
    PromptInfo(
        "repeated_random", "Repeated random",
        "Random tokens repeated: the only way to predict the second copy is to look at the first.",
        (
            Option("length", "length", DEFAULTS["length"], "number", low=2, high=100_000, tip="Tokens in one copy."),
            Option(
                "repeats", "copies", DEFAULTS["repeats"], "number", low=1, high=64, tip="How often the piece comes."
            ),
            Option("samples", "samples", DEFAULTS["samples"], "number", low=1, high=4096, tip="Prompts in the batch."),
            Option("seed", "seed", DEFAULTS["seed"], "number", high=2**31 - 1, tip="Another seed, other tokens."),
        ),
        order=10,
    ),
    make,
)
