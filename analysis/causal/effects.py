"""What changes do to the loss: many experiments in batches that fit, each from the layer that it changes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float

from analysis.causal.clean import Clean, clean_run, groups_of, mean_outputs, own_means
from analysis.causal.decoder import Changed
from analysis.causal.interventions import Experiment, Ideal, Place, check
from analysis.causal.statistics import mean_there
from analysis.model.model import Model
from analysis.model.transformer import losses
from analysis.prompts.prompt import Prompt, past_the_end
from analysis.values import FloatArray
from analysis.values.work import Work, part

T = TypeVar("T")

STEP_FLOPS = 6e9
"""What one sublayer of a batch may take on a CPU: about a tenth of a second."""
ROW_BYTES = 256 * 2**20
"""The most that the activations of a batch may hold."""
CHUNK = 4
"""Samples of one round over all experiments: every experiment has a first value after one round."""
SHOWN_EVERY = 0.04


@dataclass(frozen=True, eq=False)
class Effects:
    """Loss in nats before and after, by experiment, sample and position; NaN where not computed yet, and past the end
    of a line.

    Index i of the last axis is the loss of token i + 1.
    """

    experiments: tuple[Experiment, ...]
    clean: Float[FloatArray, "samples targets"]
    losses: Float[FloatArray, "experiments samples targets"]
    period: int | None
    start: int
    notes: tuple[str, ...] = ()
    """What a reader must know: that memory was short."""
    problem: str = ""
    """One sentence, where it ended early: what stands here is all there is."""

    @property
    def change(self) -> Float[FloatArray, "experiments samples"]:
        """Change of the loss on the second copy (of all tokens of the line where nothing repeats)."""
        after, before = self.second(self.losses), self.second(self.clean)
        return np.asarray(after - before, np.float32)

    def first(self, lost: Float[FloatArray, "*batch targets"]) -> Float[FloatArray, "*batch"]:
        """Mean of losses over the first copy; NaN where nothing repeats."""
        if self.period is None:
            return np.full(lost.shape[:-1], np.nan, np.float32)
        return lost[..., self.start : self.start + self.period - 1].mean(-1)

    def second(self, lost: Float[FloatArray, "*batch targets"]) -> Float[FloatArray, "*batch"]:
        """Mean over the second copy from its second token on; over all positions where nothing repeats."""
        if self.period is None:
            return mean_there(lost)
        return lost[..., self.start + self.period : self.start + 2 * self.period - 1].mean(-1)

    def gain(self, lost: Float[FloatArray, "*batch targets"]) -> Float[FloatArray, "*batch"]:
        """In-context learning: first copy minus second copy."""
        return np.asarray(self.first(lost) - self.second(lost), np.float32)

    @property
    def second_words(self) -> str:
        return "second copy" if self.period is not None else "all tokens"


@torch.no_grad()
def effects(
    model: Model, prompt: Prompt, experiments: Sequence[Experiment], counted: torch.Tensor | None = None
) -> Work[Effects]:
    """Run all experiments on all samples; yields (how much is done, the result so far or None), returns the result.

    `counted`, bool [samples, T − 1]: whose losses are wanted, the others are NaN.

    Raises UserError for changes that do not exist. Out of memory halves the batch; the second time it ends with what
    it has, and `problem` names size and remedy.
    """
    for one in experiments:
        check(model, one, len(prompt.tokens))
    return (yield from _Runner(model, prompt, tuple(experiments), counted).run())


@dataclass(frozen=True)
class _Batch:
    numbers: tuple[int, ...]
    samples: range
    """In the clean pass that is at hand."""

    @property
    def rows(self) -> int:
        return len(self.numbers) * len(self.samples)

    def halves(self) -> tuple[_Batch, ...]:
        """Two batches of half the size; one, where a single row is left."""
        if (half := len(self.numbers) // 2) > 0:
            return _Batch(self.numbers[:half], self.samples), _Batch(self.numbers[half:], self.samples)
        if (half := len(self.samples) // 2) > 0:
            return _Batch(self.numbers, self.samples[:half]), _Batch(self.numbers, self.samples[half:])
        return (self,)


class _Runner:
    def __init__(
        self, model: Model, prompt: Prompt, experiments: tuple[Experiment, ...], counted: torch.Tensor | None = None
    ) -> None:
        self.model, self.prompt, self.experiments = model, prompt, experiments
        self.counted = None if counted is None else counted.to(model.device)
        n, length = prompt.tokens.shape
        self.clean = np.full((n, length - 1), np.nan, np.float32)
        self.losses = np.full((len(experiments), n, length - 1), np.nan, np.float32)
        self.most = rows_at_once(model, length)
        self.past = past_the_end(model, prompt.tokens).cpu().numpy()
        self.notes: list[str] = []
        self.problem = ""
        self.done, self.shown = 0, 0.0

    def result(self) -> Effects:
        clean, lost = self.clean.copy(), self.losses.copy()
        clean[self.past] = lost[:, self.past] = np.nan
        return Effects(
            self.experiments, clean, lost, self.prompt.period, self.prompt.start, tuple(self.notes), self.problem
        )

    def run(self) -> Work[Effects]:
        groups = groups_of(self.model, self.prompt)
        averaged = any(not isinstance(c, Ideal) and c.how == "mean" for one in self.experiments for c in one.changes)
        means = None
        if averaged and len(groups) > 1:
            means = yield from self._inside(mean_outputs(self.model, self.prompt, groups))
        for samples in groups:
            piece = self.prompt[samples.start : samples.stop]
            counted = None if self.counted is None else self.counted[samples.start : samples.stop]
            clean = yield from self._inside(clean_run(self.model, piece, counted=counted))
            clean.means = means or own_means(clean)
            self.clean[samples.start : samples.stop] = clean.losses.cpu().numpy()
            yield from self.group(clean, samples, counted)
            if self.problem:
                break
        return self.result()

    @property
    def fraction(self) -> float:
        return self.done / max(1, len(self.experiments) * len(self.prompt.tokens))

    def group(self, clean: Clean, samples: range, counted: torch.Tensor | None) -> Work[None]:
        waiting = deque(self._batches(len(samples)))
        while waiting:
            batch = waiting.popleft()
            if batch.rows > self.most and len(halves := batch.halves()) > 1:
                waiting.extendleft(reversed(halves))
                continue
            short = False
            try:
                lost = yield from self._one(clean, batch, counted)
            except (MemoryError, RuntimeError) as error:
                if not is_memory(error):
                    raise
                short = True
            if short:  # Here the failed pass is gone: inside the except its traceback would hold its tensors.
                self._make_room(batch)
                if self.problem:
                    return
                waiting.appendleft(batch)
                continue
            place = slice(samples.start + batch.samples.start, samples.start + batch.samples.stop)
            self.losses[list(batch.numbers), place] = lost
            self.done += batch.rows
            yield self.fraction, self._news()

    def _one(self, clean: Clean, batch: _Batch, counted: torch.Tensor | None) -> Work[FloatArray]:
        """Losses of one batch, [experiments, samples, T − 1]."""
        samples = slice(batch.samples.start, batch.samples.stop)
        changed = Changed(clean, samples, [self.experiments[number] for number in batch.numbers])
        final = yield from self._inside(changed.final())
        tokens = changed.tokens.repeat(len(batch.numbers), 1)
        wanted = None if counted is None else counted[samples].repeat(len(batch.numbers), 1)
        lost = yield from self._inside(losses(self.model, final, tokens, wanted))
        found: FloatArray = lost.float().cpu().numpy()
        return found.reshape(len(batch.numbers), len(batch.samples), -1)

    def _batches(self, n: int) -> list[_Batch]:
        """Rounds of a few samples over all experiments, late layers first: they cost least."""
        alike: dict[tuple[Place, bool], list[int]] = {}
        for number, one in enumerate(self.experiments):
            alike.setdefault((one.start(self.model.config), one.frozen), []).append(number)
        step = max(1, min(CHUNK, self.most))
        found = []
        for low in range(0, n, step):
            samples = range(low, min(low + step, n))
            together = max(1, self.most // len(samples))
            for key in sorted(alike, reverse=True):
                numbers = alike[key]
                cuts = [tuple(numbers[at : at + together]) for at in range(0, len(numbers), together)]
                found += [_Batch(cut, samples) for cut in cuts]
        return found

    def _make_room(self, batch: _Batch) -> None:
        if self.model.device.type == "cuda":
            torch.cuda.empty_cache()
        length, device = self.prompt.tokens.shape[1], self.model.device
        if self.notes or batch.rows == 1:
            self.problem = (
                f"Memory ran out at {batch.rows} × {length} tokens on {device}, so this is not complete; ask for fewer "
                "or shorter samples, or choose another device under Model ▸ Device."
            )
            return
        self.most = max(1, batch.rows // 2)
        self.notes.append(f"memory was short: {self.most} × {length} tokens at once")

    def _news(self) -> Effects | None:
        if self.fraction - self.shown < SHOWN_EVERY:
            return None
        self.shown = self.fraction
        return self.result()

    def _inside(self, work: Work[T]) -> Work[T]:
        """The work, with this progress at each of its steps."""
        return part(work, self.fraction, self.fraction)


def rows_at_once(model: Model, length: int) -> int:
    """How many sequences make a batch: as many as fit, and on a CPU as many as keep one step short."""
    config = model.config
    wide = max(config.d_mlp * (3 if config.gated else 2), 4 * config.n_heads * config.d_head)
    each = 4 * length * (4 * config.d_model + wide + 2 * config.n_heads * length)
    most = ROW_BYTES // each
    if model.device.type == "cpu":
        most = min(most, int(STEP_FLOPS / (2 * length * config.d_model * wide)))
    return max(1, most)


def is_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out: torch has no one class for it on all devices."""
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "not enough memory" in str(error)
