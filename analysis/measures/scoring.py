"""The scores of every head, all measured together."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float, Num
from torch import Tensor

from analysis.measures.patterns import PatternBlock, blocks
from analysis.measures.scores import Score
from analysis.model.model import Model
from analysis.model.transformer import forward
from analysis.prompts import PromptSource
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, Kind, PromptSpec, ScoreTable, UserError, as_options
from analysis.values.work import Work, part

log = logging.getLogger(__name__)

BLOCK_BYTES = 8 * 2**20
"""Smaller than what memory would allow: a block is the work between two yields."""
TOKENS_AT_ONCE = 2048
SHOWN_EVERY = 0.1
"""How much more must be done before the next table is shown."""


@dataclass
class Tally:
    """Sums over one score's queries: total [samples, heads, …] and count [samples] for each layer and kind."""

    total: dict[tuple[int, Kind], torch.Tensor] = field(default_factory=dict)
    count: dict[tuple[int, Kind], torch.Tensor] = field(default_factory=dict)

    def add(
        self, at: tuple[int, Kind], samples: slice, n: int, sums: Float[Tensor, "some heads *more"],
        counts: Num[Tensor, " some"],
    ) -> None:  # fmt: skip
        if at not in self.total:
            self.total[at] = sums.new_zeros(n, *sums.shape[1:], dtype=torch.float64)
            self.count[at] = counts.new_zeros(n, dtype=torch.float64)
        self.total[at][samples] += sums
        self.count[at][samples] += counts

    def per_sample(self, at: tuple[int, Kind]) -> Float[Tensor, "seen heads *more"]:
        """The mean over the terms of every sample that has been seen."""
        seen = self.count[at] > 0
        count = self.count[at][seen]
        return self.total[at][seen] / count.view(-1, *[1] * (self.total[at].ndim - 1))


