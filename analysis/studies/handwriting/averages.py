"""Attention averaged over lines of the data set: of all heads by distance and by letter, of one head by position."""

from dataclasses import dataclass

import torch

from analysis.measures.averaging import LetterMeans, LetterTally, letters
from analysis.measures.patterns import blocks, head_pattern
from analysis.measures.scoring import BLOCK_BYTES, TOKENS_AT_ONCE
from analysis.model.attention import attention
from analysis.model.model import Model
from analysis.model.transformer import Run, forward
from analysis.prompts.prompt import Prompt
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import FloatArray, HeadId, PromptSpec, StudyInfo, UserError, as_options
from analysis.values.work import Work, part


@dataclass(frozen=True)
class AveragesOptions:
    """What is averaged: with `head`, that head's pattern by position; without, all heads by distance and letter."""

    n_lines: int
    data: str | None
    head: HeadId | None = None


@dataclass(frozen=True, eq=False)
class PositionMeans:
    """One head's mean pattern [T, keys] over the lines in which the query writes; NaN where no line reaches."""

    n_lines: int
    values: FloatArray


def run(session: Session, what: AveragesOptions) -> Work[LetterMeans | PositionMeans]:
    """Lines of three words in the order of the data set, cut to what the model reads. Returns PositionMeans or, without
    a head, LetterMeans; raises UserError where the model reads no handwriting or no data set is at hand."""
    spec = PromptSpec("handwriting", as_options({"count": "3", "samples": str(what.n_lines)}))
    prompt = session.prompts["handwriting"].make(session.model, spec)
    if prompt.writing is None:
        raise UserError("This model is given no text, so its strokes stand for no letters.")
    if what.head is not None:
        session.model.head(what.head)
        return (yield from _positions(session, prompt, what.head))
    return (yield from _letters(session, prompt))


def _letters(session: Session, prompt: Prompt) -> Work[LetterMeans]:
    model, n = session.model, len(prompt.tokens)
    tally = LetterTally(model, prompt.tokens.shape[1])
    for low, high in _groups(prompt):
        piece = prompt[low:high]
        ran = yield from part(forward(model, piece.tokens, piece.context), low / n, (low + high) / 2 / n)
        reading = mean_reading(model, ran)
        yield (low + high) / 2 / n, None
        found = letters(model, piece, reading)
        yield (low + high) / 2 / n, None
        for _ in tally.count(found):
            yield (low + high) / 2 / n, None
        for block in blocks(model, ran, piece, largest=BLOCK_BYTES):
            yield (low + high) / 2 / n, None
            (tally.add_self if block.kind == "self" else tally.add_cross)(block, found)
        yield high / n, tally.means()
    return tally.means()


def mean_reading(model: Model, ran: Run) -> torch.Tensor:
    """Mean attention of all cross-attention heads, [B, T, C]."""
    kept = [(at, found) for at, found in ran.layers.items() if at[1] == "cross"]
    return torch.stack([attention(found.q, found.k, model.config.masking(*at)).mean(1) for at, found in kept]).mean(0)


def _positions(session: Session, prompt: Prompt, head: HeadId) -> Work[PositionMeans]:
    model, n, writing = session.model, len(prompt.tokens), prompt.writing
    assert writing is not None
    total, lines = torch.zeros(()), torch.zeros(prompt.tokens.shape[1], 1)
    for low, high in _groups(prompt):
        piece = prompt[low:high]
        ran = yield from part(forward(model, piece.tokens, piece.context), low / n, (low + high) / 2 / n)
        for line in range(high - low):
            ink = (writing.strokes[low + line] >= 0).float()[:, None]
            total = total + ink * head_pattern(model, ran.layers[head.layer, head.kind], head, line).cpu()
            lines += ink
        means = torch.where(lines > 0, total / lines, torch.nan)
        yield high / n, PositionMeans(high, means.numpy())
    return PositionMeans(n, means.numpy())


def _groups(prompt: Prompt) -> list[tuple[int, int]]:
    """Lines [low, high) that are run together."""
    n = len(prompt.tokens)
    size = max(1, TOKENS_AT_ONCE // prompt.tokens.shape[1])
    return [(low, min(low + size, n)) for low in range(0, n, size)]


STUDY = Study(
    StudyInfo(
        "averages", "Averages over lines", "Attention averaged over lines of the data set.", follows_prompt=False,
    ),
    run,
)
