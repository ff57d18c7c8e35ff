"""What norms do to the directions that pass them: gains and LayerNorm's centring, without the division by the length.

A norm is linear but for that division, and its length is one number a position. So a direction passes a norm as
x → (x − mean x) · w exactly, up to one factor a position that the weights cannot tell.
"""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from analysis.model.model import Config, Model
from analysis.values import HeadId


@dataclass(frozen=True)
class Fold:
    """What a norm does to a direction, without its division by the length."""

    center: bool
    scale: Float[Tensor, " size"] | None

    def into(self, weight: Float[Tensor, " size *more"]) -> Float[Tensor, " size *more"]:
        """The norm folded into a weight that reads what leaves it."""
        folded = weight if self.scale is None else self.scale.view(-1, *[1] * (weight.ndim - 1)) * weight
        return folded - folded.mean(0, keepdim=True) if self.center else folded

    def of(self, rows: Float[Tensor, "*batch size"]) -> Float[Tensor, "*batch size"]:
        """Directions after the norm; a weight that writes what enters it, with the norm folded in."""
        rows = rows - rows.mean(-1, keepdim=True) if self.center else rows
        return rows if self.scale is None else rows * self.scale


def gain(model: Model, norm: str) -> Fold:
    """What the norm called `norm` does ("L0.ln1", "L0.ln2_post", "L0.attn.q_norm", "final")."""
    config = model.config
    if config.norm == "none" or config.weights_only:
        return Fold(False, None)
    scale = model.weights.get(norm + ".w")
    return Fold(config.norm == "layer", None if scale is None else scale + config.norm_offset)


def fold(model: Model, norm: str) -> Fold:
    """What the norm does to what is read through it; nothing, where sublayers read the stream as it is."""
    return Fold(False, None) if model.config.norm_place == "after" and norm != "final" else gain(model, norm)


def normed(model: Model, norm: str, rows: Float[Tensor, "*batch size"]) -> Float[Tensor, "*batch size"]:
    """Rows after the norm with its division, without its bias."""
    config, passed = model.config, gain(model, norm)
    if config.norm == "none":
        return rows
    centered = rows - rows.mean(-1, keepdim=True) if passed.center else rows
    return passed.of(rows) * (centered.square().mean(-1, keepdim=True) + config.norm_eps).rsqrt()


def own_norm(head: HeadId) -> str:
    """The norm of the head's sublayer."""
    return f"L{head.layer}.{'ln1' if head.kind == 'self' else 'ln_cross'}"


def sublayer_norms(config: Config) -> tuple[str, ...]:
    """The norms of all sublayers in the order in which they write to the stream."""
    found = []
    for layer in range(config.n_layers):
        crossed = layer in config.cross_layers and not config.parallel
        names = ["ln1", *["ln_cross"] * crossed, *["ln2"] * bool(config.d_mlp)]
        found += [f"L{layer}.{name}" for name in names]
    return tuple(found)


def writes_before(config: Config, head: HeadId) -> tuple[str, ...]:
    """The norms of the sublayers that have written to what the head reads."""
    every = sublayer_norms(config)
    return every[: every.index(own_norm(head))]


def entering(config: Config, head: HeadId) -> tuple[str, ...]:
    """The norms on the straight path from the embedding to what the head reads."""
    return writes_before(config, head) if config.norm_place == "after" else (own_norm(head),)


def leaving(config: Config, head: HeadId) -> tuple[str, ...]:
    """The norms on the straight path from what the head has written (`writing`) to the logits."""
    every, last = sublayer_norms(config), ("final",) if config.final_norm else ()
    return (*every[every.index(own_norm(head)) + 1 :], *last) if config.norm_place == "after" else last


def reading(model: Model, head: HeadId, into: str, folded: bool = False) -> Float[Tensor, "d_source d_head"]:
    """W_Q, W_K or W_V (`into`: "q", "k", "v") of a head.

    Folded: with the norm of what it reads, and for q and k with the gain of the q/k norm.
    """
    w = model.head(head)
    weight = {"q": w.W_Q, "k": w.W_K, "v": w.W_V}[into]
    if not folded:
        return weight
    if head.kind == "self" or into == "q":
        weight = fold(model, own_norm(head)).into(weight)
    return gain(model, vector_norm(head, into)).of(weight) if has_vector_norm(model.config, head, into) else weight


def writing(model: Model, head: HeadId, folded: bool = False) -> Float[Tensor, "d_head d_model"]:
    """W_O of a head; folded: with the norm that its sublayer's output passes on its way into the stream."""
    weight, place = model.head(head).W_O, model.config.norm_place
    if not folded or place == "before":
        return weight
    return gain(model, own_norm(head) + ("_post" if place == "around" else "")).of(weight)


def has_vector_norm(config: Config, head: HeadId, into: str) -> bool:
    """Whether this head's queries or keys are normed themselves."""
    return config.qk_norm and head.kind == "self" and into != "v"


def vector_norm(head: HeadId, into: str) -> str:
    """The norm of this head's queries or keys."""
    return f"L{head.layer}.attn.{into}_norm"
