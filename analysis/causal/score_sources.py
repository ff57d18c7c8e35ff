"""Why this query scores this key: an attention score before the softmax, as a sum over what wrote query and key.

score(i, j) = Σ_a Σ_b q_a(i) · k_b(j) · scale, with the scales of all norms held fixed as the pass had them. Where
scores are capped this is the score before the cap. What all keys of a query have in common falls out of the softmax, so
beside each score stands its *contrast*: the score less the mean score of the other keys that the query sees.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.causal.clean import groups_of
from analysis.causal.parts import Pass, Reader, Source, passed
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, HeadId, UserError
from analysis.values.work import Work, part

BLOCK_BYTES = 128 * 2**20
"""The most that the parts of the queries, and of the keys, of some pairs may hold."""


@dataclass(frozen=True, eq=False)
class ScoreSources:
    """Mean over pairs of a query and a key, before the softmax, of what each pair of sources adds to the score."""

    head: HeadId
    query_sources: tuple[Source, ...]
    key_sources: tuple[Source, ...]
    scores: Float[FloatArray, "query_sources key_sources"]
    """Sums to the mean score."""
    contrasts: Float[FloatArray, "query_sources key_sources"]
    """Sums to the mean of score less mean score of the other visible keys."""
    by_query: Float[FloatArray, "samples query_sources"]
    """Contrast by what wrote the query, mean over each sample's own pairs; NaN for a sample without."""
    by_key: Float[FloatArray, "samples key_sources"]
    """Contrast by what wrote the key."""
    n_pairs: Int[np.ndarray, " samples"]
    """Pairs that counted: the key is visible, and not the only one."""

    @property
    def score(self) -> float:
        """Mean score."""
        return float(self.scores.sum(dtype=np.float64))

    @property
    def contrast(self) -> float:
        """Mean score above the other visible keys."""
        return float(self.contrasts.sum(dtype=np.float64))

    @property
    def query_shares(self) -> Float[FloatArray, " query_sources"]:
        """Share of the contrast by what wrote the query; sums to 1, single ones may be negative or above 1."""
        return _shares(self.contrasts.sum(1, dtype=np.float64))

    @property
    def key_shares(self) -> Float[FloatArray, " key_sources"]:
        """Share of the contrast by what wrote the key."""
        return _shares(self.contrasts.sum(0, dtype=np.float64))


def _shares(parts: np.ndarray) -> FloatArray:
    whole = parts.sum()
    return (parts / whole if whole else np.full(parts.shape, np.nan)).astype(np.float32)


@torch.no_grad()
def sources_of(
    model: Model, prompt: Prompt, head: HeadId, queries: Int[Tensor, "samples pairs"],
    keys: Int[Tensor, "samples pairs"],
) -> Work[ScoreSources]:  # fmt: skip
    """The scores of pairs of positions, query queries[b, n] and key keys[b, n] of sample b; −1: no pair.

    A pair whose key the query does not see, or sees alone, does not count. Raises UserError where none is left.
    """
    readers = Reader(model, head, "q"), Reader(model, head, "k")
    tally = _Tally(model, readers, len(prompt.tokens))
    for samples in groups_of(model, prompt):
        low, high = (end / len(prompt.tokens) for end in (samples.start, samples.stop))
        made = yield from part(passed(model, prompt[samples.start : samples.stop], head.layer), low, (low + high) / 2)
        for row, sample in enumerate(samples):
            for some in tally.pairs(made, queries[sample], keys[sample]):
                yield (low + high) / 2 + (high - low) / 2 * row / len(samples), None
                yield from tally.add(made, row, sample, *some)
    return tally.found()


class _Tally:
    """Sums over pairs."""

    def __init__(self, model: Model, readers: tuple[Reader, Reader], n_samples: int) -> None:
        self.model, (self.query, self.key) = model, readers
        self.masking = model.config.masking(self.query.head.layer, self.query.head.kind)
        shape = len(self.query.sources), len(self.key.sources)
        self.scores, self.contrasts = (torch.zeros(shape, dtype=torch.float64) for _ in range(2))
        self.by_query, self.by_key = (torch.zeros(n_samples, size, dtype=torch.float64) for size in shape)
        self.n = torch.zeros(n_samples, dtype=torch.int64)

    def pairs(
        self, made: Pass, queries: Int[Tensor, " pairs"], keys: Int[Tensor, " pairs"]
    ) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """The pairs that count, in blocks of bounded size."""
        there, n_keys = (queries >= 0) & (keys >= 0), self._n_keys(made)
        there &= (queries < made.prompt.tokens.shape[1]) & (keys < n_keys)
        queries, keys = queries[there].to(self.model.device), keys[there].to(self.model.device)
        low, high = self._seen(queries, n_keys)
        counts = (keys >= low) & (keys < high) & (high - low > 1)
        queries, keys = queries[counts], keys[counts]
        width = 4 * max(len(self.query.sources), len(self.key.sources)) * self.model.config.d_head
        size = max(1, BLOCK_BYTES // width)
        return list(zip(queries.split(size), keys.split(size), strict=True)) if len(queries) else []

    def add(self, made: Pass, row: int, sample: int, queries: torch.Tensor, keys: torch.Tensor) -> Work[None]:
        """Some pairs of one sample, which is the pass's sample `row`."""
        asked, sought, above = [], [], []
        for source in self.query.sources:
            yield 0.0, None
            asked.append(self.query.part(made, row, source)[queries])
        for source in self.key.sources:
            yield 0.0, None
            vectors = self.key.part(made, row, source)
            sought.append(vectors[keys])
            above.append(sought[-1] - self._others(vectors, queries, keys))
        q, k, k_above = (torch.stack(vectors).flatten(1).double() for vectors in (asked, sought, above))
        yield 0.0, None
        contrasts = (q @ k_above.T * self.masking.scale).cpu()
        self.scores += (q @ k.T * self.masking.scale).cpu()
        self.contrasts += contrasts
        self.by_query[sample] += contrasts.sum(1)
        self.by_key[sample] += contrasts.sum(0)
        self.n[sample] += len(queries)

    def found(self) -> ScoreSources:
        total = int(self.n.sum())
        if not total:
            raise UserError("None of these queries sees its key beside another one, so there is no score to explain.")
        each = torch.where(self.n > 0, self.n, torch.nan)[:, None]
        values = (self.scores / total, self.contrasts / total, self.by_query / each, self.by_key / each)
        scores, contrasts, by_query, by_key = (one.float().numpy() for one in values)
        return ScoreSources(self.query.head, self.query.sources, self.key.sources, scores, contrasts, by_query, by_key,
                            self.n.numpy())  # fmt: skip

    def _n_keys(self, made: Pass) -> int:
        if self.masking.first is not None:
            return made.prompt.tokens.shape[1]
        assert made.prompt.context is not None
        return made.prompt.context.shape[1]

    def _seen(self, queries: torch.Tensor, n_keys: int) -> tuple[torch.Tensor, torch.Tensor]:
        """[low, high) of the keys that each query sees."""
        if self.masking.first is None:
            return torch.zeros_like(queries), torch.full_like(queries, n_keys)
        window = self.masking.window
        return (queries + 1 - window).clamp_min(0) if window else torch.zeros_like(queries), queries + 1

    def _others(self, vectors: torch.Tensor, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        """Mean over the keys that each query sees beside its own, [pairs, K]."""
        sums = torch.nn.functional.pad(vectors.double().cumsum(0), (0, 0, 1, 0))
        low, high = self._seen(queries, len(vectors))
        return ((sums[high] - sums[low] - vectors[keys]) / (high - low - 1)[:, None]).to(vectors.dtype)
