"""Composition as it happens on a prompt: how much of a later head's scores or values varies with what an earlier wrote.

For each pair of heads the earlier one's part of the later one's queries, keys or values (`analysis.causal.parts`: the
scales of all norms held fixed) gives a part of every score, before caps. What all keys of a query have in common falls
out of the softmax, so the spread is taken over the keys that a query sees:

    Q, K: √(mean over queries and samples of the variance over keys of the part of the score)
    V:    √(mean over samples of the summed variance over positions of the part of v W_O)

Spreads of scores have one unit for all heads: a spread far below 1 moves no attention, whatever the weights promise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.causal.clean import groups_of
from analysis.causal.interventions import INPUTS, Into
from analysis.causal.parts import Pass, Path, Reader, passed
from analysis.measures.composition import MODES, pairs
from analysis.model.attention import Masking
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, HeadId
from analysis.values.work import Work, part

QUERIES = 32
"""The most queries of a sample that are looked at, evenly spaced."""


@dataclass(frozen=True, eq=False)
class MeasuredComposition:
    """Spreads of every pair for each mode; NaN where a pair does not exist."""

    heads: tuple[HeadId, ...]
    spread: dict[str, Float[FloatArray, "earlier later"]]
    """Of the part of the score (q, k), in nats of attention; of the part of what the value writes (v)."""
    whole: dict[str, Float[FloatArray, " later"]]
    """Of the whole score or value; parts may be wider where others cancel them."""
    n_samples: int

    def share(self, mode: str) -> Float[FloatArray, "earlier later"]:
        """Spread of the part ÷ spread of the whole."""
        whole = np.where(self.whole[mode] > 0, self.whole[mode], np.nan)
        return (self.spread[mode] / whole).astype(np.float32)


@torch.no_grad()
def measure_composition(model: Model, prompt: Prompt) -> Work[MeasuredComposition]:
    """All pairs of heads on all samples of the prompt; memory is bounded, whatever the number of samples."""
    n, heads = len(prompt.tokens), model.heads
    parts = {mode: np.zeros((len(heads), len(heads))) for mode in MODES}
    whole = {mode: np.zeros(len(heads)) for mode in MODES}
    for samples in groups_of(model, prompt):
        low, high = (end / n for end in (samples.start, samples.stop))
        piece, last = prompt[samples.start : samples.stop], model.config.n_layers - 1
        made = yield from part(passed(model, piece, last), low, 0.9 * low + 0.1 * high)
        for number, later in enumerate(heads):
            for into in INPUTS if later.kind == "self" else INPUTS[:1]:
                seen = _Seen(made, later, into)
                whole[into][number] += seen.variance_of_whole() / n
                for place, variance in seen.variances():
                    yield low + (high - low) * (0.1 + 0.9 * number / len(heads)), None
                    parts[into][place, number] += variance / n
    exists = {mode: pairs(heads, mode) for mode in MODES}
    spread = {mode: np.where(exists[mode], parts[mode] ** 0.5, np.nan).astype(np.float32) for mode in MODES}
    return MeasuredComposition(heads, spread, {mode: (whole[mode] ** 0.5).astype(np.float32) for mode in MODES}, n)


class _Seen:
    """One input of one later head in one pass."""

    def __init__(self, made: Pass, later: HeadId, into: Into) -> None:
        self.made, self.later, self.into = made, later, into
        self.reader = Reader(made.model, later, into)
        kept, config = made.layers[later.layer, later.kind], made.model.config
        self.q, self.k = kept.q[:, later.index], kept.k[:, made.model.kv_index(later)]
        assert kept.v is not None
        self.v = kept.v[:, made.model.kv_index(later)]
        self.masking = config.masking(later.layer, later.kind)
        out = made.model.head(later).W_O
        self.out = _root(out @ out.T)
        """‖v W_O‖ = ‖v out‖."""
        self.queries = _spaced(self.q.shape[1], self.masking, self.q.device)

    def variance_of_whole(self) -> float:
        """Summed over the samples."""
        return sum(float(self._variance(sample, self._own(sample)[None])) for sample in range(len(self.q)))

    def variances(self) -> Iterator[tuple[list[int], np.ndarray]]:
        """(places of the heads, their variances summed over the samples), earlier sublayer by sublayer."""
        place = {head: number for number, head in enumerate(self.made.model.heads)}
        own = (path for path in self.reader.paths if path.source.head is not None)
        for (layer, kind), paths in groupby(own, key=_sublayer):
            same = list(paths)
            virtual = torch.stack([self.reader.virtual(path) for path in same])  # [H, K, K]
            z = self.made.layers[layer, kind].z  # type: ignore[index]
            assert z is not None
            total = np.zeros(len(same))
            for sample in range(len(z)):
                vectors = self.reader.turned(self.reader.scaled(z[sample] @ virtual, self.made, sample, same[0].norms))
                total += self._variance(sample, vectors).double().cpu().numpy()
            yield [place[path.source.head] for path in same if path.source.head is not None], total

    def _own(self, sample: int) -> Float[Tensor, "tokens d_head"]:
        return {"q": self.q, "k": self.k, "v": self.v}[self.into][sample]

    def _variance(self, sample: int, vectors: Float[Tensor, "heads tokens d_head"]) -> Float[Tensor, " heads"]:
        """Of the parts of scores over the keys, mean over the queries; of values over positions, summed over K."""
        if self.into == "v":
            return (vectors @ self.out).var(1, correction=0).sum(-1)
        if not len(self.queries):
            return vectors.new_zeros(len(vectors))
        if self.into == "q":
            scores = vectors[:, self.queries] @ self.k[sample].T
        else:
            scores = self.q[sample][self.queries] @ vectors.mT
        there = _visible(self.queries, scores.shape[-1], self.masking).to(scores.dtype)
        count = there.sum(-1, keepdim=True)
        above = (scores - (scores * there).sum(-1, keepdim=True) / count) * there
        return (above.square().sum(-1, keepdim=True) / count).mean((1, 2)) * self.masking.scale**2


def _sublayer(path: Path) -> tuple[int, str]:
    assert path.source.head is not None
    return path.source.head.layer, path.source.head.kind


def _root(gram: Float[Tensor, "size size"]) -> Float[Tensor, "size size"]:
    """R with R Rᵀ = gram."""
    values, vectors = torch.linalg.eigh(gram.cpu())
    return (vectors * values.clamp_min(0).sqrt()).to(gram.device)


def _spaced(length: int, masking: Masking, device: torch.device) -> Int[Tensor, " queries"]:
    """Queries that see two keys at least."""
    first = 0 if masking.first is None else 1
    size = min(QUERIES, length - first)
    return torch.linspace(first, length - 1, max(0, size), device=device).round().long()


def _visible(queries: torch.Tensor, n_keys: int, masking: Masking) -> torch.Tensor:
    """[queries, keys], True where the query sees the key."""
    keys = torch.arange(n_keys, device=queries.device)
    if masking.first is None:
        return torch.ones(len(queries), n_keys, dtype=torch.bool, device=queries.device)
    seen = keys <= queries[:, None]
    return seen & (keys > queries[:, None] - masking.window) if masking.window else seen
