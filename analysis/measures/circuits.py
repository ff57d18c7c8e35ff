"""QK and OV circuits, kept as two thin factors; a product is formed only for the block that is looked at.

Source of the definitions: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits". Row vectors:
QK = W_Q W_Kᵀ is [D (query), D (key)], OV = W_V W_O is [D (source), D (destination)]. Biases are not part of a circuit.

Raw: these matrices alone, as in that paper. Folded: with the gains of all norms on the way, those of queries and keys
and of what is written too, and in tokens with the embeddings' scale; every norm's division by the length stays out.
Divided, in tokens and positions: each row also divided by its own lengths, which are the model's where a token is all
that the head reads: in the first layer, where positions are not added. Attention's scale and caps are never in.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from analysis.measures.gains import entering, gain, has_vector_norm, leaving, normed, reading, vector_norm, writing
from analysis.model.model import Model
from analysis.model.transformer import rotate
from analysis.values import HeadId, UserError

ROWS_AT_ONCE = 8192
"""Rows of an embedding that are normed at once."""


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


def qk(model: Model, head: HeadId, folded: bool = False, lag: int = 0) -> Factored:
    """W_Q W_Kᵀ, [D, D or d_context]; for rotary models, of a query `lag` positions after its key."""
    query, key = reading(model, head, "q", folded), reading(model, head, "k", folded)
    return Factored(_turned(model, head, query, lag), key.T)


def ov(model: Model, head: HeadId, folded: bool = False) -> Factored:
    """W_V W_O, [D or d_context, D]."""
    return Factored(reading(model, head, "v", folded), writing(model, head, folded))


def full_qk(model: Model, head: HeadId, folded: bool = False, lag: int = 0, divided: bool = False) -> Factored:
    """W_E QK W_Eᵀ in tokens, [d_vocab (query), d_vocab or d_vocab_context (key)]."""
    query = vectors(model, head, "q", tokens(model, folded), folded, divided)
    keys = tokens(model, folded) if head.kind == "self" else table(model, "context.W_E")
    return Factored(_turned(model, head, query, lag), vectors(model, head, "k", keys, folded, divided).T)


def full_ov(model: Model, head: HeadId, folded: bool = False, divided: bool = False) -> Factored:
    """W_E OV W_U in tokens, [d_vocab or d_vocab_context (source), d_vocab (logit)]."""
    sources = tokens(model, folded) if head.kind == "self" else table(model, "context.W_E")
    return Factored(vectors(model, head, "v", sources, folded, divided), toward_logits(model, head, folded))


def position_qk(model: Model, head: HeadId, folded: bool = False, divided: bool = False) -> Factored:
    """W_pos QK W_posᵀ, [n_ctx (query), n_ctx or n_ctx_context (key)]; UserError where positions are not learned."""
    query = vectors(model, head, "q", position_table(model), folded, divided)
    return Factored(query, vectors(model, head, "k", position_table(model, head), folded, divided).T)


def position_ov(model: Model, head: HeadId, folded: bool = False, divided: bool = False) -> Factored:
    """W_pos OV W_U, [n_ctx or n_ctx_context (source), d_vocab (logit)]; UserError where positions are not learned."""
    value = vectors(model, head, "v", position_table(model, head), folded, divided)
    return Factored(value, toward_logits(model, head, folded))


def vectors(
    model: Model, head: HeadId, into: str, rows: Float[Tensor, "rows d_source"], folded: bool = False,
    divided: bool = False,
) -> Float[Tensor, "rows d_head"]:  # fmt: skip
    """Queries, keys or values of rows of an embedding, on the straight path to the head; biases left out.

    With `divided` (which folds) each norm on the way divides by the length that the row has there by itself.
    """
    config, of_context = model.config, head.kind == "cross" and into != "q"
    weight = reading(model, head, into, folded and not divided)
    norms = entering(config, head) if (folded or divided) and not of_context else ()
    if not divided:
        carried = norms if config.norm_place == "after" else ()  # else the weight has its norm in it
        for norm in reversed(carried):
            weight = gain(model, norm).into(weight)
        return rows @ weight
    pieces = []
    for piece in rows.split(ROWS_AT_ONCE):
        for norm in norms:
            piece = normed(model, norm, piece)
        made = piece @ weight
        pieces.append(normed(model, vector_norm(head, into), made) if has_vector_norm(config, head, into) else made)
    return torch.cat(pieces)


def toward_logits(model: Model, head: HeadId, folded: bool) -> Float[Tensor, "d_head d_vocab"]:
    """W_O W_U; folded: with the gains of all norms between, the final one too. Before the cap, where there is one."""
    weight = table(model, "unembed.W_U")
    for norm in reversed(leaving(model.config, head)) if folded else ():
        weight = gain(model, norm).into(weight)
    return writing(model, head, folded) @ weight


def tokens(model: Model, folded: bool) -> Float[Tensor, "d_vocab d_model"]:
    """W_E; folded: times what the model multiplies embeddings by."""
    weight = table(model, "embed.W_E")
    return weight * model.config.embed_scale if folded and model.config.embed_scale != 1 else weight


def _turned(model: Model, head: HeadId, query: torch.Tensor, lag: int) -> torch.Tensor:
    """Gains come before the rotation, as in the model."""
    turns = model.config.positions == "rotary" and head.kind == "self"
    return rotate(query, model.config, head.layer, at=lag) if turns else query


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
