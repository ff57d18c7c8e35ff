"""A model as the analysis sees it: one configuration, and weights under canonical names.

Canonical names and shapes (row-vector convention; H query heads, G key and value heads, D = d_model, E = d_context):

    embed.W_E [d_vocab, D]      pos.W_pos [n_ctx, D]      context.W_E, .W_pos [size, E]
    L0.ln1.w .b [D]             L0.attn.W_Q [H, D, d_head]  .W_K .W_V [G, D, d_head]  .W_O [H, d_head, D]
                                L0.attn.b_Q [H, d_head]     .b_K .b_V [G, d_head]     .b_O [D]
    L0.ln_cross.w .b [D]        L0.cross.…  as attn, but W_K, W_V [H, E, d_head]
    L0.ln2.w .b [D]             L0.mlp.W_in .W_gate [D, d_mlp]  .b_in .b_gate [d_mlp]  .W_out [d_mlp, D]  .b_out [D]
    final.w .b [D]              unembed.W_U [D, d_vocab]  .b_U [d_vocab]
    L0.ln1_post.w, L0.ln2_post.w [D], with norms around a sublayer; L0.attn.q_norm.w .k_norm.w [d_head], with qk_norm

Biases may be missing; everything else that the configuration calls for must be there.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.files.checkpoint import Checkpoint
from analysis.files.tokenizer import Tokenizer
from analysis.model.attention import Masking
from analysis.model.cache import Cache
from analysis.model.vocabulary import Vocabulary
from analysis.values import HeadId, Kind, UserError


@dataclass(frozen=True)
class Config:
    """The shape of a decoder. Sizes are counts; `norm_eps` and `rotary_base` are plain numbers."""

    n_layers: int
    n_heads: int
    d_model: int
    d_head: int
    d_vocab: int
    n_ctx: int
    n_kv_heads: int
    d_mlp: int = 0
    """0: attention only."""
    norm: Literal["layer", "rms", "none"] = "layer"
    norm_eps: float = 1e-5
    norm_place: Literal["before", "after", "around"] = "before"
    """Of a sublayer: on what it reads, on the stream that it has written to, or on what it reads and what it writes."""
    norm_offset: float = 0.0
    """Added to every norm's weights (Gemma stores them less 1)."""
    norm_weights: bool = True
    """False: norms centre and scale only, their weights having been folded into what reads through them."""
    final_norm: bool = True
    qk_norm: bool = False
    """Queries and keys are normed before they are rotated (Qwen3, Gemma 3)."""
    embed_scale: float = 1.0
    """Embeddings are multiplied by this before positions are added."""
    positions: Literal["learned", "rotary", "none"] = "learned"
    rotary_dim: int = 0
    rotary_base: float = 10000.0
    rotary_interleaved: bool = False
    rotary_speeds: tuple[float, ...] = ()
    """Radians a position for each of the rotary_dim / 2 pairs, where they are not powers of `rotary_base`."""
    rotary_local_base: float = 0.0
    """The base in layers that have a window, where it is another one (Gemma 3); 0: the same."""
    activation: Literal["gelu_tanh", "gelu", "relu", "silu"] = "gelu_tanh"
    gated: bool = False
    parallel: bool = False
    """Attention and MLP read the same residual stream (GPT-NeoX)."""
    attention_scale: float = 0.0
    """Attention scores are multiplied by this; 0: by 1/√d_head."""
    attention_cap: float = 0.0
    """Attention scores are squeezed into (−cap, cap) by tanh; 0: they are not."""
    logit_cap: float = 0.0
    """The same for the logits."""
    windows: tuple[int, ...] = ()
    """For each layer how many keys a query sees, its own the last; 0: all. Empty: all, in every layer."""
    cross_layers: tuple[int, ...] = ()
    d_context: int = 0
    n_ctx_context: int = 0
    d_vocab_context: int = 0
    weights_only: bool = False
    """Only the attention matrices are known: the model can be looked at, but not run."""

    @property
    def scale(self) -> float:
        """Attention scores are multiplied by this."""
        return self.attention_scale or 1 / math.sqrt(self.d_head)

    def masking(self, layer: int, kind: Kind = "self") -> Masking:
        """What a layer does to its attention scores."""
        if kind == "cross":
            return Masking(self.scale, first=None)
        return Masking(self.scale, window=self.windows[layer] if self.windows else 0, cap=self.attention_cap)

    def heads(self) -> Iterator[HeadId]:
        """All heads in the order in which they write to the residual stream."""
        for layer in range(self.n_layers):
            yield from (HeadId(layer, index) for index in range(self.n_heads))
            if layer in self.cross_layers:
                yield from (HeadId(layer, index, "cross") for index in range(self.n_heads))

    def required(self) -> dict[str, tuple[int, ...]]:
        """Canonical names that must be there, with their shapes."""
        shapes = {} if self.weights_only else self._ends()
        for layer in range(self.n_layers):
            shapes |= self._attention(layer)
            if not self.weights_only:
                shapes |= self._around_attention(layer)
        return shapes

    def _ends(self) -> dict[str, tuple[int, ...]]:
        d, e = self.d_model, self.d_context
        shapes: dict[str, tuple[int, ...]] = {"embed.W_E": (self.d_vocab, d), "unembed.W_U": (d, self.d_vocab)}
        if self.positions == "learned":
            shapes["pos.W_pos"] = (self.n_ctx, d)
        if self.has_norm_weights and self.final_norm:
            shapes["final.w"] = (d,)
        if self.cross_layers:
            shapes |= {"context.W_E": (self.d_vocab_context, e), "context.W_pos": (self.n_ctx_context, e)}
        return shapes

    @property
    def has_norm_weights(self) -> bool:
        return self.norm != "none" and self.norm_weights

    def _attention(self, layer: int) -> dict[str, tuple[int, ...]]:
        d, e, h, g, k = self.d_model, self.d_context, self.n_heads, self.n_kv_heads, self.d_head
        at = f"L{layer}."
        shapes: dict[str, tuple[int, ...]] = {at + "attn.W_Q": (h, d, k), at + "attn.W_K": (g, d, k)}
        shapes |= {at + "attn.W_V": (g, d, k), at + "attn.W_O": (h, k, d)}
        if layer in self.cross_layers:
            shapes |= {at + "cross.W_Q": (h, d, k), at + "cross.W_K": (h, e, k)}
            shapes |= {at + "cross.W_V": (h, e, k), at + "cross.W_O": (h, k, d)}
        return shapes

    def _around_attention(self, layer: int) -> dict[str, tuple[int, ...]]:
        d, at = self.d_model, f"L{layer}."
        shapes: dict[str, tuple[int, ...]] = {}
        if self.d_mlp:
            shapes |= {at + "mlp.W_in": (d, self.d_mlp), at + "mlp.W_out": (self.d_mlp, d)}
            if self.gated:
                shapes[at + "mlp.W_gate"] = (d, self.d_mlp)
        if self.has_norm_weights:
            norms = ["ln1"] + ["ln_cross"] * (layer in self.cross_layers) + ["ln2"] * bool(self.d_mlp)
            norms += [norm + "_post" for norm in norms] if self.norm_place == "around" else []
            shapes |= {f"{at}{norm}.w": (d,) for norm in norms}
        if self.qk_norm:
            shapes |= {f"{at}attn.{letter}_norm.w": (self.d_head,) for letter in "qk"}
        return shapes


