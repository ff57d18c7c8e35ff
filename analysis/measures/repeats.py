"""Is there induction? Every head on lines that repeat and on lines that do not, with the model's loss beside it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float

from analysis.measures.patterns import PatternBlock, blocks
from analysis.measures.scoring import BLOCK_BYTES, TOKENS_AT_ONCE
from analysis.measures.spectrum import by_lag
from analysis.measures.trials import Trial, followers, trials
from analysis.model.model import Model
from analysis.model.transformer import forward
from analysis.prompts import PromptSource
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, HeadId, Kind
from analysis.values.work import Work, part

MAKING = 0.1
"""The share of the work that is making the lines."""
SELF: tuple[Kind, ...] = ("self",)
WINDOW = 16
"""Distances to either side of the repeat that are kept apart."""


@dataclass(frozen=True, eq=False)
class MeasuredTrial:
    """One trial; heads are those of self-attention. Queries are the second part's, less its first movement."""

    key: str
    title: str
    repeats: bool
    stripes: Float[FloatArray, "lines heads distances"]
    """Mean attention at the distance starts − k for k = −WINDOW … WINDOW; k = 1 is induction,
    k = 0 the same token in the first part. NaN where the distance is none."""
    matches: Float[FloatArray, "lines heads"]
    """Prefix matching: attention to all keys that follow an earlier occurrence of the query and the token
    before it, mean over the queries that have one; NaN for a line without."""
    expected: Float[FloatArray, "lines heads"]
    """The same if only distance counted: at these distances, the head's mean in the trial's null."""
    n_matched: int
    """Queries that have such a key, in all lines."""
    losses: Float[FloatArray, "lines 2"]
    """Mean loss in nats of a token of the first and the second part, first movements left out."""


@dataclass(frozen=True, eq=False)
class Repeats:
    """Trials by key: "random", "random_null" and, with a data set, "word", "word_null", "other"."""

    heads: tuple[HeadId, ...]
    trials: dict[str, MeasuredTrial]

    @property
    def n_lines(self) -> int:
        return len(self.trials["random"].losses)


NULLS = {"random": "random_null", "random_null": "random_null", "word": "word_null", "word_null": "word_null"}


ORDER = ("random_null", "random", "word_null", "word", "other")
"""Each null before what it is compared with, and random strokes first, since every model has them."""


def measure(
    model: Model, sources: dict[str, PromptSource], n_lines: int, seed: int = 0
) -> Work[Repeats]:
    """All trials; on the way those that are done, from random strokes on.

    Raises UserError for a model that reads no handwriting.
    """
    asked = yield from part(trials(model, sources, n_lines, seed), 0.0, MAKING)
    heads = tuple(head for head in model.heads if head.kind == "self")
    found: dict[str, MeasuredTrial] = {}
    profiles: dict[str, torch.Tensor] = {}
    for number, trial in enumerate(sorted(asked, key=lambda trial: ORDER.index(trial.key))):
        tally = _Tally(trial, len(heads))
        low, high = (MAKING + (1 - MAKING) * (number + end) / len(asked) for end in (0, 1))
        yield from part(_measure(model, trial, tally), low, high)
        profiles[trial.key] = tally.profile()
        found[trial.key] = tally.measured(profiles[NULLS.get(trial.key, trial.key)])
        so_far = Repeats(heads, {one.key: found[one.key] for one in asked if one.key in found})
        yield high, so_far if "random" in found else None
    return so_far