@dataclass
class Scoring:
    """All scores of one model."""

    model: Model
    scores: Sequence[Score]
    prompts: dict[str, PromptSource]
    seed: int = 0
    samples: int = 32
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        config = self.model.config
        shape = (config.n_layers, config.n_heads)
        kinds: list[Kind] = ["self", "cross"] if config.cross_layers else ["self"]
        self._values = {s.info.key: {kind: np.full(shape, np.nan, np.float32) for kind in kinds} for s in self.scores}
        self._errors = {s.info.key: {kind: np.full(shape, np.nan, np.float32) for kind in kinds} for s in self.scores}
        self.behaviour: dict[str, float] = {}
        self._failed: set[str] = set()

    def table(self) -> ScoreTable:
        """What is known so far; copies, so that it may cross to the window."""
        return ScoreTable(_copies(self._values), _copies(self._errors), dict(self.behaviour), tuple(self.problems))

    @torch.no_grad()
    def run(self) -> Work[ScoreTable]:
        """Score everything; stops at least every few hundred tokens, and shows the table now and then."""
        shown = 0.0
        for fraction, _ in self._run():
            new = fraction - shown > SHOWN_EVERY
            shown = fraction if new else shown
            yield fraction, self.table() if new else None
        return self.table()

    def _run(self) -> Work[None]:
        groups: dict[PromptSpec, list[Score]] = {}
        weighed = []
        for score in self.scores:
            with self._guarded(score):
                if score.applies(self.model) and score.prompt is not None:
                    groups.setdefault(self._sized(score.prompt), []).append(score)
                elif score.applies(self.model):
                    weighed.append(score)
        parts = max(1, len(groups) + bool(weighed))
        for number, (spec, group) in enumerate(groups.items()):
            yield from part(self._measure(spec, group), number / parts, (number + 1) / parts)
        yield from part(self._weigh(weighed), (parts - 1) / parts, 1.0)

    @contextmanager
    def _guarded(self, score: Score) -> Iterator[None]:
        """Where one score fails, as that of a plugin may, the others go on; `problems` says so."""
        try:
            yield
        except (UserError, MemoryError, torch.OutOfMemoryError):
            raise
        except Exception as error:
            log.warning("The score %r cannot be computed.", score.info.key, exc_info=True)
            self._failed.add(score.info.key)
            self.problems.append(f"{score.info.title} cannot be computed ({type(error).__name__}: {error}).")

    def _working(self, scores: Sequence[Score]) -> list[Score]:
        return [score for score in scores if score.info.key not in self._failed]

    def _sized(self, spec: PromptSpec) -> PromptSpec:
        """The prompt with the job's seed and number of samples, unless it says how many it takes."""
        options = {"samples": str(self.samples)} | dict(spec.options) | {"seed": str(self.seed)}
        return PromptSpec(spec.source, as_options(options))

    def _weigh(self, scores: Sequence[Score]) -> Work[None]:
        n_layers = self.model.config.n_layers
        for number, score in enumerate(scores):
            for layer in range(n_layers):
                yield (number + layer / n_layers) / len(scores), None
                if score.info.key in self._failed:
                    break
                with self._guarded(score):
                    assert score.weigh is not None
                    work, low = score.weigh(self.model, layer), number + layer / n_layers
                    found = yield from part(work, low / len(scores), (low + 1 / n_layers) / len(scores))
                    self._values[score.info.key]["self"][layer] = found

    def _measure(self, spec: PromptSpec, scores: Sequence[Score]) -> Work[None]:
        try:
            prompt = self.prompts[spec.source].make(self.model, spec)
        except UserError as error:
            self.problems.append(str(error))
            return
        tallies = {score.info.key: Tally() for score in scores}
        losses: list[torch.Tensor] = []
        n = len(prompt.tokens)
        at_once = max(1, min(n, TOKENS_AT_ONCE // prompt.tokens.shape[1]))
        for low in range(0, n, at_once):
            samples = slice(low, min(low + at_once, n))
            piece = prompt[samples]
            run = yield from part(forward(self.model, piece.tokens, piece.context), low / n, (low + 0.6 * at_once) / n)
            kinds = {kind for score in scores for kind in score.info.kinds}
            for block in blocks(self.model, run, piece, largest=BLOCK_BYTES, kinds=kinds):
                self._add(scores, tallies, block, samples, n)
                yield (low + 0.8 * at_once) / n, None
            if prompt.period is not None and prompt.tokens.shape[1] == prompt.start + 2 * prompt.period:
                # Only the twofold repeat is the behaviour that induction is about.
                losses.append((yield from part(run.losses(), (low + 0.8 * at_once) / n, (low + at_once) / n)))
            self._settle(scores, tallies, prompt, losses)

    def _add(
        self, scores: Sequence[Score], tallies: dict[str, Tally], block: PatternBlock, samples: slice, n: int
    ) -> None:
        done: dict[
            object, tuple[torch.Tensor, torch.Tensor]
        ] = {}  # scores may share one measure (a stripe and its lag)
        for score in self._working(scores):
            if block.kind in score.info.kinds and score.measure is not None:
                with self._guarded(score):
                    if score.measure not in done:
                        done[score.measure] = score.measure(block)
                    tallies[score.info.key].add((block.layer, block.kind), samples, n, *done[score.measure])

    def _settle(
        self, scores: Sequence[Score], tallies: dict[str, Tally], prompt: Prompt, losses: list[torch.Tensor]
    ) -> None:
        """Turn the tallies so far into values and standard errors."""
        for score in self._working(scores):
            with self._guarded(score):
                self._settle_one(score, tallies[score.info.key], prompt)
        if losses:
            self._behave(prompt, torch.cat(losses))

    def _settle_one(self, score: Score, tally: Tally, prompt: Prompt) -> None:
        for layer, kind in tally.total:
            each = tally.per_sample((layer, kind))
            if score.each is not None:
                each = score.each(each, prompt)
            mean = each.nanmean(0)
            value = mean if score.finish is None else score.finish(mean, prompt)
            self._values[score.info.key][kind][layer] = value.float().cpu().numpy()
            if score.finish is None and len(each) > 1:
                self._errors[score.info.key][kind][layer] = standard_error(each).float().cpu().numpy()

    def _behave(self, prompt: Prompt, losses: torch.Tensor) -> None:
        """Mean loss on the first and on the second copy; the loss at index i is that of token i + 1."""
        assert prompt.period is not None
        low, high = prompt.second
        self.behaviour["first_loss"] = float(losses[:, prompt.start : prompt.start + prompt.period - 1].mean())
        self.behaviour["second_loss"] = float(losses[:, low - 1 : high - 1].mean())


def standard_error(each: Float[Tensor, " samples *more"]) -> Float[Tensor, "*more"]:
    """Of the mean over samples; NaN samples are left out; NaN where fewer than two stay."""
    there = each.isfinite()
    n = there.sum(0)
    squares = torch.where(there, (each - each.nanmean(0)) ** 2, 0.0).sum(0)
    return torch.where(n > 1, (squares / (n - 1) / n).sqrt(), torch.nan)


def _copies(arrays: dict[str, dict[Kind, FloatArray]]) -> dict[str, dict[Kind, FloatArray]]:
    return {key: {kind: array.copy() for kind, array in by_kind.items()} for key, by_kind in arrays.items()}
