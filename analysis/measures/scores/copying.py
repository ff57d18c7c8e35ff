"""Copying: does the OV circuit raise the logit of the token that is attended to?"""

import torch

from analysis.measures.scores import Score
from analysis.model.model import Model
from analysis.values import HeadId, ScoreInfo
from analysis.values.work import Work


def weigh(model: Model, layer: int) -> Work[list[float]]:
    """Re Σλ / Σ|λ| over the eigenvalues of W_E W_V W_O W_U, for each self-attention head of the layer."""
    through = yield from unembed_embed(model)
    return [_balance(model, HeadId(layer, index), through) for index in range(model.config.n_heads)]


def _balance(model: Model, head: HeadId, through: torch.Tensor) -> float:
    weights = model.head(head)
    # W_E W_V · W_O W_U and W_O W_U W_E · W_V have the same nonzero eigenvalues; the second is [d_head, d_head].
    eigenvalues = torch.linalg.eigvals((weights.W_O @ through @ weights.W_V).double().cpu())
    size = eigenvalues.abs().sum()
    return float(eigenvalues.real.sum() / size) if size > 0 else float("nan")


def unembed_embed(model: Model) -> Work[torch.Tensor]:
    """W_U W_E [D, D], kept in the model's scratch; added up in slices of the vocabulary."""
    if "W_U W_E" not in model.scratch:
        unembed, embed = model.weights["unembed.W_U"], model.weights["embed.W_E"]
        total = torch.zeros(model.config.d_model, model.config.d_model, device=model.device)
        for low in range(0, model.config.d_vocab, 4096):
            yield low / model.config.d_vocab, None
            total.addmm_(unembed[:, low : low + 4096], embed[low : low + 4096])
        model.scratch["W_U W_E"] = total
    return model.scratch["W_U W_E"]


SCORE = Score(
    ScoreInfo(
        "copying", "Copying", "copy",
        "Re Σλ / Σ|λ| over the eigenvalues λ of the full OV circuit W_E W_V W_O W_U; −1 to 1, 1 when every attended "
        "token raises its own logit. Evidence, not proof.",
        "Elhage et al. 2021, “A Mathematical Framework for Transformer Circuits”",
        -1.0, 1.0, order=60, formula="Re Σλ / Σ|λ|,  λ the eigenvalues of W_E W_V W_O W_U",
    ),
    weigh=weigh,
)
