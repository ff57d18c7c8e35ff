"""The clean pass, kept: what interventions start from, and what frozen patterns and replaced outputs are taken from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from jaxtyping import Float, Int
from torch import Tensor

from analysis.model.model import Model
from analysis.model.transformer import Attended, Decoder, check_tokens, losses
from analysis.prompts.prompt import Prompt, before_the_end
from analysis.values import Kind
from analysis.values.work import Work

CLEAN_BYTES = 512 * 2**20
"""The most that a kept pass may hold; more samples are run in several groups."""

Sublayer = tuple[int, Kind]


@dataclass
class Clean:
    """One pass over some samples of a prompt."""

    model: Model
    prompt: Prompt
    """These samples; tokens and context on the model's device."""
    streams: list[Float[Tensor, "samples tokens d_model"]]
    """What each layer reads, and last what the final norm reads."""
    layers: dict[Sublayer, Attended]
    scales: dict[str, Float[Tensor, "samples *heads tokens 1"]]
    """By what each norm multiplied: 1/σ of what it was given. Of "L0.attn.q_norm": [samples, heads, tokens, 1]."""
    losses: Float[Tensor, "samples targets"]
    """Of every token but the first."""
    means: dict[Sublayer, Float[Tensor, "heads d_head"]] = field(default_factory=dict)
    """Mean z of every head over all samples and positions of the whole prompt."""
    partners: tuple[int, ...] = ()
    """For each sample the one that its resampled outputs come from; empty: the next, and the first for the last."""

    @property
    def donors(self) -> list[int]:
        n = len(self.prompt.tokens)
        return list(self.partners) or [(sample + 1) % n for sample in range(n)]


class RecordingDecoder(Decoder):
    """A pass that keeps every stream and every norm's scale."""

    def __init__(self, model: Model) -> None:
        super().__init__(model, edit=self._keep, keep_values=True)
        self.streams: list[torch.Tensor] = []
        self.scales: dict[str, torch.Tensor] = {}

    def _keep(self, site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
        if site == "resid":
            self.streams.append(tensor)
        return tensor

    def finish(self, x: torch.Tensor) -> torch.Tensor:
        self.streams.append(x)
        return super().finish(x)

    def norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        self.scales[name] = self.scale(x)
        return super().norm(x, name)

    def scale(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch 1"]:
        if self.config.norm == "none":
            return x.new_ones(*x.shape[:-1], 1)
        if self.config.norm == "layer":
            x = x - x.mean(-1, keepdim=True)
        return (x.square().mean(-1, keepdim=True) + self.config.norm_eps).rsqrt()


def clean_run(model: Model, prompt: Prompt, counted: torch.Tensor | None = None) -> Work[Clean]:
    """Run these samples and keep the pass, with the losses that are counted (bool [samples, T − 1]; None: all): they
    take a third of a large model's time."""
    check_tokens(model, prompt.tokens, prompt.context)
    tokens = prompt.tokens.to(model.device)
    context = None if prompt.context is None else prompt.context.to(model.device)
    decoder = RecordingDecoder(model)
    run = yield from decoder.run(tokens, context)
    lost = yield from losses(model, run.final, tokens, None if counted is None else counted.to(model.device))
    here = Prompt(tokens, context, prompt.description, prompt.period, prompt.start, prompt.cycle)
    return Clean(model, here, decoder.streams, decoder.layers, decoder.scales, lost)


def without_losses(model: Model, prompt: Prompt) -> Work[Clean]:
    """Run these samples and keep the pass, its losses NaN."""
    return clean_run(model, prompt, torch.zeros_like(prompt.tokens[:, 1:], dtype=torch.bool))


def mean_outputs(
    model: Model, prompt: Prompt, groups: Sequence[range]
) -> Work[dict[Sublayer, Float[Tensor, "heads d_head"]]]:
    """Mean z of every head over all samples and positions, for each sublayer."""
    total: dict[Sublayer, torch.Tensor] = {}
    tokens = before_the_end(model, prompt.tokens).sum(1)
    for samples in groups:
        clean = yield from clean_run(model, prompt[samples.start : samples.stop])
        for sublayer, mean in own_means(clean).items():
            share = mean * float(tokens[samples.start : samples.stop].sum() / tokens.sum())
            total[sublayer] = total[sublayer] + share if sublayer in total else share
    return total


def own_means(clean: Clean) -> dict[Sublayer, Float[Tensor, "heads d_head"]]:
    """The same over the samples of one pass."""
    lines = of_lines(clean.model, clean.prompt.tokens)[:, None]
    found = {sublayer: (kept.z * lines).sum((0, 2)) for sublayer, kept in clean.layers.items() if kept.z is not None}
    assert len(found) == len(clean.layers)
    return found


def of_lines(model: Model, tokens: Int[Tensor, "samples tokens"]) -> Float[Tensor, "samples tokens 1"]:
    """The weight of each position in a mean over all: none past the end of a line, else alike."""
    there = before_the_end(model, tokens).float()
    return (there / there.sum())[..., None]


def groups_of(model: Model, prompt: Prompt) -> list[range]:
    """The samples in groups of nearly equal size whose kept passes fit into CLEAN_BYTES.

    Never one sample alone where there are two: another's output may be asked for.
    """
    config, (n, length) = model.config, prompt.tokens.shape
    width = (2 * config.n_heads + 2 * config.n_kv_heads) * config.d_head + config.d_model
    cross = len(config.cross_layers) * 2 * config.n_heads * config.d_head * (length + config.n_ctx_context)
    each = 4 * (config.n_layers * width * length + cross)
    most = max(2, CLEAN_BYTES // each)
    count = max(1, min(-(-n // most), n // 2))
    edges = [n * number // count for number in range(count + 1)]
    return [range(low, high) for low, high in pairwise(edges)]