@dataclass(frozen=True)
class Part:
    """Where one canonical weight comes from: a tensor of the file, and the pure reshaping that makes it canonical.

    `take` may only index, slice, reshape, transpose and permute: the certificate runs it on a tensor of indices to
    prove that every element of the file is used exactly once.
    """

    source: str
    take: Callable[[torch.Tensor], torch.Tensor]
    tied: bool = False
    """The source is shared with another part on purpose (tied embeddings)."""


@dataclass(frozen=True)
class ModelSpec:
    """What a format found: the configuration, and where every weight comes from."""

    family: str
    evidence: tuple[str, ...]
    config: Config
    parts: Mapping[str, Part]
    vocabulary: Vocabulary
    context_vocabulary: Vocabulary | None = None
    ignored: tuple[str, ...] = ()
    """Tensors of the file that hold no weights by their role (causal masks): listed as unused, with good reason."""
    head_counts: tuple[int, ...] = ()
    """Head counts that the shapes allow, when the file does not tell; the one in force is config.n_heads."""
    weights_only: str = ""
    """A sentence saying why attention cannot be computed, when only the attention matrices could be recognised."""


@dataclass(frozen=True)
class HeadWeights:
    """One head's matrices; the source is the residual stream, or the context of a cross-attention head."""

    W_Q: Float[Tensor, "d_model d_head"]
    W_K: Float[Tensor, "d_source d_head"]
    W_V: Float[Tensor, "d_source d_head"]
    W_O: Float[Tensor, "d_head d_model"]


