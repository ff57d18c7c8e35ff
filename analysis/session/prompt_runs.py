"""What the model does on the prompt in force: runs, patterns, losses, kept in a bounded cache."""

from abc import ABC, abstractmethod

import torch

from analysis.measures.patterns import blocks, head_pattern
from analysis.measures.spectrum import by_lag
from analysis.model.cache import Cache
from analysis.model.model import Model, tensor_bytes
from analysis.model.transformer import Run, forward
from analysis.prompts.prompt import Prompt, past_the_end
from analysis.values import HeadId, Tick, UserError, no_tick
from analysis.values.work import finish

CACHE_BYTES = 1024 * 2**20
GROUP_BYTES = 192 * 2**20
"""The most that the q and k of samples run together may hold."""


class PromptRuns(ABC):
    """The model and the prompt are those of the session."""

    def __init__(self) -> None:
        self._cache = Cache(CACHE_BYTES)

    @property
    @abstractmethod
    def model(self) -> Model: ...

    @property
    @abstractmethod
    def prompt(self) -> Prompt: ...

    def pattern(self, head: HeadId, sample: int | None, tick: Tick = no_tick) -> torch.Tensor:
        """Attention of one head, [T, T] or [T, C]: of one sample of the prompt, or the mean over all (None)."""
        if sample is not None:
            run, index = self.run(sample, tick)
            return head_pattern(self.model, run.layers[head.layer, head.kind], head, index)
        total: torch.Tensor | None = None
        for samples in self._groups():
            kept = self.group(samples, tick).layers[head.layer, head.kind]
            mean = head_pattern(self.model, kept, head, None, tick) * (len(samples) / len(self.prompt.tokens))
            total = mean if total is None else total + mean
        assert total is not None
        return total

    def spectrum(self, sample: int | None, tick: Tick = no_tick) -> torch.Tensor:
        """Mean attention at every distance, [self heads, T], over one sample or all; NaN never occurs."""
        return self._cache.get(("spectrum", sample), lambda: self._spectrum(sample, tick), tensor_bytes)

    def losses(self, sample: int | None, tick: Tick = no_tick) -> torch.Tensor:
        """Loss in nats of every token but the first, [samples, T − 1]: one sample, or all (None). NaN past the end of a
        line."""
        if sample is not None:
            run, index = self.run(sample, tick)
            return self._written(finish(run.losses(), tick), run.tokens)[index : index + 1]
        groups = (self.group(samples, tick) for samples in self._groups())
        every = lambda: torch.cat([self._written(finish(run.losses(), tick), run.tokens) for run in groups])  # noqa: E731
        return self._cache.get("losses", every, tensor_bytes)

    def _written(self, losses: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        return losses.masked_fill(past_the_end(self.model, tokens), torch.nan)

    def run(self, sample: int, tick: Tick = no_tick) -> tuple[Run, int]:
        """A run that holds this sample, and the sample's place in it: a group if one is at hand, else one alone."""
        self._check_sample(sample)
        for samples in self._groups():
            if sample in samples and ("group", samples) in self._cache:
                return self.group(samples, tick), sample - samples.start
        alone = lambda: self._forward(range(sample, sample + 1), tick)  # noqa: E731
        return self._cache.get(("sample", sample), alone, lambda run: run.nbytes), 0

    def group(self, samples: range, tick: Tick = no_tick) -> Run:
        """A run of several samples together."""
        return self._cache.get(("group", samples), lambda: self._forward(samples, tick), lambda run: run.nbytes)

    def _spectrum(self, sample: int | None, tick: Tick) -> torch.Tensor:
        prompt, config = self.prompt, self.model.config
        n, groups = len(prompt.tokens), self._groups()
        if sample is not None:
            groups = [range(sample, sample + 1)]
        length = prompt.tokens.shape[1]
        total = torch.zeros(config.n_layers, config.n_heads, length, device=self.model.device)
        for samples in groups:
            run = self.group(samples, tick) if sample is None else self._forward(samples, tick)
            for block in blocks(self.model, run, prompt[samples.start : samples.stop], tick):
                if block.kind == "self":
                    lags = by_lag(block).sum(0)
                    total[block.layer, :, : lags.shape[-1]] += lags
        queries = torch.arange(length, 0, -1, device=total.device)  # How many queries have a key at this distance.
        return (total / (queries * (n if sample is None else 1))).flatten(0, 1)

    def _forward(self, samples: range, tick: Tick) -> Run:
        piece = self.prompt[samples.start : samples.stop]
        return finish(forward(self.model, piece.tokens, piece.context), tick)

    def _groups(self) -> list[range]:
        """The samples of the prompt, in groups whose runs fit into GROUP_BYTES."""
        config, length = self.model.config, self.prompt.tokens.shape[1]
        width = (config.n_heads + config.n_kv_heads) * config.d_head
        cross = len(config.cross_layers) * config.n_heads * config.d_head * (length + config.n_ctx_context)
        each = 4 * (config.n_layers * width * length + cross + config.d_model * length)
        size, n = max(1, GROUP_BYTES // each), len(self.prompt.tokens)
        return [range(low, min(low + size, n)) for low in range(0, n, size)]

    def _check_sample(self, sample: int) -> None:
        if not 0 <= sample < len(self.prompt.tokens):
            raise UserError(f"The prompt has no sample {sample}: choose 0 to {len(self.prompt.tokens) - 1}.")
