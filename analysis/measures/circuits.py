"""QK and OV circuits, kept as two thin factors; a product is formed only for the block that is looked at.

Source of the definitions: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits". Row vectors:
QK = W_Q W_Kᵀ is [D (query), D (key)], OV = W_V W_O is [D (source), D (destination)]. Biases are not part of a circuit.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from analysis.model.model import Model
from analysis.model.transformer import rotate
from analysis.values import HeadId, UserError


@dataclass(frozen=True)
class Factored:
    """A matrix as left times right."""

    left: Float[Tensor, "rows d_head"]
    right: Float[Tensor, "d_head cols"]

    def block(self, rows: slice = slice(None), cols: slice = slice(None)) -> Float[Tensor, "rows cols"]:
        return self.left[rows] @ self.right[:, cols]

    def singular_values(self) -> Float[Tensor, " d_head"]:
        """Largest first, through the small matrices: QR of both factors, then the SVD of R Rᵀ."""
        left = torch.linalg.qr(self.left.cpu().double(), mode="r").R
        right = torch.linalg.qr(self.right.T.cpu().double(), mode="r").R
        return torch.linalg.svdvals(left @ right.T)

    def eigenvalues(self) -> Complex[Tensor, " d_head"]:
        """The nonzero eigenvalues of a square product, through right left [d_head, d_head]; largest first."""
        if self.left.shape[0] != self.right.shape[1]:
            raise UserError(
                "This circuit is not square: it reads one space and writes another, so it has no eigenvalues."
            )
        values = torch.linalg.eigvals(self.right.cpu().double() @ self.left.cpu().double())
        return values[values.abs().argsort(descending=True)]


@dataclass(frozen=True)
class Fold:
    """What a norm does to a direction that reads the residual stream, without its division by the length."""

    center: bool
    scale: Float[Tensor, " d_model"] | None

    def into(self, weight: Float[Tensor, " d_model *more"]) -> Float[Tensor, " d_model *more"]:
        """The norm's scale (and LayerNorm's centring) folded into a weight."""
        if self.scale is None:
            return weight
        folded = self.scale[:, None] * weight
        return folded - folded.mean(0, keepdim=True) if self.center else folded


def fold(model: Model, norm: str) -> Fold:
    """The fold of the norm called `norm` ("L0.ln1", "final")."""
    config = model.config
    if config.norm_place == "after" and norm != "final":
        return Fold(False, None)  # sublayers read the stream as it is, normed by what wrote to it
    scale = model.weights.get(norm + ".w")
    return Fold(config.norm == "layer", scale + config.norm_offset if scale is not None else None)


def qk(model: Model, head: HeadId, folded: bool = False, lag: int = 0) -> Factored:
    """W_Q W_Kᵀ, [D, D or d_context]; for rotary models, of a query `lag` positions after its key."""
    w = model.head(head)
    query, key = w.W_Q, w.W_K
    if folded:
        query = fold(model, f"L{head.layer}.{'ln1' if head.kind == 'self' else 'ln_cross'}").into(query)
        key = fold(model, f"L{head.layer}.ln1").into(key) if head.kind == "self" else key
    if model.config.positions == "rotary" and head.kind == "self":
        query = rotate(query, model.config, head.layer, at=lag)
    return Factored(query, key.T)


def ov(model: Model, head: HeadId, folded: bool = False) -> Factored:
    """W_V W_O, [D or d_context, D]."""
    w = model.head(head)
    value = fold(model, f"L{head.layer}.ln1").into(w.W_V) if folded and head.kind == "self" else w.W_V
    return Factored(value, w.W_O)


def full_qk(model: Model, head: HeadId, folded: bool = False, lag: int = 0) -> Factored:
    """W_E QK W_Eᵀ in tokens, [d_vocab (query), d_vocab or d_vocab_context (key)]."""
    circuit = qk(model, head, folded, lag)
    keys = table(model, "embed.W_E" if head.kind == "self" else "context.W_E")
    return Factored(table(model, "embed.W_E") @ circuit.left, circuit.right @ keys.T)


def full_ov(model: Model, head: HeadId, folded: bool = False) -> Factored:
    """W_E OV W_U in tokens, [d_vocab or d_vocab_context (source), d_vocab (logit)]."""
    circuit = ov(model, head, folded)
    sources = table(model, "embed.W_E" if head.kind == "self" else "context.W_E")
    return Factored(sources @ circuit.left, circuit.right @ unembedding(model, folded))


def position_qk(model: Model, head: HeadId, folded: bool = False) -> Factored:
    """W_pos QK W_posᵀ, [n_ctx (query), n_ctx or n_ctx_context (key)]; UserError where positions are not learned."""
    circuit = qk(model, head, folded)
    keys = position_table(model, head)
    return Factored(position_table(model) @ circuit.left, circuit.right @ keys.T)


def position_ov(model: Model, head: HeadId, folded: bool = False) -> Factored:
    """W_pos OV W_U, [n_ctx or n_ctx_context (source), d_vocab (logit)]; UserError where positions are not learned."""
    circuit = ov(model, head, folded)
    return Factored(position_table(model, head) @ circuit.left, circuit.right @ unembedding(model, folded))


def unembedding(model: Model, folded: bool) -> Float[Tensor, "d_model d_vocab"]:
    """W_U, with the final norm folded in when asked."""
    weight = table(model, "unembed.W_U")
    return fold(model, "final").into(weight) if folded else weight


def position_table(model: Model, head: HeadId | None = None) -> Float[Tensor, "n_ctx d_model"]:
    """The learned positions that are attended to: of the context for a cross-attention head."""
    if head is not None and head.kind == "cross":
        return table(model, "context.W_pos")
    if model.config.positions != "learned":
        words = {"rotary": "rotary: they turn queries and keys", "none": "not encoded"}[model.config.positions]
        raise UserError(f"Positions of this model are {words}, so there is no position embedding to draw.")
    return table(model, "pos.W_pos")


def table(model: Model, name: str) -> Float[Tensor, "rows cols"]:
    """An embedding or unembedding; raises UserError for a model that is known by its attention weights alone."""
    weight = model.weights.get(name)
    if weight is None:
        raise UserError("Only the attention weights of this model are known, so there are no tokens to show this for.")
    return weight