class Weights:
    """Canonical weights, fetched from the checkpoint when first asked for: float32, on one device, finite.

    At most `limit` bytes are held at a time (None: all that were asked for).
    """

    def __init__(
        self, parts: Mapping[str, Part], checkpoint: Checkpoint, device: torch.device, limit: int | None = None
    ) -> None:
        self._parts, self._checkpoint, self.device, self._limit = parts, checkpoint, device, limit
        self._held = Cache(sys.maxsize if limit is None else limit)
        self._make: Callable[[str], torch.Tensor] = self._finite

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __getitem__(self, name: str) -> torch.Tensor:
        """The weight, float32 and contiguous on the device.

        Raises KeyError when the model has none of that name, UserError for a NaN or an infinity.
        """
        return self._held.get(name, lambda: self._make(name).to(self.device), tensor_bytes)

    def get(self, name: str) -> torch.Tensor | None:
        return self[name] if name in self._parts else None

    def fetch(self, name: str, dtype: torch.dtype) -> torch.Tensor:
        """A fresh copy on the CPU, in `dtype`; nothing is kept."""
        part = self._parts[name]
        return part.take(self._checkpoint.tensor(part.source)).to(dtype).contiguous()

    def _finite(self, name: str) -> torch.Tensor:
        weight = self.fetch(name, torch.float32)
        if not bool(torch.isfinite(weight).all()):
            raise UserError(
                f"The tensor {self._parts[name].source!r} contains NaN or infinite values, so nothing computed "
                "from it would mean anything; use a checkpoint saved before the training diverged."
            )
        return weight

    def moved(self, device: torch.device) -> Weights:
        """The same weights on another device; what is held here is not fetched again."""
        other = Weights(self._parts, self._checkpoint, device, self._limit)
        other._make = self._make
        for name in self._held:
            other._held.get(name, lambda name=name: self[name].to(device), tensor_bytes)  # type: ignore[misc]
        return other

    def changed(self, change: Callable[[str, torch.Tensor], torch.Tensor]) -> Weights:
        """Weights of the same names, each `change(name, this one's weight on the CPU)`, made when first asked for."""
        other = Weights(self._parts, self._checkpoint, self.device, self._limit)
        other._make = lambda name: change(name, self[name].cpu())
        return other

    @property
    def limited(self) -> bool:
        """Whether not all weights can be held at once."""
        return self._limit is not None

    @property
    def nbytes(self) -> int:
        return self._held.nbytes


def tensor_bytes(tensor: torch.Tensor) -> int:
    return tensor.numel() * tensor.element_size()


@dataclass
class Model:
    """A loaded model: configuration, weights, vocabulary."""

    config: Config
    weights: Weights
    vocabulary: Vocabulary
    context_vocabulary: Vocabulary | None = None
    name: str = ""
    tokenizer: Tokenizer | None = None
    data: str | None = None
    """Path of the handwriting data set in use, for a model that reads handwriting."""
    scratch: dict[str, torch.Tensor] = field(default_factory=dict)
    """Small tensors worth keeping between calls (W_U W_E)."""

    @property
    def device(self) -> torch.device:
        return self.weights.device

    @cached_property
    def heads(self) -> tuple[HeadId, ...]:
        return tuple(self.config.heads())

    def head(self, head: HeadId) -> HeadWeights:
        """One head's matrices, as views; raises UserError when the model has no such head."""
        if head not in self.heads:
            raise UserError(
                f"This model has no head {head}: it has {self.config.n_layers} layers of {self.config.n_heads}."
            )
        at = f"L{head.layer}.{'cross' if head.kind == 'cross' else 'attn'}."
        group = self.kv_index(head)
        w = self.weights
        return HeadWeights(
            w[at + "W_Q"][head.index], w[at + "W_K"][group], w[at + "W_V"][group], w[at + "W_O"][head.index]
        )

    def kv_index(self, head: HeadId) -> int:
        """Which key and value head this query head uses (grouped keys)."""
        if head.kind == "cross":
            return head.index
        return head.index * self.config.n_kv_heads // self.config.n_heads
