"""Plain measurements, independent of what the program itself measures: a truth that is not built in is found by these.

Every prompt is a random piece, then a second one of the same tokens: "rotated" by a random amount, "shuffled", "same",
or "other" tokens altogether. In a "forgotten" one the second piece is the rotated one's, the first has other tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

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

    @property
    def queries(self) -> torch.Tensor:
        return torch.arange(self.start, self.start + self.length)


def trial(model: Model, length: int, kind: str = "rotated", samples: int = 8, seed: int = 0) -> Trial:
    """No token comes twice in a piece: every token has one earlier occurrence."""
    generator = torch.Generator().manual_seed(seed)
    bos, count = model.vocabulary.bos, model.config.d_vocab
    first = [token for token in range(count) if token != bos]
    drawn = torch.stack([torch.randperm(len(first), generator=generator) for _ in range(samples)])
    piece = torch.tensor(first)[drawn[:, :length]]
    assert piece.shape[1] == length, f"{length} different tokens are wanted of {len(first)}"
    # Each sample another turn, as far as there are enough.
    turns = torch.randperm(length - 1, generator=generator).repeat(1 + samples // (length - 1))[:samples, None] + 1
    order = (torch.arange(length) + turns) % length
    if kind == "shuffled":
        order = torch.stack([torch.randperm(length, generator=generator) for _ in range(samples)])
    if kind == "same":
        order = torch.arange(length).repeat(samples, 1)
    second = piece.gather(1, order)
    if kind == "other":
        second = torch.tensor(first)[drawn[:, length : 2 * length]]
    if kind == "forgotten":
        piece = torch.tensor(first)[torch.randint(0, len(first), piece.shape, generator=generator)]
    begin = [torch.full((samples, 1), bos)] if bos is not None else []
    return Trial(torch.cat((*begin, piece, second), 1), length, length + len(begin), order + len(begin))


@dataclass
class Lab:
    """One model, measured with pieces of one length; passes are kept and used again."""

    model: Model
    length: int
    samples: int = 8
    seed: int = 0
    passes: dict[tuple[object, ...], Run] = field(default_factory=dict)

    def trial(self, kind: str = "rotated") -> Trial:
        return trial(self.model, self.length, kind, self.samples, self.seed)

    def run(self, kind: str = "rotated", without: Collection[str] = (), edge: str = "") -> Run:
        """A pass in which the heads of `without` write nothing; of an `edge` as "L1H0 k L0H0", only those keys miss it.

        Grouped heads share keys and values: the others of the group miss it too.
        """
        key = (kind, frozenset(without), edge)
        if key not in self.passes:
            self.passes[key] = self._run(kind, without, edge)
        return self.passes[key]

    def _run(self, kind: str, without: Collection[str], edge: str) -> Run:
        reader, letter, writer = edge.split() if edge else ("L-", "", "")
        less = self.run(kind, (*without, writer)) if edge else None

        def edit(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
            if less is not None and site == letter and reader.startswith(f"L{layer}H"):
                index = int(reader[3:]) * tensor.shape[1] // self.model.config.n_heads
                tensor = tensor.clone()
                tensor[:, index] = getattr(less.layers[layer, "self"], site)[:, index]
            gone = [int(name[3:]) for name in without if site == "z" and name.startswith(f"L{layer}H")]
            if gone:
                tensor = tensor.clone()
                tensor[:, gone] = 0.0
            return tensor

        with torch.no_grad():
            return finish(forward(self.model, self.trial(kind).tokens, edit=edit, keep_values=True))

    def pattern(self, head: str, kind: str = "rotated", without: Collection[str] = (), edge: str = "") -> torch.Tensor:
        """[samples, queries of the second piece, keys]"""
        layer, index = int(head[1]), int(head[3:])
        attended, config = self.run(kind, without, edge).layers[layer, "self"], self.model.config
        keys = spread(attended.k, config.n_heads)[:, index]
        return attention(attended.q[:, index], keys, config.masking(layer))[:, self.trial(kind).start :]

    def loss(self, kind: str = "rotated", without: Collection[str] = (), fair: bool = True) -> float:
        """Mean loss in nats of the second piece's tokens but the first; with `fair`, of those that can be foretold."""
        given = self.trial(kind)
        losses = finish(self.run(kind, without).losses())[:, given.start :]
        return float((losses[given.fair] if fair else losses).mean())

    def usual_gain(self) -> float:
        """As `gain`, of the usual sample: by chance a turn may meet a distance at which a head copies whatever stands
        there."""
        given = self.trial()
        rotated, shuffled = (finish(self.run(kind).losses())[:, given.start :] for kind in ("rotated", "shuffled"))
        rotated = torch.where(given.fair, rotated, torch.nan).nanmean(1)
        return float(shuffled.mean(1).median() - rotated.median())

    def gain(self, without: Collection[str] = ()) -> float:
        """By how much the order of the second piece helps: loss on the shuffled less loss on the rotated."""
        return self.loss("shuffled", without, fair=False) - self.loss("rotated", without)

    def forgets(self, heads: Collection[str]) -> float:
        """By how much the loss rises when these heads write, over the second piece, as if the first had been another.

        Unlike removal this leaves what a head writes of the piece that it stands in.
        """
        given, donor = self.trial(), self.run("forgotten")

        def edit(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
            taken = [int(name[3:]) for name in heads if site == "z" and name.startswith(f"L{layer}H")]
            if taken:
                tensor, other = tensor.clone(), donor.layers[layer, "self"].z
                assert other is not None
                tensor[:, taken, given.start :] = other[:, taken, given.start :]
            return tensor

        with torch.no_grad():
            losses = finish(finish(forward(self.model, given.tokens, edit=edit)).losses())[:, given.start :]
        return float(losses[given.fair].mean()) - self.loss()

    def looks(
        self, head: str, steps: Iterable[int] = range(-2, 15), without: Collection[str] = (), edge: str = ""
    ) -> dict[int, float]:
        """By offset: mean attention to the earlier occurrence + offset, less that to the same places of other samples.

        A head that goes by position alone gives nothing anywhere. Places after the query, and in front of the first
        piece, are left out.
        """
        given = self.trial()
        seen, found = self.pattern(head, "rotated", without, edge), {}
        for step in steps:
            place = given.earlier + step
            right = (place < given.queries) & (place >= given.start - self.length)
            there = seen.gather(2, place.clamp(0, seen.shape[2] - 1)[..., None])[..., 0]
            found[step] = float(there[right].mean()) - self._elsewhere(seen, place)
        return found

    def _elsewhere(self, seen: torch.Tensor, place: torch.Tensor) -> float:
        """Mean attention of the same queries to the places that this step means in the other samples."""
        given, total, count = self.trial(), 0.0, 0
        for turn in range(1, self.samples):
            other = place.roll(turn, 0)
            right = (other < given.queries) & (other >= given.start - self.length) & (other != place)
            total += float(seen.gather(2, other.clamp(0, seen.shape[2] - 1)[..., None])[..., 0][right].sum())
            count += int(right.sum())
        return total / max(1, count)

    def attends_back(self, head: str) -> list[float]:
        """By distance: mean attention of the second piece's queries to the place so far back."""
        kind = "other" if 2 * self.length < self.model.config.d_vocab else "shuffled"
        seen, given = self.pattern(head, kind), self.trial(kind)
        rows = torch.arange(self.length)
        return [float(seen[:, rows, given.queries - back].mean()) for back in range(given.start)]

    def reads(self, edge: str) -> float:
        """How much of what the reader reads by this edge changes without it: 0 nothing, 1 as much as there is."""
        reader, letter, _ = edge.split()
        layer, index = int(reader[1]), int(reader[3:])
        whole, less = (getattr(self.run("rotated", (), given).layers[layer, "self"], letter) for given in ("", edge))
        index = index * whole.shape[1] // self.model.config.n_heads
        return float((whole - less)[:, index].norm() / whole[:, index].norm())

    def rise(self, head: str) -> float:
        """How much lower the right token's logit is, against the mean of the others, when the head writes nothing."""
        given = self.trial()
        with_, less = (
            self.run("rotated", without).logits[:, given.start : -1].log_softmax(-1) for without in ((), (head,))
        )
        change = with_ - less
        mine = change.gather(2, given.tokens[:, given.start + 1 :, None])[..., 0] - change.mean(-1)
        return float(mine[given.fair].mean())
