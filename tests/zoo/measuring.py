"""Plain measurements, independent of what the program itself measures: a truth that is not built in is found by these.

Every prompt is a random piece, then a second one of the same tokens: "rotated" by a random amount, "shuffled", "same",
or "other" tokens altogether.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import torch

from analysis.model.attention import attention, spread
from analysis.model.model import Model
from analysis.model.transformer import Run, forward
from analysis.values.work import finish


@dataclass(frozen=True)
class Trial:
    tokens: torch.Tensor
    """[samples, BOS + 2 · length]"""
    length: int
    start: int
    """Where the second piece starts."""
    earlier: torch.Tensor
    """[samples, length]: where each token of the second piece stands in the first."""

    @property
    def fair(self) -> torch.Tensor:
        """[samples, length − 1]: whether a token of the second piece is followed there by what followed it before."""
        return self.earlier[:, 1:] == self.earlier[:, :-1] + 1


def trial(model: Model, length: int, kind: str = "rotated", samples: int = 16, seed: int = 0) -> Trial:
    """No token comes twice in a piece: every token has one earlier occurrence."""
    generator = torch.Generator().manual_seed(seed)
    bos, count = model.vocabulary.bos, model.config.d_vocab
    first = [token for token in range(count) if token != bos]
    drawn = torch.stack([torch.randperm(len(first), generator=generator) for _ in range(samples)])
    piece = torch.tensor(first)[drawn[:, :length]]
    assert piece.shape[1] == length, f"{length} different tokens are wanted of {len(first)}"
    turns = torch.randint(1, length, (samples, 1), generator=generator)
    order = (torch.arange(length) + turns) % length
    if kind == "shuffled":
        order = torch.stack([torch.randperm(length, generator=generator) for _ in range(samples)])
    if kind == "same":
        order = torch.arange(length).repeat(samples, 1)
    second = piece.gather(1, order)
    if kind == "other":
        second = torch.tensor(first)[drawn[:, length : 2 * length]]
    begin = [torch.full((samples, 1), bos)] if bos is not None else []
    return Trial(torch.cat((*begin, piece, second), 1), length, length + len(begin), order + len(begin))


def run(model: Model, tokens: torch.Tensor, without: Collection[str] = ()) -> Run:
    """A pass in which the heads of `without` write nothing."""

    def edit(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
        gone = [int(name[3:]) for name in without if site == "z" and name.startswith(f"L{layer}H")]
        if gone:
            tensor = tensor.clone()
            tensor[:, gone] = 0.0
        return tensor

    with torch.no_grad():
        return finish(forward(model, tokens, edit=edit, keep_values=True))


def pattern(done: Run, head: str) -> torch.Tensor:
    """[samples, queries, keys]"""
    layer, index = int(head[1]), int(head[3:])
    attended, config = done.layers[layer, "self"], done.model.config
    keys = spread(attended.k, config.n_heads)[:, index]
    return attention(attended.q[:, index], keys, config.masking(layer))


def loss(model: Model, given: Trial, without: Collection[str] = (), fair: bool = True) -> float:
    """Mean loss in nats of the second piece's tokens, but the first; with `fair`, of those that can be foretold."""
    losses = finish(run(model, given.tokens, without).losses())[:, given.start :]
    return float((losses[given.fair] if fair else losses).mean())


def gain(model: Model, length: int, without: Collection[str] = (), samples: int = 16, seed: int = 0) -> float:
    """By how much the order of the second piece helps: loss on the shuffled less loss on the rotated."""
    shuffled = trial(model, length, "shuffled", samples, seed)
    rotated = trial(model, length, "rotated", samples, seed)
    return loss(model, shuffled, without, fair=False) - loss(model, rotated, without)


def looks(
    model: Model, head: str, length: int, steps: Iterable[int] = range(-2, 15), without: Collection[str] = ()
) -> dict[int, float]:
    """By offset: mean attention to the earlier occurrence + offset, less that to a random place of the first + offset.

    A head that goes by position alone gives nothing anywhere. Places after the query, and in front of the first piece,
    are left out.
    """
    given = trial(model, length, "rotated", 32)
    seen = pattern(run(model, given.tokens, without), head)[:, given.start :]
    found = {}
    for step in steps:
        place, queries = given.earlier + step, torch.arange(given.start, given.start + length)
        right = (place < queries) & (place >= given.start - length)
        there = seen.gather(2, place.clamp(0, seen.shape[2] - 1)[..., None])[..., 0]
        other = given.earlier.roll(1, 0) + step
        right &= (other < queries) & (other >= given.start - length) & (other != place)
        elsewhere = seen.gather(2, other.clamp(0, seen.shape[2] - 1)[..., None])[..., 0]
        found[step] = float((there - elsewhere)[right].mean())
    return found


def attends_back(model: Model, head: str, length: int) -> list[float]:
    """By distance: mean attention of the second piece's queries to the place so far back."""
    given = trial(model, length, "other" if 2 * length < model.config.d_vocab else "shuffled", 8)
    seen = pattern(run(model, given.tokens), head)[:, given.start :]
    queries = torch.arange(given.start, given.start + length)
    return [float(seen[:, torch.arange(length), queries - back].mean()) for back in range(given.start)]


def rise(model: Model, head: str, length: int, seed: int = 0) -> float:
    """How much lower the right token's logit is, against the mean of the others, when the head writes nothing."""
    given = trial(model, length, "rotated", 16, seed)
    right = given.tokens[:, given.start + 1 :]
    with_, less = (
        run(model, given.tokens, without).logits[:, given.start : -1].log_softmax(-1) for without in ((), (head,))
    )
    change = with_ - less
    mine = change.gather(2, right[..., None])[..., 0] - change.mean(-1)
    return float(mine[given.fair].mean())
