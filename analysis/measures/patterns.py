"""Attention patterns computed on demand from a run's q and k, in blocks of bounded size."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.model.attention import BLOCK_BYTES, attention, block_size, spread
from analysis.model.model import Model
from analysis.model.transformer import Attended, Run
from analysis.prompts.prompt import Prompt
from analysis.values import HeadId, Kind, Tick, no_tick


@dataclass(frozen=True)
class PatternBlock:
    """Attention of all heads of one layer for a run of queries; the rows of `pattern` sum to 1."""

    layer: int
    kind: Kind
    first: int
    """Position of the first query."""
    pattern: Float[Tensor, "samples heads queries keys"]
    prompt: Prompt

    @property
    def queries(self) -> Int[Tensor, " queries"]:
        """Positions of the block's queries."""
        return torch.arange(self.first, self.first + self.pattern.shape[2], device=self.pattern.device)

    def at_lag(
        self, lag: int, low: int, high: int
    ) -> tuple[Float[Tensor, "samples heads"], Float[Tensor, " samples"]]:
        """Attention from each query i in [low, high) to the key i − lag, added up.

        Returns (sums, number of terms); queries whose key would lie before the start do not count.
        """
        queries = self.queries
        rows = torch.nonzero((queries >= max(low, lag)) & (queries < high)).flatten()
        cells = self.pattern[:, :, rows, queries[rows] - lag]  # [B, H, rows]
        return cells.sum(-1), cells.new_full((len(cells),), float(len(rows)))


def blocks(
    model: Model, run: Run, prompt: Prompt, tick: Tick = no_tick, largest: int = BLOCK_BYTES,
    kinds: Collection[Kind] = ("self", "cross"),
) -> Iterator[PatternBlock]:  # fmt: skip
    """All patterns of a run of these kinds, layer by layer, in blocks of queries of at most `largest` bytes."""
    for number, ((layer, kind), kept) in enumerate(run.layers.items()):
        if kind not in kinds:
            continue
        k = spread(kept.k, kept.q.shape[1])
        step = block_size(kept.q, k.shape[2], largest)
        masking = model.config.masking(layer, kind)
        for first in range(0, kept.q.shape[2], step):
            tick(number / len(run.layers))
            q = kept.q[:, :, first : first + step]
            # Later keys cannot be seen, so they need not be scored.
            seen = k if masking.first is None else k[:, :, : first + q.shape[2]]
            yield PatternBlock(layer, kind, first, attention(q, seen, masking.at(first)), prompt)


@torch.no_grad()
def head_pattern(
    model: Model, kept: Attended, head: HeadId, sample: int | None, tick: Tick = no_tick
) -> Float[Tensor, "queries keys"]:
    """One head's pattern: of one sample, or the mean over all samples of the run when `sample` is None."""
    masking = model.config.masking(head.layer, head.kind)
    group = model.kv_index(head)
    if sample is not None:
        return attention(kept.q[sample, head.index], kept.k[sample, group], masking)
    total = torch.zeros(kept.q.shape[2], kept.k.shape[2], device=kept.q.device)
    for number in range(len(kept.q)):
        tick(number / len(kept.q))
        total += attention(kept.q[number, head.index], kept.k[number, group], masking)
    return total / len(kept.q)
