"""A trial of real words: each twice in the same ink, with its movements shuffled, and after another word.

Words have different lengths, so what followed a movement stands at another distance in every sample, and position is
parted from content. Tokens recur within a real word: the earlier occurrence of a movement is its counterpart in the
first copy, the same movement of the word, for reading on from there is what copying is. A word's first movement leads
from the word before and is another one in the second copy, so it belongs to no copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int

from analysis.handwriting.codec import Points, StrokeCodec, Tokens
from analysis.handwriting.dataset import check_letters, open_data
from analysis.handwriting.preparation import Preparation
from analysis.model.model import Model
from analysis.values import Asked, IntArray, UserError
from analysis.values.text import visible
from analysis.values.work import Work, part
from analysis.verdict.trials.trial import Trial, mixed_up

POOL = 8
"""Words that are drawn for each sample: of these are those that come before another."""
LEAST = 5
"""Movements of a word: of fewer no order is another one."""
AGAIN = 4
"""Movements by which another word may be too long before one that was used already is taken instead."""


@dataclass
class _Word:
    text: str
    points: Points
    used: int = 0


@dataclass
class _Lines:
    """Rows of a trial on the way."""

    ordered: list[Tokens] = field(default_factory=list)
    shuffled: list[Tokens] = field(default_factory=list)
    another: list[Tokens] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    """Of the line in order, and of that with another word."""


def trial_of_words(model: Model, asked: Asked) -> Work[Trial]:
    """`asked.samples` words of the model's data set, drawn by `asked.seed`, or as many as fit into its context.

    Raises UserError where it reads no handwriting, none is open, or fewer than two words fit.
    """
    codec = model.vocabulary.codec
    if codec is None:
        raise UserError("The tokens of this model are not pen movements, so it has no words to copy.")
    if not model.data:
        raise UserError("No handwriting is open: open a data set with File ▸ Open handwriting, or --data.")
    name = visible(Path(model.data).name, 40)
    pool = yield from part(_drawn(model, codec, asked), 0.0, 0.9)
    draw, lines = np.random.default_rng([asked.seed, 1]), _Lines()
    for word in pool:
        if len(lines.ordered) == asked.samples:
            break
        yield 0.9, None
        before = _before(model, word, pool)
        if before is not None:
            _write(codec, word, before, draw, lines)
    if len(lines.ordered) < 2:
        raise UserError(
            f"Fewer than two words of {name} fit twice into the {model.config.n_ctx} tokens that this model reads, "
            "each beside another one that is as long; open a data set of shorter words, or of more."
        )
    return _trial(model, codec, lines, f"{len(lines.ordered)} words of {name}, each after itself in the same ink")


def _drawn(model: Model, codec: StrokeCodec, asked: Asked) -> Work[list[_Word]]:
    """Words in random order, as the model is shown them; fewer samples are the first of more."""
    assert model.data is not None
    data, prepare = open_data(model.data), Preparation()
    words = yield from part(data.read(), 0.0, 0.8)
    order = np.random.default_rng(asked.seed).permutation(len(words))[: POOL * asked.samples].tolist()
    pool: list[_Word] = []
    for number in order:
        yield 0.8 + 0.2 * len(pool) / len(order), None
        check_letters([(number, words[number])], codec.alphabet, data.name)
        pool.append(_Word(words[number].text, prepare.points(words[number])))
    return pool


def _before(model: Model, word: _Word, pool: Sequence[_Word]) -> _Word | None:
    """Another word, at least as long and no longer than need be; None where there is none, or where lines of `word` do
    not fit."""
    size, config = len(word.points), model.config
    room = config.n_ctx_context - 1 - len(word.text) if config.cross_layers else len(word.text) + 10**6
    if size < LEAST or 4 * size + 3 > config.n_ctx or len(word.text) > room:
        return None
    others = [one for one in pool if one.text != word.text and len(one.points) >= size and len(one.text) <= room]
    return min(others, key=lambda one: len(one.points) + AGAIN * one.used, default=None)


def _write(codec: StrokeCodec, word: _Word, before: _Word, draw: np.random.Generator, lines: _Lines) -> None:
    """The lines of a word. What comes before it is cut at its beginning, so that the word stands where it does after
    itself."""
    size = len(word.points)
    before.used += 1
    ordered = codec.encode_words([word.points, word.points])
    another = codec.encode_words([before.points[-size:], word.points])
    again = 2 * size + 4  # past two WORD tokens and the movement that leads to the word
    assert (ordered[again:] == ordered[2 : 2 * size]).all()
    assert (ordered[again:] == another[again:]).all()
    order = mixed_up(np.arange(size - 1), draw)
    shuffled = np.concatenate([ordered[:again], ordered[again:].reshape(-1, 2)[order].reshape(-1)])
    lines.ordered.append(ordered)
    lines.shuffled.append(shuffled)
    lines.another.append(another)
    lines.texts.append((f"{word.text} {word.text}", f"{before.text} {word.text}"))


def _trial(model: Model, codec: StrokeCodec, lines: _Lines, words: str) -> Trial:
    sizes = np.array([(len(one) - 2) // 4 for one in lines.ordered])[:, None]  # movements in a word, [samples, 1]
    width = 4 * int(sizes.max()) + 3
    ordered, shuffled, another = (
        torch.from_numpy(np.stack([codec.fit(one, width) for one in each]))
        for each in (lines.ordered, lines.shuffled, lines.another)
    )
    context, another_context = _contexts(model, codec, lines)
    places, apart, end = np.arange(width), 2 * sizes + 2, 4 * sizes + 2
    again = (places >= apart + 2) & (places < end)
    earlier = np.where(again, places - apart, -1)[:, None]
    first, stop = (torch.from_numpy(np.ascontiguousarray(one)) for one in (np.full_like(sizes, 2), 2 * sizes))
    return Trial(
        ordered, shuffled, context, torch.from_numpy(earlier), first, stop,
        torch.from_numpy(again & (places < end - 1)), 2 * int(sizes.max()) - 2, words, another, another_context,
    )  # fmt: skip


def _contexts(
    model: Model, codec: StrokeCodec, lines: _Lines
) -> tuple[Int[torch.Tensor, "samples context"] | None, Int[torch.Tensor, "samples context"] | None]:
    """The texts that a model with cross-attention is given."""
    if not model.config.cross_layers:
        return None, None

    def encoded(texts: Sequence[str]) -> torch.Tensor:
        rows: list[IntArray] = [codec.encode_text(text, model.config.n_ctx_context) for text in texts]
        return torch.from_numpy(np.stack(rows))

    same, other = zip(*lines.texts, strict=True)
    return encoded(same), encoded(other)
