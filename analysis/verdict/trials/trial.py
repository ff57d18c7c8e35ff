"""Prompts that part content from position: a piece, the same piece rotated, and its control with the order lost.

The second copy of every sample is rotated by another amount, so that what followed a token before stands at another
distance in every sample. The control has the same tokens at other places of the second copy: no token keeps its place,
and none is followed by what followed it in the first copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from analysis.model.model import Model
from analysis.prompts.repeated_random import random_context
from analysis.values import Asked, IntArray

TRIES = 400
"""Orders that are drawn before one that breaks a rule is taken: of very few units there may be no other."""


FIRST = 16
"""Losses of the first copy that are enough to compare with."""


@dataclass(frozen=True, eq=False)
class Trial:
    """Samples in order and their controls. Queries are positions of the last copy."""

    ordered: Int[Tensor, "samples tokens"]
    shuffled: Int[Tensor, "samples tokens"]
    context: Int[Tensor, "samples context"] | None
    earlier: Int[Tensor, "samples copies tokens"]
    """For each query where its token stands in each earlier copy; −1 for positions that are no query."""
    first: Int[Tensor, "samples copies"]
    stop: Int[Tensor, "samples copies"]
    """Where each earlier copy begins, and where it has ended."""
    told: Bool[Tensor, "samples tokens"]
    """Queries whose next token is the one that followed theirs before: order tells it."""
    length: int
    """L, tokens in one copy (the longest one)."""
    words: str
    """What it is, for a reader."""
    another: Int[Tensor, "samples tokens"] | None = None
    """Of real words: the same word after another one, its tokens at the same positions."""
    another_context: Int[Tensor, "samples context"] | None = None

    @property
    def compared(self) -> tuple[Int[Tensor, "samples tokens"], Int[Tensor, "samples context"] | None]:
        """Tokens and context of what losses and logits are compared with: nothing can be copied there.

        For random tokens the control. Shuffled handwriting is hard for more reasons than that nothing repeats; so a
        word is compared with itself after another one.
        """
        return (self.shuffled, self.context) if self.another is None else (self.another, self.another_context)

    def __getitem__(self, samples: slice) -> "Trial":
        context = None if self.context is None else self.context[samples]
        return Trial(
            self.ordered[samples], self.shuffled[samples], context, self.earlier[samples], self.first[samples],
            self.stop[samples], self.told[samples], self.length, self.words,
            None if self.another is None else self.another[samples],
            None if self.another_context is None else self.another_context[samples],
        )

    def places(
        self, offsets: Int[Tensor, " offsets"], queries: slice = slice(None)
    ) -> tuple[Int[Tensor, "samples copies some offsets"], Bool[Tensor, "samples copies some offsets"]]:
        """For each query and offset the key so far past the earlier occurrence in each earlier copy, and whether it
        exists: inside that copy. On the CPU."""
        earlier = self.earlier[:, :, queries, None]
        keys = earlier + offsets
        inside = (keys >= self.first[:, :, None, None]) & (keys < self.stop[:, :, None, None])
        return keys, (earlier >= 0) & inside

    @property
    def counted(self) -> Bool[Tensor, "samples targets"]:
        """The losses that are asked for: where order tells the token, and the last ones within the first copy."""
        return self.told[:, :-1] | self.inside

    @property
    def inside(self) -> Bool[Tensor, "samples targets"]:
        """Tokens of the first copy, where nothing can be copied: the last FIRST of them."""
        places = torch.arange(self.told.shape[1] - 1)
        stop = self.stop[:, :1] - 1
        return (places < stop) & (places >= torch.maximum(stop - FIRST, self.first[:, :1]))

    def __len__(self) -> int:
        return len(self.ordered)


def rotated(model: Model, asked: Asked, length: int, samples: int, seed: int) -> Trial:
    """Pieces of `length` random tokens, every later copy rotated by another amount."""
    return _made(model, asked, length, samples, seed, turned=True)


def repeated(model: Model, asked: Asked, length: int, samples: int, seed: int) -> Trial:
    """The same without rotation: what followed stands at one fixed distance, so that position tells it as well."""
    return _made(model, asked, length, samples, seed, turned=False)


def units_of(model: Model, asked: Asked) -> int:
    """How many units (tokens, or strokes of handwriting) a piece may have before its tokens repeat."""
    return min(map(len, _spans(model, asked)))


def _spans(model: Model, asked: Asked) -> tuple[IntArray, ...]:
    """The ids of each place of a unit."""
    return model.vocabulary.chosen(asked.ids) if asked.ids else model.vocabulary.spans


def _made(model: Model, asked: Asked, length: int, samples: int, seed: int, turned: bool) -> Trial:
    cycle, start = len(model.vocabulary.cycle), int(model.vocabulary.bos is not None)
    units, draw = length // cycle, np.random.default_rng([seed, length, samples, turned])
    spans, later = _spans(model, asked), asked.copies - 1
    pieces = np.stack([_piece(spans, units, draw) for _ in range(samples)])  # [samples, units, cycle]
    turns = np.stack([_turns(units, samples, draw) if turned else np.zeros(samples, int) for _ in range(later)], axis=1)
    orders = (turns[:, :, None] + np.arange(units)) % units  # [samples, later copies, units]
    mixed = np.stack([mixed_up(order, draw) for order in orders[:, -1]])
    rows = np.arange(samples)[:, None]
    copies = [pieces, *(pieces[rows, orders[:, copy]] for copy in range(later - 1))]
    ordered = np.concatenate([*copies, pieces[rows, orders[:, -1]]], axis=1).reshape(samples, -1)
    shuffled = np.concatenate([*copies, pieces[rows, mixed]], axis=1).reshape(samples, -1)
    places = np.stack([np.broadcast_to(np.arange(units), (samples, units)),
                       *(np.argsort(orders[:, copy], 1) for copy in range(later - 1))], axis=1)  # fmt: skip
    earlier, first, told = _marked(orders[:, -1], places, cycle, start)
    if start:
        bos = np.full((samples, 1), model.vocabulary.bos)
        ordered, shuffled = (np.concatenate((bos, tokens), axis=1) for tokens in (ordered, shuffled))
    context = random_context(model, samples, torch.Generator().manual_seed(seed))
    words = f"{length} random tokens, then the same {'rotated' if turned else 'again'}"
    words += f", {asked.copies} copies" if asked.copies > 2 else ""
    in_order, control = torch.from_numpy(ordered), torch.from_numpy(shuffled)
    begin, queries = torch.from_numpy(first), torch.from_numpy(earlier)
    return Trial(in_order, control, context, queries, begin, begin + length, torch.from_numpy(told), length, words)


def _marked(order: np.ndarray, places: np.ndarray, cycle: int, start: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(earlier, first, told) of a Trial. `order` [samples, units]: which unit stands where in the last copy; `places`
    [samples, copies, units]: where each unit stands in each earlier copy."""
    samples, copies, units = places.shape
    length, total = units * cycle, start + (copies + 1) * units * cycle
    earlier = np.full((samples, copies, total), -1)
    told = np.zeros((samples, total), bool)
    phases = np.arange(cycle)
    for copy in range(copies):
        stands = np.take_along_axis(places[:, copy], order, 1)[:, :, None] * cycle + phases
        earlier[:, copy, -length:] = start + copy * length + stands.reshape(samples, -1)
    earlier[:, :, -length : total - length + 1] = -1  # the first token of the copy leads from the copy before
    unit = order[:, :, None] * cycle + phases
    told[:, -length:] = unit.reshape(samples, -1) < length - 1
    told[:, -length] = told[:, -1] = False  # …, and after the last one nothing comes
    first = start + length * np.broadcast_to(np.arange(copies), (samples, copies))
    return earlier, np.ascontiguousarray(first), told


def _piece(spans: Sequence[IntArray], units: int, draw: np.random.Generator) -> np.ndarray:
    """Random tokens [units, cycle], none twice in one place of the cycle while they last."""
    columns = []
    for span in spans:
        rounds = [draw.permutation(len(span)) for _ in range(-(-units // len(span)))]
        columns.append(span[np.concatenate(rounds)[:units]])
    return np.stack(columns, axis=1)


def _turns(units: int, samples: int, draw: np.random.Generator) -> np.ndarray:
    """A rotation for each sample, all of them as different as they can be: none is the piece as it was."""
    rounds = [draw.permutation(np.arange(1, units)) for _ in range(-(-samples // max(1, units - 1)))]
    return np.concatenate(rounds)[:samples]


def mixed_up(order: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """The units of a copy in another order: none in its place nor in that of the one before it, so that a head that
    repeats its own token is right by chance in neither; and none after the unit that it followed."""
    found = order
    for _ in range(TRIES):
        found = draw.permutation(len(order))
        if (found != order).all() and (found != order + 1).all() and (np.diff(found) != 1).all():
            break
    return found
