"""Where heads look on a trial: at the token's earlier occurrence and past it, and what they do whatever stands there.

For every head, sample and offset k, the attention from a query to the place k past its token's earlier occurrence,
above that from the same position to the same place in the control. Tokens and places of the earlier copies are the
same in both, so that what goes by position, or by the set of tokens, is nil by construction. Of real words there are
two controls, and what counts is what stands above the larger of them: shuffled movements are no handwriting, on which a
head may look about as it never does, and a word after another one has the same queries.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from analysis.measures.patterns import PatternBlock, blocks
from analysis.measures.scoring import BLOCK_BYTES, TOKENS_AT_ONCE
from analysis.model.model import Model
from analysis.model.transformer import Edit, forward
from analysis.prompts.prompt import Prompt, before_the_end
from analysis.values import FloatArray, HeadId, IntArray
from analysis.values.work import Work, part
from analysis.verdict.trials.trial import Trial

FAR = 0.75
"""Offsets up to this part of a copy are asked: further ones have too few queries to tell."""
FLOOR = 0.005
"""A place that gets less attention than this is not chosen."""
NAMED = 0.1
"""A place with less than this part of what the largest has is not named, though it counts."""
ERRORS = 2.0
"""How many standard errors a place must stand above its control, on the half that chooses."""


@dataclass(frozen=True, eq=False)
class Looks:
    """What all self-attention heads look at on one trial; the model's losses beside it."""

    heads: tuple[HeadId, ...]
    offsets: Int[IntArray, " offsets"]
    """k of each column of `excess`: negative before the earlier occurrence, 0 on it, 1 on what followed."""
    excess: Float[FloatArray, "samples heads offsets"]
    """Attention above the control, mean over the queries that have such a place; 0 where none has."""
    previous: Float[FloatArray, "samples heads"]
    """Attention to the token before, mean over all queries of the control (of real words: after another one)."""
    sink: Float[FloatArray, "samples heads"]
    """Attention to the first token, mean over the queries of the last copy, in order."""
    lags: Float[FloatArray, "heads lags"]
    """Attention at each distance, mean over queries and samples of the control; NaN at distances with few queries."""
    ordered: Float[FloatArray, " samples"]
    """Loss in nats where order tells the next token."""
    shuffled: Float[FloatArray, " samples"]
    """The same positions of the control; of real words, the same tokens after another one."""
    first: Float[FloatArray, " samples"]
    """At the end of the first copy; of real words, the same tokens after another one."""
    length: int
    tokens: int
    """In a whole prompt; the mean where lines end at different places."""

    @property
    def gain(self) -> Float[FloatArray, " samples"]:
        """What the order of the tokens is worth, in nats a token."""
        return self.shuffled - self.ordered


