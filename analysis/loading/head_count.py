"""How many heads? Where shapes cannot tell, real data can: only with the right count does a model predict well."""

import math
import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from analysis.files.checkpoint import Checkpoint
from analysis.handwriting.codec import StrokeCodec
from analysis.handwriting.dataset import open_data
from analysis.handwriting.preparation import Preparation
from analysis.loading.certificate import fetch_weights, prepare_model
from analysis.loading.identify import identify
from analysis.model.model import Config, Model, ModelSpec
from analysis.model.transformer import forward
from analysis.values import HeadChoice, UserError
from analysis.values.work import Work, part

_LINES, _TOKENS = 2, 128  # enough to tell the counts apart by far, in a fifth of a second
_WORDS = 3  # in a line, as the models were trained


def rank_head_counts(
    spec_for: Callable[[int], ModelSpec], checkpoint: Checkpoint, tokens: torch.Tensor, context: torch.Tensor | None,
) -> Work[tuple[HeadChoice, ...]]:  # fmt: skip
    """Mean next-token loss in nats, padding left out, for every head count that the shapes allow; the best first.

    tokens [B, T] and context [B, C] are int64; `spec_for` gives the specification for a head count.
    For specifications that list head_counts; the file has told the count of the others.
    """
    counts = spec_for(1).head_counts
    choices = []
    for done, count in enumerate(counts):
        work = _loss(prepare_model(spec_for(count), checkpoint, torch.device("cpu")), tokens, context)
        loss = yield from part(work, done / len(counts), (done + 1) / len(counts))
        choices.append(HeadChoice(count, loss))
    choices.sort(key=lambda choice: math.inf if choice.loss is None else choice.loss)
    return tuple(_noted(choice, place, choices) for place, choice in enumerate(choices))


def handwriting_sample(
    path: str | os.PathLike[str], config: Config, codec: StrokeCodec | None, n: int
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """n lines of three words from a data set: tokens int64 [n, n_ctx], context int64 [n, n_ctx_context] or None.

    Prepared as in training (slanted, downsampled), without its random part. Raises UserError when the data set cannot
    be read or the model does not read handwriting (it has no codec).
    """
    if codec is None:
        raise UserError("The tokens of this model are not pen movements, so it cannot be tried on handwriting.")
    words = open_data(path).first(n * _WORDS)
    lines = [[words[(line * _WORDS + place) % len(words)] for place in range(_WORDS)] for line in range(n)]
    inks = [codec.encode_words([Preparation().points(word) for word in line]) for line in lines]
    tokens = [codec.fit(ink, config.n_ctx) for ink in inks]
    texts = [codec.encode_text(" ".join(word.text for word in line), config.n_ctx_context) for line in lines]
    context = torch.from_numpy(np.stack(texts)) if config.cross_layers else None
    return torch.from_numpy(np.stack(tokens)), context


def _loss(model: Model, tokens: torch.Tensor, context: torch.Tensor | None) -> Work[float | None]:
    yield from part(fetch_weights(model), 0.0, 0.1)
    run = yield from part(forward(model, tokens, context), 0.1, 0.9)
    losses = (yield from part(run.losses(), 0.9, 1.0)).cpu()
    names = model.vocabulary.names
    counted = tokens[:, 1:] != names.index("PAD") if "PAD" in names else torch.ones_like(losses, dtype=torch.bool)
    return float(losses[counted].mean()) if bool(counted.any()) else None


def _noted(choice: HeadChoice, place: int, choices: list[HeadChoice]) -> HeadChoice:
    best = choices[0].loss
    if choice.loss is None or best is None:
        return choice
    note = "predicts real data best" if place == 0 else f"{choice.loss - best:.2f} nats worse than the best"
    return HeadChoice(choice.n_heads, choice.loss, note)


def choose_head_count(
    checkpoint: Checkpoint, spec: ModelSpec, n_head: int | None, data: str | None
) -> Work[tuple[ModelSpec, tuple[HeadChoice, ...]]]:
    """The specification with the head count that real data speak for, and all counts that the shapes allow.

    Without the data set `data` the format's default stands. A given `n_head` is kept whatever the data say. Raises
    UserError when the data cannot be read.
    """
    if not spec.head_counts:
        return spec, ()
    if data is None:
        default = "chosen by hand" if n_head else "the architecture's default"
        notes = {spec.config.n_heads: f"in force: {default}, no data at hand to check it"}
        return spec, tuple(HeadChoice(count, None, notes.get(count, "")) for count in spec.head_counts)
    yield 0.0, None
    lines, context = handwriting_sample(data, spec.config, spec.vocabulary.codec, _LINES)
    tokens = lines[:, :_TOKENS]
    choices = yield from rank_head_counts(lambda count: identify(checkpoint, count), checkpoint, tokens, context)
    best, name = choices[0].n_heads, os.path.basename(data)
    words = f"Head count: {best} predicts the handwriting in {name} best"
    if len(choices) > 1 and None not in (choices[0].loss, choices[1].loss):
        words += f" ({choices[0].loss:.2f} nats; next {choices[1].n_heads} with {choices[1].loss:.2f})"
    chosen = spec if n_head else identify(checkpoint, best)
    words += f", but {n_head} was asked for." if n_head and n_head != best else "."
    return replace(chosen, evidence=(*chosen.evidence, words)), choices
