"""What a head writes on a trial: does its output make the right next token more likely, and by its own path?

Copying is measured by patching: one head's output z of the samples in order is put into their controls (of real words:
into the same word after another one), at all positions behind the earlier copies, and the rise of the logit that is
right in order is taken, above that of the other tokens of the piece. A head that copies raises it, an anti-induction
head lowers it, one that only gates others does neither. Beside it stand the direct path (direct logit attribution,
Elhage et al. 2021, in order minus control) and, for every head at once, what its output is worth to first order (its
gradient times what it says of this token here; Nanda 2023, "Attribution Patching").
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from analysis.causal.attribution import direct
from analysis.causal.clean import Clean, groups_of, of_lines, without_losses
from analysis.causal.decoder import Changed
from analysis.causal.effects import rows_at_once
from analysis.causal.gradients import Gradients, output_gradients
from analysis.causal.interventions import Ablate, Experiment
from analysis.measures.circuits import table
from analysis.model.model import Model
from analysis.model.transformer import Decoder
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, HeadId
from analysis.values.work import Work, part
from analysis.verdict.trials.trial import Trial


@dataclass(frozen=True, eq=False)
class Pieces:
    """The tokens among which a trial's next token is one, on the model's device."""

    ids: Int[Tensor, "samples piece"]
    """The first copy of every sample."""
    kept: Bool[Tensor, "samples piece"]
    """False beyond the end of a shorter piece."""
    right: Int[Tensor, "samples tokens"]
    """For each query the place of the right next token in the piece; 0 where order does not tell it."""
    told: Bool[Tensor, "samples tokens"]

    @classmethod
    def of(cls, trial: Trial, device: torch.device) -> "Pieces":
        first, stop = trial.first[:, :1], trial.stop[:, :1]
        places = first + torch.arange(trial.length)
        right = (trial.earlier[:, 0] + 1 - first).clamp(0, trial.length - 1)
        right = torch.where(trial.told, right, 0)
        ids = torch.gather(trial.ordered, 1, places.clamp_max(trial.ordered.shape[1] - 1))
        return cls(*(tensor.to(device) for tensor in (ids, places < stop, right, trial.told)))

    def margin(self, logits: Float[Tensor, "samples tokens piece"]) -> Float[Tensor, "samples tokens"]:
        """The right token's logit above the mean of the piece's others."""
        right = torch.gather(logits, 2, self.right[..., None])[..., 0]
        total = torch.where(self.kept[:, None], logits, 0).sum(-1)
        return right - (total - right) / (self.kept.sum(1)[:, None] - 1)

    def mean(self, values: Float[Tensor, "*more samples tokens"]) -> Float[Tensor, "*more samples"]:
        """Over the queries that order tells."""
        return torch.where(self.told, values, 0).sum(-1) / self.told.sum(-1)

    def copying(
        self, model: Model, final: Float[Tensor, "samples tokens d_model"]
    ) -> Float[Tensor, " samples"]:
        """The mean margin of each sample, from what is unembedded."""
        return self.mean(self.margin(logits_of(model, final, self.ids)))

    def toward(self, model: Model) -> Float[Tensor, "samples targets d_model"]:
        """The direction, after the final norm, of `margin` before the logits' cap."""
        words = table(model, "unembed.W_U").T
        piece = torch.where(self.kept[..., None], words[self.ids], 0)
        right = torch.gather(piece, 1, self.right[..., None].expand(-1, -1, piece.shape[-1]))
        others = (piece.sum(1, keepdim=True) - right) / (self.kept.sum(1)[:, None, None] - 1)
        return torch.where(self.told[..., None], right - others, 0)[:, :-1]


def logits_of(
    model: Model, final: Float[Tensor, "samples tokens d_model"], ids: Int[Tensor, "samples piece"]
) -> Float[Tensor, "samples tokens piece"]:
    """The logits of a few tokens for each sample."""
    logits = final @ table(model, "unembed.W_U").T[ids].mT
    bias, cap = model.weights.get("unembed.b_U"), model.config.logit_cap
    logits = logits if bias is None else logits + bias[ids][:, None]
    return torch.tanh(logits / cap) * cap if cap else logits


@dataclass(frozen=True, eq=False)
class Screen:
    """All self-attention heads on a trial, without a pass for each; [samples, heads], in logits of the margin."""

    heads: tuple[HeadId, ...]
    direct: Float[FloatArray, "samples heads"]
    """By its own path: in order minus in the control."""
    worth: Float[FloatArray, "samples heads"]
    """To first order, by all paths: what is lost when its output is set to its mean."""