def _measure(model: Model, trial: Trial, tally: _Tally) -> Work[None]:
    n, length = trial.tokens.shape
    size = max(1, TOKENS_AT_ONCE // length)
    for low in range(0, n, size):
        lines = slice(low, min(low + size, n))
        context = None if trial.context is None else trial.context[lines]
        ran = yield from part(forward(model, trial.tokens[lines], context), low / n, (low + lines.stop) / 2 / n)
        losses = yield from part(ran.losses(), (low + lines.stop) / 2 / n, (low + lines.stop) / 2 / n)
        tally.add_losses(lines, losses)
        piece = Prompt(trial.tokens[lines], context, "")
        for block in blocks(model, ran, piece, largest=BLOCK_BYTES, kinds=SELF):
            yield (low + lines.stop) / 2 / n, None
            tally.add(lines, block)
        yield lines.stop / n, None


class _Tally:
    """Sums over the queries of a trial's lines."""

    def __init__(self, trial: Trial, n_heads: int) -> None:
        n, length = trial.tokens.shape
        self.trial = trial
        self.stripes, self.n_stripes = torch.zeros(n, n_heads, 2 * WINDOW + 1), torch.zeros(n, 2 * WINDOW + 1)
        self.matched = torch.zeros(n, n_heads)
        self.lags, self.n_lags = torch.zeros(n_heads, length, dtype=torch.float64), torch.zeros(length)
        self.losses = torch.zeros(n, 2)
        self.pairs = [followers(trial, line) for line in range(n)]
        for line in range(n):
            queries = trial.queries(line)
            keys = self._keys(line, queries)
            self.n_stripes[line] = ((keys >= 0) & (keys <= queries[:, None])).sum(0)
            for query in queries.tolist():
                self.n_lags[: query + 1] += 1

    def _keys(self, line: int, queries: torch.Tensor) -> torch.Tensor:
        """[queries, 2 WINDOW + 1]: where each query would look at the distances of the window."""
        return queries[:, None] - self.trial.starts[line] + torch.arange(-WINDOW, WINDOW + 1)

    def add(self, lines: slice, block: PatternBlock) -> None:
        n_heads, first = block.pattern.shape[1], block.first
        at = slice(block.layer * n_heads, (block.layer + 1) * n_heads)
        last = first + block.pattern.shape[2]
        counted = torch.zeros(block.pattern.shape[0], block.pattern.shape[2])
        for row, line in enumerate(range(lines.start, lines.stop)):
            pattern = block.pattern[row].cpu()  # [H, queries, keys]
            queries = self.trial.queries(line)
            queries = queries[(queries >= first) & (queries < last)]
            counted[row, queries - first] = 1
            keys = self._keys(line, queries)
            there = (keys >= 0) & (keys <= queries[:, None])
            cells = pattern[:, queries[:, None] - first, keys.clamp(0, pattern.shape[-1] - 1)]
            self.stripes[line, at] += (cells * there).sum(1)
            at_queries, at_keys = self.pairs[line]
            inside = (at_queries >= first) & (at_queries < last)
            self.matched[line, at] += pattern[:, at_queries[inside] - first, at_keys[inside]].sum(1)
        masked = PatternBlock(block.layer, "self", first, block.pattern * counted[:, None, :, None].to(block.pattern),
                              block.prompt)  # fmt: skip
        lags = by_lag(masked).sum(0).double().cpu()
        self.lags[at, : lags.shape[-1]] += lags

    def add_losses(self, lines: slice, losses: torch.Tensor) -> None:
        """losses [lines, T − 1]: index i is that of token i + 1."""
        for row, line in enumerate(range(lines.start, lines.stop)):
            queries, start = self.trial.queries(line), self.trial.starts[line]
            last = start if self.trial.key.startswith("random") else start - 2  # WORD tokens part the words
            self.losses[line, 0] = losses[row, 1 : last - 1].mean()
            self.losses[line, 1] = losses[row, queries - 1].mean()

    def profile(self) -> torch.Tensor:
        """[H, T]: mean attention of the queries at every distance."""
        return torch.nan_to_num(self.lags / self.n_lags)

    def measured(self, profile: torch.Tensor) -> MeasuredTrial:
        """`profile` [H, T'] says what to expect at a distance; beyond T', nothing."""
        n, n_heads = self.matched.shape
        counts = torch.tensor([len(queries.unique()) for queries, _ in self.pairs]).float()[:, None]
        padded = torch.nn.functional.pad(profile, (0, max(0, self.trial.tokens.shape[1] - profile.shape[1])))
        expected = torch.zeros(n, n_heads)
        for line, (queries, keys) in enumerate(self.pairs):
            expected[line] = padded[:, queries - keys].sum(1).float()
        per_query = lambda sums: torch.where(counts > 0, sums / counts, torch.nan).numpy()  # noqa: E731
        stripes = torch.where(self.n_stripes > 0, 1.0, torch.nan)[:, None] * self.stripes
        stripes = stripes / self.n_stripes.clamp_min(1)[:, None]
        trial = self.trial
        return MeasuredTrial(trial.key, trial.title, trial.repeats, stripes.numpy(), per_query(self.matched),
                        per_query(expected), int(counts.sum()), self.losses.numpy())  # fmt: skip