@torch.no_grad()
def look(model: Model, trial: Trial, edit: Edit | None = None) -> Work[Looks]:
    """Run a trial and its controls. `edit` changes all passes: rows are samples in order, then their controls."""
    heads = tuple(head for head in model.heads if head.kind == "self")
    shape = model.config.n_layers, model.config.n_heads
    shortest = int((trial.stop - trial.first).min())
    reach = int(FAR * shortest)
    offsets = np.arange(-min(reach, shortest - 1), reach + 1)
    n, width = trial.ordered.shape
    excess = np.zeros((n, *shape, len(offsets)), np.float32)
    previous, sink = np.zeros((2, n, *shape), np.float32)
    lags = torch.zeros(*shape, width)
    lost, lines = [], before_the_end(model, trial.ordered)
    size = max(1, TOKENS_AT_ONCE // (_passes(trial) * width)) if edit is None else n
    for low in range(0, n, size):
        piece, at, end = trial[low : low + size], slice(low, low + size), min(1.0, (low + size) / n)
        tokens, context = _rows(piece)
        run = yield from part(forward(model, tokens, context, edit=edit), low / n, low / n + 0.6 * (end - low / n))
        found = _Found(piece, torch.from_numpy(offsets), shape, lines[at].to(model.device))
        for block in blocks(model, run, Prompt(tokens, None, ""), largest=BLOCK_BYTES, kinds={"self"}):
            found.add(block)
            yield low / n + 0.8 * (end - low / n), None
        excess[at], previous[at], sink[at] = (a.cpu().numpy() for a in found.means())
        lags += found.lags.cpu()
        asked = piece.counted.repeat(_passes(piece), 1).to(model.device)
        losing = part(run.losses(asked), low / n + 0.8 * (end - low / n), end)
        lost.append(_by_part(piece, (yield from losing).float().cpu().numpy()))
    ends = lines.sum(1, keepdim=True).numpy()
    counts = (ends - np.arange(width)).clip(0).sum(0)
    there = np.arange(width) < 0.75 * ends.min()
    spectrum = np.where(there, lags.numpy() / counts.clip(1), np.nan).astype(np.float32)
    losses = np.concatenate(lost, axis=1)
    every = len(heads)
    return Looks(
        heads, offsets, excess.reshape(n, every, -1), previous.reshape(n, every), sink.reshape(n, every),
        spectrum.reshape(every, -1), losses[0], losses[1], losses[2], trial.length,
        int(ends.mean()),
    )


def _passes(trial: Trial) -> int:
    return 2 if trial.another is None else 3


def _rows(trial: Trial) -> tuple[Tensor, Tensor | None]:
    """(tokens, context) of the samples in order, then of each control."""
    tokens, context = [trial.ordered, trial.shuffled], [trial.context, trial.context]
    if trial.another is not None:
        tokens, context = [*tokens, trial.another], [*context, trial.another_context]
    contexts = [one for one in context if one is not None]
    return torch.cat(tokens), torch.cat(contexts) if contexts else None


def _by_part(trial: Trial, losses: FloatArray) -> Float[FloatArray, "3 samples"]:
    """losses [passes · samples, T − 1] → means over the tokens that order tells, in order and in what that is compared
    with; and over the last ones of the first copy, or again where a word comes after another one."""
    told, inside = trial.told[:, :-1].numpy(), trial.inside.numpy()
    each = losses.reshape(_passes(trial), len(trial), -1)
    compared = _mean(each[-1], told)
    return np.stack([_mean(each[0], told), compared, _mean(each[0], inside) if len(each) == 2 else compared])


def _mean(losses: FloatArray, counted: np.ndarray) -> Float[FloatArray, " samples"]:
    return np.asarray(np.where(counted, losses, 0).sum(-1) / np.maximum(counted.sum(-1), 1), np.float32)


class _Found:
    """Sums over the blocks of one pass."""

    def __init__(
        self, trial: Trial, offsets: Tensor, shape: tuple[int, int], lines: Bool[Tensor, "samples tokens"]
    ) -> None:
        device = lines.device
        self.trial, self.offsets, self.n, self.lines = trial, offsets, len(trial), lines
        self.earlier = trial.earlier.to(device)
        self.sums = torch.zeros(_passes(trial) - 1, self.n, *shape, len(offsets), device=device)
        self.counts = self._counts()
        self.previous, self.sink = torch.zeros(2, self.n, *shape, device=device)
        self.lags = torch.zeros(*shape, trial.ordered.shape[1], device=device)

    def _counts(self) -> Tensor:
        """How many queries have a place at each offset, [samples, offsets]; every earlier copy once."""
        _, there = self._places(slice(None))
        return there.sum((1, 2)) / self.earlier.shape[1]

    def _places(self, queries: slice) -> tuple[Tensor, Tensor]:
        """For each query and offset the key in each earlier copy, and whether it exists: [samples, copies, queries,
        offsets]."""
        keys, there = self.trial.places(self.offsets, queries)
        return keys.to(self.lines.device), there.to(self.lines.device)

    def add(self, block: PatternBlock) -> None:
        pattern, first = block.pattern, block.first
        queries = slice(first, first + pattern.shape[2])
        controls = pattern[self.n :].unflatten(0, (-1, self.n))
        self._whatever(block.layer, first, controls[-1] * self.lines[:, None, queries, None])
        asked = self.earlier[:, 0, queries] >= 0
        if not bool(asked.any()):
            return
        self.sink[:, block.layer] += (pattern[: self.n, :, :, 0] * asked[:, None]).sum(-1)
        keys, there = self._places(queries)
        for copy in range(keys.shape[1]):
            index = keys[:, copy].clamp(0, pattern.shape[-1] - 1)[:, None].expand(-1, pattern.shape[1], -1, -1)
            for number, control in enumerate(controls):
                cells = torch.gather(pattern[: self.n] - control, 3, index) * there[:, copy, None]
                self.sums[number, :, block.layer] += cells.sum(2)

    def _whatever(self, layer: int, first: int, control: Tensor) -> None:
        """What goes by position alone, of the control; queries past the end of a line are 0."""
        width, (rows, keys) = self.trial.ordered.shape[1], control.shape[2:]
        queries = torch.arange(first, first + rows, device=control.device)
        there = queries[queries >= 1]
        self.previous[:, layer] += control[:, :, there - first, there - 1].sum(-1) / (self.lines.sum(1)[:, None] - 1)
        distance = (queries[:, None] - torch.arange(keys, device=control.device)).clamp_min(-1) + 1
        mean = control.sum(0).flatten(1)  # keys that a query cannot see hold 0
        lags = torch.zeros(len(mean), width + 1, device=control.device)
        self.lags[layer] += lags.index_add_(1, distance.flatten(), mean)[:, 1:]

    def means(self) -> tuple[Tensor, Tensor, Tensor]:
        """(excess, previous, sink), per sample, layer and head."""
        asked = (self.earlier[:, 0] >= 0).sum(1)[:, None, None]
        return self.sums.amin(0) / self.counts.clamp_min(1)[:, None, None], self.previous, self.sink / asked


@dataclass(frozen=True, eq=False)
class Content:
    """Attention by content: the sum of the excess over the places that another half of the samples chose."""

    share: Float[FloatArray, "samples heads"]
    duplicate: Float[FloatArray, "samples heads"]
    """On the earlier occurrence itself."""
    before: Float[FloatArray, "samples heads"]
    """On places before it, chosen in the same way."""
    offsets: tuple[tuple[int, ...], ...]
    """For each head the places past it that both halves chose, the largest first; not those far below it."""
    places: tuple[tuple[int, ...], ...]
    """All that both halves chose."""


def content(looks: Looks) -> Content:
    """Shares by content of all heads. Fewer than two samples choose nothing."""
    after, early = looks.offsets >= 1, looks.offsets < 0
    share, before = (np.zeros(looks.excess.shape[:2], np.float32) for _ in range(2))
    chosen = []
    for half in (0, 1):
        choosing, measured = looks.excess[half::2], looks.excess[1 - half :: 2]
        found = _places(choosing)
        chosen.append(found)
        share[1 - half :: 2] = (measured * (found & after)).sum(-1)
        before[1 - half :: 2] = (measured * (found & early)).sum(-1)
    both, mean = chosen[0] & chosen[1], looks.excess.mean(0)
    ranked = [np.flatnonzero(row)[np.argsort(-mean[number, row])] for number, row in enumerate(both)]
    places = tuple(tuple(int(looks.offsets[at]) for at in row) for row in ranked)
    past = [[at for at in row if looks.offsets[at] >= 1] for row in ranked]
    offsets = tuple(tuple(int(looks.offsets[at]) for at in row if mean[number, at] >= NAMED * mean[number, row[0]])
                    for number, row in enumerate(past))  # fmt: skip
    at_zero = int(np.flatnonzero(looks.offsets == 0)[0])
    return Content(share, looks.excess[..., at_zero], before, offsets, places)


def _places(excess: Float[FloatArray, "samples heads offsets"]) -> np.ndarray:
    n = len(excess)
    if n < 2:
        return np.zeros(excess.shape[1:], bool)
    mean, error = excess.mean(0), excess.std(0, ddof=1) / np.sqrt(n)
    return (mean > FLOOR) & (mean > ERRORS * error)
