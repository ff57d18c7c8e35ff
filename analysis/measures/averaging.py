"""Attention averaged over lines of handwriting: by distance, and by the letters that are written and read.

A letter's occurrence is one place in the text of one line; handwriting/alignment finds its strokes. What a letter
attends to in its own occurrence is kept apart: it is mostly the strokes just drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from analysis.handwriting.alignment import letters_of
from analysis.measures.patterns import PatternBlock
from analysis.measures.spectrum import by_lag
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, HeadId

REACH = 6
"""How many characters on either side of the one being written are counted separately."""


@dataclass(frozen=True, eq=False)
class LetterMeans:
    """Averages over lines; `heads` orders the first axis; letters go by their ids. NaN where nothing was seen."""

    heads: tuple[HeadId, ...]
    n_lines: int
    lags: Float[FloatArray, "self_heads lags"]
    """Mean attention at every distance, over the tokens that write."""
    offsets: Float[FloatArray, "cross_heads offsets"]
    """From −REACH to REACH: mean attention to the character so many places from the one being written."""
    attention: Float[FloatArray, "heads letters letters"]
    """By the letter written and the one looked at: attention of a token of one letter to all earlier occurrences of
    another, mean over the tokens that have one in sight; for cross-attention, to the character anywhere in the text."""
    chance: Float[FloatArray, "heads letters letters"]
    """The same if only distance counted (each head's own mean over distances); for cross-attention, if the attention
    to the text were spread evenly over it."""
    own: Float[FloatArray, "self_heads letters"]
    """Attention of a letter's tokens to its own occurrence."""
    lines: Float[FloatArray, "2 letters letters"]
    """How many lines have such a pair: in self-attention, in cross-attention."""

    def of(self, head: HeadId) -> int:
        """The head's place among those of its kind."""
        return [one for one in self.heads if one.kind == head.kind].index(head)


class LetterTally:
    """Adds up `LetterMeans` piece by piece, on the device of the model; sums are float64 on the CPU."""

    def __init__(self, model: Model, length: int) -> None:
        config, self._model, self._length, self.n_lines = model.config, model, length, 0
        self.n_letters = v = config.d_vocab_context
        self._self = [head for head in model.heads if head.kind == "self"]
        self._cross = [head for head in model.heads if head.kind == "cross"]
        n_self, n_cross = len(self._self), len(self._cross)
        zeros = lambda *shape: torch.zeros(shape, dtype=torch.float64)  # noqa: E731
        self.lags, self.n_lags = zeros(n_self, length), zeros(length)
        self.offsets, self.n_offsets = zeros(n_cross, 2 * REACH + 1), zeros(2 * REACH + 1)
        self.pairs, self.n_pairs, self.pair_lags = zeros(n_self, v, v), zeros(v, v), zeros(v * v, length)
        self.own, self.n_own = zeros(n_self, v), zeros(v)
        self.reads, self.n_reads, self.even = zeros(n_cross, v, v), zeros(v, v), zeros(n_cross, v, v)
        self.lines = zeros(2, v, v)

    def add_self(self, block: PatternBlock, letters: Letters) -> None:
        """One block of self-attention of some lines."""
        here = slice(block.first, block.first + block.pattern.shape[2])
        at = slice(block.layer * block.pattern.shape[1], (block.layer + 1) * block.pattern.shape[1])
        pattern = block.pattern
        lags = by_lag(replace(block, pattern=pattern * letters.ink[:, None, here, None].to(pattern))).sum(0)
        self.lags[at, : lags.shape[-1]] += lags.double().cpu()
        keys = letters.occurs[:, : pattern.shape[-1]].to(pattern)  # [B, keys, C]
        queries = letters.occurs[:, here].to(pattern)
        mass = queries.mT[:, None] @ (pattern @ keys[:, None])  # [B, H, C (written), C (looked at)]
        own = mass.diagonal(dim1=2, dim2=3)
        names = letters.names.to(pattern)
        self.own[at] += (own[:, :, None] @ names[:, None]).sum((0, 2)).double().cpu()
        self.pairs[at] += _named(mass - torch.diag_embed(own), names)

    def add_cross(self, block: PatternBlock, letters: Letters) -> None:
        """One block of cross-attention of some lines."""
        number = [layer for layer, _ in dict.fromkeys((head.layer, 0) for head in self._cross)].index(block.layer)
        heads = block.pattern.shape[1]
        at = slice(number * heads, (number + 1) * heads)
        here = slice(block.first, block.first + block.pattern.shape[2])
        pattern, names = block.pattern, letters.names.to(block.pattern)
        queries, text = letters.occurs[:, here].to(pattern), letters.text.to(pattern)
        read = queries.mT[:, None] @ (pattern * text[:, None, None])  # [B, H, C (written), C (read)]
        self.reads[at] += _named(read, names)
        even = read.sum(-1, keepdim=True) * (text / text.sum(1, keepdim=True).clamp_min(1))[:, None, None]
        self.even[at] += _named(even, names)
        for offset in range(-REACH, REACH + 1):
            self.offsets[at, offset + REACH] += read.diagonal(offset, 2, 3).sum((0, 2)).double().cpu()

    def count(self, letters: Letters) -> Iterator[None]:
        """What all heads share: how many tokens have which letters in sight, and at which distance; stops often."""
        self.n_lines += len(letters.ink)
        occurs, names = letters.occurs.double(), letters.names.double()
        queries = letters.ink.double().sum(0)
        for place in torch.nonzero(queries).flatten().tolist():
            self.n_lags[: place + 1] += queries[place]
        written = occurs @ names  # [B, T, V]
        self.n_own += written.sum((0, 1))
        earlier = occurs.cummax(1).values * (1 - occurs)  # a token in no occurrence asks nothing
        sight = ((earlier @ names) > 0).double()
        self.n_pairs += (written.mT @ sight).sum(0)
        self.lines[0] += (written.mT @ sight > 0).double().sum(0)
        texts = ((letters.text[:, None].double() @ names) > 0).double()  # [B, 1, V]
        self.n_reads += (written.sum(1)[:, :, None] * texts).sum(0)
        self.lines[1] += ((written.sum(1)[:, :, None] > 0) * texts).sum(0)
        per_letter, last = occurs.sum(1), letters.text.sum(1)  # [B, C] tokens, [B] characters
        for offset in range(-REACH, REACH + 1):
            places = torch.arange(per_letter.shape[1]) + offset
            there = (places >= 0) & (places < last[:, None])
            self.n_offsets[offset + REACH] += (per_letter * there).sum()
        for line in range(len(letters.ink)):
            yield
            self._count_distances(letters.place[line], letters.ids[line])

    def _count_distances(self, place: torch.Tensor, ids: torch.Tensor) -> None:
        """Pairs of a token and an earlier token of another occurrence, by their letters and their distance."""
        tokens = torch.nonzero(place >= 0).flatten()
        here = place[tokens]
        lag = tokens[:, None] - tokens
        counted = (lag > 0) & (here[:, None] != here)
        names = ids[here]
        pair = (names[:, None] * self.n_letters + names).masked_select(counted)
        cells = torch.bincount(pair * self._length + lag.masked_select(counted), minlength=self.pair_lags.numel())
        self.pair_lags += cells.view_as(self.pair_lags)

    def means(self) -> LetterMeans:
        lags = self.lags / self.n_lags
        chance = (torch.nan_to_num(lags) @ self.pair_lags.mT).view_as(self.pairs)
        nan_zero = lambda sums, n: torch.where(n > 0, sums / n, torch.nan)  # noqa: E731
        attention = torch.cat((nan_zero(self.pairs, self.n_pairs), nan_zero(self.reads, self.n_reads)))
        expected = torch.cat((nan_zero(chance, self.n_pairs), nan_zero(self.even, self.n_reads)))
        arrays = (lags, nan_zero(self.offsets, self.n_offsets), attention, expected, nan_zero(self.own, self.n_own))
        found = [array.float().numpy() for array in (*arrays, self.lines)]
        return LetterMeans((*self._self, *self._cross), self.n_lines, *found)


@dataclass(frozen=True, eq=False)
class Letters:
    """What the tokens of some lines write. On the CPU."""

    place: Int[Tensor, "lines tokens"]
    """The place in the text, −1 for none."""
    ids: Int[Tensor, "lines places"]
    """The characters."""
    ink: Bool[Tensor, "lines tokens"]
    """Pen movements."""
    text: Bool[Tensor, "lines places"]
    """No padding."""
    occurs: Float[Tensor, "lines tokens places"]
    """`place`, one-hot."""
    names: Float[Tensor, "lines places letters"]
    """`ids`, one-hot, padding left out."""


def letters(model: Model, prompt: Prompt, reading: Float[Tensor, "lines tokens places"]) -> Letters:
    """`reading`: the mean attention of all cross-attention heads to the text."""
    codec, lines = model.vocabulary.codec, prompt.writing
    assert codec is not None
    assert lines is not None
    assert prompt.context is not None
    place = letters_of(codec, prompt.tokens, lines, reading)
    occurs = F.one_hot(place + 1, prompt.context.shape[1] + 1)[..., 1:].float()
    names = F.one_hot(prompt.context, model.config.d_vocab_context).float() * lines.text[..., None]
    return Letters(place, prompt.context, lines.strokes >= 0, lines.text, occurs, names)


def _named(mass: torch.Tensor, names: torch.Tensor) -> torch.Tensor:
    """[B, H, C, C] by places of the text → [H, V, V] by characters, added up over lines."""
    return (names.mT[:, None] @ mass @ names[:, None]).sum(0).double().cpu()
