"""By which circuit a head copies: every edge from an earlier head into its queries, keys and values.

The head's own attention is computed again, softmax and norms of queries and keys included, with the earlier head's
write set to its mean in one of its three inputs (all norms on the way at the scale of the pass). Two numbers come of
it: how much of its attention by content is lost, and what the edge is worth to first order, the change of the head's
output times the gradient of the right token's margin. Exact in the head itself, where a gradient fails once attention
is saturated (Kramár et al. 2024, "AtP*"), and linear from there to the logits. The best edges are then cut for real.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from analysis.causal.clean import Clean, groups_of, of_lines, without_losses
from analysis.causal.gradients import Gradients, output_gradients
from analysis.causal.interventions import Into, place
from analysis.measures.gains import gain, own_norm, writes_before
from analysis.model.attention import attention
from analysis.model.model import Model
from analysis.model.transformer import Decoder
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, HeadId
from analysis.values.work import Work, part
from analysis.verdict.induction.writing import Pieces, logits_of
from analysis.verdict.trials.trial import Trial

INPUTS: tuple[Into, ...] = ("q", "k", "v")


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
        pieces = Pieces.of(trial[group.start : group.stop], model.device)
        back = output_gradients(clean, lambda final: pieces.mean(pieces.margin(logits_of(model, final, pieces.ids))).sum())  # noqa: B023, E501
        gradients = yield from part(back, low + 0.1 * wide, low + 0.3 * wide)
        layers = sorted({head.layer for head in later})
        for done, layer in enumerate(layers):
            here = {head: _Looks(trial[group.start : group.stop], later[head]) for head in later if head.layer == layer}
            work = _into_layer(clean, gradients, layer, here)
            start = low + (0.3 + 0.7 * done / len(layers)) * wide
            for edge, values in (yield from part(work, start, start + 0.7 * wide / len(layers))).items():
                found.setdefault(edge, []).append([one.cpu().numpy() for one in values])
    return {edge: Worth(*(np.concatenate(one).astype(np.float32) for one in zip(*values, strict=True)))
            for edge, values in found.items()}  # fmt: skip


class _Looks:
    """The cells of a pattern that a head looks at by content."""

    def __init__(self, trial: Trial, offsets: tuple[int, ...]) -> None:
        earlier = trial.earlier[..., None]
        keys = earlier + torch.tensor(offsets or (0,))
        self.there = (earlier >= 0) & (keys >= trial.first[:, :, None, None]) & (keys < trial.stop[:, :, None, None])
        self.keys, self.offsets = keys.clamp_min(0), offsets

    def share(self, pattern: Float[Tensor, "samples queries keys"]) -> Float[Tensor, " samples"]:
        if not self.offsets:
            return pattern.new_zeros(len(pattern))
        keys, there = self.keys.to(pattern.device), self.there.to(pattern.device)
        cells = torch.stack([torch.gather(pattern, 2, keys[:, copy]) for copy in range(keys.shape[1])], dim=1)
        counts = there.sum((1, 2)).clamp_min(1) / keys.shape[1]
        return ((cells * there).sum((1, 2)) / counts).sum(-1)


def _into_layer(
    clean: Clean, gradients: Gradients, layer: int, later: Mapping[HeadId, _Looks]
) -> Work[dict[Edge, tuple[Tensor, ...]]]:
    model, decoder, found = clean.model, Decoder(clean.model), dict[Edge, tuple[Tensor, ...]]()
    earlier = [head for head in model.heads if place(head) < (layer, False)]
    for number, head in enumerate(earlier):
        yield number / len(earlier), None
        without = decoder.read(clean.streams[layer], f"L{layer}.ln1") - carried(clean, head, layer)
        for target, looks in later.items():
            for into in INPUTS:
                found[Edge(target, into, head)] = _lost(clean, decoder, gradients, target, into, without, looks)
    return found


def _lost(
    clean: Clean, decoder: Decoder, gradients: Gradients, target: HeadId, into: Into, read: Tensor, looks: _Looks
) -> tuple[Tensor, ...]:
    """Margin, attention by content and output that are lost when one input of `target` reads this instead of the clean
    stream, [samples] each."""
    kept, group = clean.layers[target.layer, "self"], clean.model.kv_index(target)
    assert kept.v is not None
    assert kept.z is not None
    q, k, v = kept.q[:, target.index], kept.k[:, group], kept.v[:, group]
    at = target.index if into == "q" else group
    one = decoder.vectors(target.layer, "self", into.upper(), read, slice(at, at + 1))[:, 0]
    masking = decoder.config.masking(target.layer)
    before = attention(q, k, masking)
    q, k, v = (one if into == name else own for name, own in (("q", q), ("k", k), ("v", v)))
    pattern = before if into == "v" else attention(q, k, masking)
    change = pattern @ v - kept.z[:, target.index]
    lost = -(change * gradients[target.layer, "self"][:, target.index]).sum((1, 2))
    own = kept.z[:, target.index]
    counted = of_lines(clean.model, clean.prompt.tokens)
    change, beyond = change * (counted > 0), (own - (own * counted).sum((0, 1))) * (counted > 0)
    output = change.square().sum((1, 2)) / beyond.square().sum((1, 2)).clamp_min(1e-20)
    return lost, looks.share(before) - looks.share(pattern), output


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
