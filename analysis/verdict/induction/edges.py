"""By which circuit a head copies: every edge from an earlier head into its queries, keys and values.

The head's own attention is computed again, softmax and norms of queries and keys included, with the earlier head's
write set to its mean in one of its three inputs (all norms on the way at the scale of the pass). Two numbers come of
it: how much of its attention by content is lost, and what the edge is worth to first order, the change of the head's
output times the gradient of the right token's margin. Exact in the head itself, where a gradient fails once attention
is saturated (Kramár et al. 2024, "AtP*"), and linear from there to the logits. The best edges are then cut for real.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from analysis.causal.clean import Clean, groups_of, of_lines, without_losses
from analysis.causal.gradients import Gradients, output_gradients
from analysis.causal.interventions import INPUTS, Into, place
from analysis.measures.gains import gain, own_norm, writes_before
from analysis.model.attention import attention
from analysis.model.model import Model
from analysis.model.transformer import Decoder
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, HeadId
from analysis.values.work import Work, part
from analysis.verdict.induction.writing import Pieces
from analysis.verdict.trials.trial import Trial


@dataclass(frozen=True, order=True)
class Edge:
    """What `earlier` writes, as one input of `later` reads it."""

    later: HeadId
    into: Into
    earlier: HeadId

    def __str__(self) -> str:
        return f"{self.later} {self.into} {self.earlier}"


@dataclass(frozen=True, eq=False)
class Worth:
    """What is lost without an edge, to first order."""

    margin: Float[FloatArray, " samples"]
    """The right token's logit above the mean of the others of the piece."""
    share: Float[FloatArray, " samples"]
    """Attention to the places that the head looks at by content."""
    output: Float[FloatArray, " samples"]
    """Of its output beyond the mean, the part that changes: ‖z′ − z‖² / ‖z − mean z‖²."""


@torch.no_grad()
def edge_worth(model: Model, trial: Trial, later: Mapping[HeadId, tuple[int, ...]]) -> Work[dict[Edge, Worth]]:
    """For every edge into these heads; each head with the offsets that it looks at by content."""
    prompt = Prompt(trial.ordered, trial.context, trial.words)
    groups, found = groups_of(model, prompt), dict[Edge, list[list[FloatArray]]]()
    for number, group in enumerate(groups):
        low, wide = number / len(groups), 1 / len(groups)
        piece = prompt[group.start : group.stop]
        clean = yield from part(without_losses(model, piece), low, low + 0.1 * wide)
        samples = trial[group.start : group.stop]
        pieces = Pieces.of(samples, model.device)
        back = output_gradients(clean, lambda final: pieces.copying(model, final).sum())  # noqa: B023
        gradients = yield from part(back, low + 0.1 * wide, low + 0.3 * wide)
        layers = sorted({head.layer for head in later})
        for done, layer in enumerate(layers):
            here = [_Later(clean, gradients, head, samples, later[head]) for head in later if head.layer == layer]
            work = _into_layer(clean, layer, here)
            start = low + (0.3 + 0.7 * done / len(layers)) * wide
            for edge, values in (yield from part(work, start, start + 0.7 * wide / len(layers))).items():
                found.setdefault(edge, []).append([one.cpu().numpy() for one in values])
    return {edge: Worth(*(np.concatenate(one).astype(np.float32) for one in zip(*values, strict=True)))
            for edge, values in found.items()}  # fmt: skip


class _Later:
    """A head whose edges are asked: what it does in the clean pass, the same for all of them."""

    def __init__(
        self, clean: Clean, gradients: Gradients, head: HeadId, trial: Trial, offsets: tuple[int, ...]
    ) -> None:
        self.decoder, self.head, self.offsets = Decoder(clean.model), head, offsets
        kept, self.group = clean.layers[head.layer, "self"], clean.model.kv_index(head)
        assert kept.v is not None
        assert kept.z is not None
        self.read: dict[Into, Tensor] = {
            "q": kept.q[:, head.index], "k": kept.k[:, self.group], "v": kept.v[:, self.group],
        }  # fmt: skip
        self.z, self.gradient = kept.z[:, head.index], gradients[head.layer, "self"][:, head.index]
        self.masking = clean.model.config.masking(head.layer)
        self.pattern = attention(self.read["q"], self.read["k"], self.masking)
        weight = of_lines(clean.model, clean.prompt.tokens)
        self.counted = weight > 0
        beyond = (self.z - (self.z * weight).sum((0, 1))) * self.counted
        self.size = beyond.square().sum((1, 2)).clamp_min(1e-20)
        keys, there = trial.places(torch.tensor(offsets or (0,)))
        self.keys, self.there = keys.clamp_min(0).to(self.z.device), there.to(self.z.device)
        self.share = self._share(self.pattern)

    def lost(self, into: Into, stream: Float[Tensor, "samples tokens d_model"]) -> tuple[Tensor, ...]:
        """Margin, attention by content and output that are lost when one input reads this instead of the clean stream,
        [samples] each."""
        at = self.head.index if into == "q" else self.group
        one = self.decoder.vectors(self.head.layer, "self", into.upper(), stream, slice(at, at + 1))[:, 0]
        read = self.read | {into: one}
        pattern = self.pattern if into == "v" else attention(read["q"], read["k"], self.masking)
        change = pattern @ read["v"] - self.z
        output = (change * self.counted).square().sum((1, 2)) / self.size
        return -(change * self.gradient).sum((1, 2)), self.share - self._share(pattern), output

    def _share(self, pattern: Float[Tensor, "samples queries keys"]) -> Float[Tensor, " samples"]:
        """Attention to the places that it looks at by content."""
        if not self.offsets:
            return pattern.new_zeros(len(pattern))
        copies = self.keys.shape[1]
        cells = torch.stack([torch.gather(pattern, 2, self.keys[:, copy]) for copy in range(copies)], dim=1)
        counts = self.there.sum((1, 2)).clamp_min(1) / copies
        return ((cells * self.there).sum((1, 2)) / counts).sum(-1)


def _into_layer(clean: Clean, layer: int, later: Sequence[_Later]) -> Work[dict[Edge, tuple[Tensor, ...]]]:
    model, found = clean.model, dict[Edge, tuple[Tensor, ...]]()
    read = Decoder(model).read(clean.streams[layer], f"L{layer}.ln1")
    earlier = [head for head in model.heads if place(head) < (layer, False)]
    for number, head in enumerate(earlier):
        yield number / len(earlier), None
        without = read - carried(clean, head, layer)
        found |= {Edge(one.head, into, head): one.lost(into, without) for one in later for into in INPUTS}
    return found


def carried(clean: Clean, head: HeadId, layer: int) -> Float[Tensor, "samples tokens d_model"]:
    """What a head wrote beyond its mean, as a later layer's attention reads it: every norm on the way at its scale."""
    model, config = clean.model, clean.model.config
    kept = clean.layers[head.layer, head.kind].z
    assert kept is not None
    own, norm, reader = kept[:, head.index], own_norm(head), HeadId(layer, 0)
    passed = {"before": (own_norm(reader),), "around": (norm + "_post", own_norm(reader)), "after": ()}
    names = passed[config.norm_place]
    if config.norm_place == "after":
        every = writes_before(config, reader)
        names = every[every.index(norm) :]
    mean = (own * of_lines(model, clean.prompt.tokens)).sum((0, 1))
    written = (own - mean) @ model.head(head).W_O
    for name in names:
        written = gain(model, name).of(written)
        written = written if config.norm == "none" else written * clean.scales[name]
    return written