@torch.no_grad()
def screen(model: Model, trial: Trial) -> Work[Screen]:
    heads, (both, groups) = tuple(head for head in model.heads if head.kind == "self"), _both(model, trial)
    found = []
    for number, group in enumerate(groups):
        yield number / len(groups), None
        pieces = Pieces.of(trial[group.start : group.stop], model.device)
        low, high = number / len(groups), (number + 1) / len(groups)
        clean = yield from part(without_losses(model, both(group)), low, low + 0.3 * (high - low))
        n, toward = len(pieces.ids), pieces.toward(model).repeat(2, 1, 1)
        straight = torch.stack([values for head, values in zip(model.heads, direct(clean, toward), strict=True)
                                if head.kind == "self"])  # fmt: skip
        ordered, control = straight.split(n, dim=1)
        told = torch.nn.functional.pad(ordered - control, (0, 1))
        back = part(output_gradients(clean, lambda final: pieces.copying(model, final[:n]).sum()), low, high)  # noqa: B023
        gradients = yield from back
        found.append((pieces.mean(told).T.cpu().numpy(), _worth(clean, gradients, n).cpu().numpy()))
    own, worth = (np.concatenate(parts).astype(np.float32) for parts in zip(*found, strict=True))
    return Screen(heads, own, worth)


@torch.no_grad()
def straightforward(model: Model, trial: Trial) -> Work[dict[HeadId, Float[FloatArray, " samples"]]]:
    """What each head adds to the margin of the samples in order by its own path (direct logit attribution)."""
    prompt, found = Prompt(trial.ordered, trial.context, trial.words), []
    for group in groups_of(model, prompt):
        pieces = Pieces.of(trial[group.start : group.stop], model.device)
        clean = yield from part(without_losses(model, prompt[group.start : group.stop]), 0.0, 1.0)
        straight = torch.nn.functional.pad(direct(clean, pieces.toward(model)), (0, 1))
        found.append(pieces.mean(straight).cpu().numpy())
    return dict(zip(model.heads, np.concatenate(found, axis=1).astype(np.float32), strict=True))


def _worth(clean: Clean, gradients: Gradients, n: int) -> Tensor:
    """[samples, heads] of self-attention."""
    worth, counted = [], of_lines(clean.model, clean.prompt.tokens[:n])
    for layer in range(clean.model.config.n_layers):
        kept, gradient = clean.layers[layer, "self"].z, gradients[layer, "self"]
        assert kept is not None
        here = kept[:n] - (kept[:n] * counted[:, None]).sum((0, 2), keepdim=True)
        worth.append((here * gradient[:n]).sum((2, 3)))
    return torch.cat(worth, dim=1)


@torch.no_grad()
def patch(
    model: Model, trial: Trial, heads: Sequence[HeadId]
) -> Work[dict[HeadId, Float[FloatArray, " samples"]]]:
    """Copying of some heads, each in a pass of its own over the controls, from its own layer on: the change of the
    right token's logit above the mean of the others of the piece."""
    both, groups = _both(model, trial)
    found: dict[HeadId, list[FloatArray]] = {head: [] for head in heads}
    at_once = rows_at_once(model, trial.ordered.shape[1])
    for number, group in enumerate(groups):
        low, wide, n = number / len(groups), 1 / len(groups), len(group)
        pieces = Pieces.of(trial[group.start : group.stop], model.device)
        clean = yield from part(without_losses(model, both(group)), low, low + 0.1 * wide)
        clean.partners = (*range(n), *range(n))
        _keep_what_came_first(clean, trial[group.start : group.stop])
        before = pieces.copying(model, Decoder(model).finish(clean.streams[-1])[n:])
        for done, head in enumerate(heads):
            step, pieces_of = max(1, at_once), []
            for start in range(0, n, step):
                rows = slice(n + start, n + min(start + step, n))
                changed = Changed(clean, rows, (Experiment((Ablate(head, "resample"),)),))
                final = yield from part(changed.final(), low + wide * done / len(heads), low + wide * done / len(heads))
                pieces_of.append(final)
            after = pieces.copying(model, torch.cat(pieces_of))
            found[head].append((after - before).cpu().numpy())
            yield low + wide * (done + 1) / len(heads), None
    return {head: np.concatenate(parts) for head, parts in found.items()}


def _keep_what_came_first(clean: Clean, trial: Trial) -> None:
    """Let the samples in order hand on nothing but what heads put out behind the earlier copies: of real words another
    one stands there in the control."""
    n, width = trial.ordered.shape
    later = (torch.arange(width) >= trial.stop.max(1, keepdim=True).values).to(clean.model.device)[:, None, :, None]
    for kept in clean.layers.values():
        assert kept.z is not None
        kept.z[:n] = torch.where(later, kept.z[:n], kept.z[n:])


def _both(model: Model, trial: Trial) -> tuple[Callable[[range], Prompt], list[range]]:
    """(samples → prompt of them in order, then their controls; the samples in groups whose passes fit in memory)"""

    def prompt(group: range) -> Prompt:
        piece = trial[group.start : group.stop]
        tokens, other = piece.compared
        context = None if piece.context is None or other is None else torch.cat([piece.context, other])
        return Prompt(torch.cat([piece.ordered, tokens]), context, trial.words)

    doubled = prompt(range(len(trial)))
    most = max(1, min(len(group) for group in groups_of(model, doubled)) // 2)
    edges = range(0, len(trial), most)
    return prompt, [range(low, min(low + most, len(trial))) for low in edges]
