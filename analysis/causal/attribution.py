"""Direct logit attribution: what each head adds to the logit of the right next token, through no other sublayer.

Source: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits" (the direct path); the scales of all
norms on the way are those of the pass, held fixed, so that the logit is a sum of what embeddings, heads, MLPs and
biases add. The logit is taken above the mean over the vocabulary: a shift of all logits predicts nothing.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from analysis.causal.clean import Clean, clean_run, groups_of
from analysis.causal.statistics import mean_there
from analysis.measures.circuits import table
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt, past_the_end
from analysis.values import FloatArray, HeadId
from analysis.values.work import Work, part


@dataclass(frozen=True, eq=False)
class Attribution:
    """In logits; index i of the last axis speaks of token i + 1, NaN past the end of a line. Before the cap, where
    logits are capped."""

    heads: tuple[HeadId, ...]
    values: Float[FloatArray, "heads samples targets"]
    period: int | None
    start: int

    @property
    def second(self) -> Float[FloatArray, "heads samples"]:
        """Mean over the second copy from its second token on; over all tokens where nothing repeats."""
        if self.period is None:
            return mean_there(self.values)
        return self.values[..., self.start + self.period : self.start + 2 * self.period - 1].mean(-1)


@torch.no_grad()
def attribute(model: Model, prompt: Prompt) -> Work[Attribution]:
    """All heads on all samples."""
    n, pieces = len(prompt.tokens), []
    for samples in groups_of(model, prompt):
        work = clean_run(model, prompt[samples.start : samples.stop])
        clean = yield from part(work, samples.start / n, (samples.start + 0.8 * len(samples)) / n)
        pieces.append(direct(clean).float().cpu().numpy())
        yield samples.stop / n, None
    values = np.concatenate(pieces, axis=1)
    values[:, past_the_end(model, prompt.tokens).cpu().numpy()] = np.nan
    return Attribution(model.heads, values, prompt.period, prompt.start)


def direct(
    clean: Clean, toward: Float[Tensor, "samples targets d_model"] | None = None
) -> Float[Tensor, "heads samples targets"]:
    """For one clean pass: from the logit back to each head, with every norm's scale fixed.

    `toward`: other directions after the final norm than the right token's, above the mean over the vocabulary.
    """
    model, config = clean.model, clean.model.config
    if toward is None:
        unembedding = table(model, "unembed.W_U")
        toward = unembedding.T[clean.prompt.tokens[:, 1:]] - unembedding.mean(1)
    if config.final_norm:
        toward = back_through(clean, "final", toward)
    found: dict[HeadId, torch.Tensor] = {}
    for layer in reversed(range(config.n_layers)):
        if config.d_mlp:
            toward, _ = _before(clean, f"L{layer}.ln2", toward)
        for kind, norm, at in (("cross", "ln_cross", "cross"), ("self", "ln1", "attn")):
            if kind == "cross" and layer not in config.cross_layers:
                continue
            toward, of_output = _before(clean, f"L{layer}.{norm}", toward)
            z = clean.layers[layer, kind].z  # type: ignore[index]
            assert z is not None
            reads = torch.einsum("btd,hkd->bhtk", of_output, model.weights[f"L{layer}.{at}.W_O"])
            by_head = (z[:, :, :-1] * reads).sum(-1)  # [B, H, T − 1]
            found |= {HeadId(layer, index, kind): by_head[:, index] for index in range(config.n_heads)}  # type: ignore[arg-type]
    return torch.stack([found[head] for head in model.heads])


def _before(clean: Clean, norm: str, toward: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The direction in the stream before a write, and in what the sublayer put out."""
    match clean.model.config.norm_place:
        case "before":
            return toward, toward
        case "around":
            return toward, back_through(clean, norm + "_post", toward)
        case "after":
            before = back_through(clean, norm, toward)
            return before, before


def back_through(
    clean: Clean, norm: str, toward: Float[Tensor, "samples targets d_model"]
) -> Float[Tensor, "samples targets d_model"]:
    """A direction after a norm as the direction before it that gives the same number, the scale held fixed."""
    config, weight = clean.model.config, clean.model.weights.get(norm + ".w")
    if config.norm == "none":
        return toward
    if weight is not None:
        toward = toward * (weight + config.norm_offset)
    toward = toward * clean.scales[norm][:, :-1]
    return toward - toward.mean(-1, keepdim=True) if config.norm == "layer" else toward
