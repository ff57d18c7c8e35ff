"""The canonical decoder: tokens in; logits and every head's q, k, v, z out.

Shapes: B samples, T tokens, C context tokens, H heads, G key and value heads, D = d_model, K = d_head.
q, k and v are kept as attention uses them: with biases, normed and rotated where the model does so, so that a
pattern is `attention(q, k, config.masking(layer, kind))` and nothing else.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from analysis.model.attention import attend
from analysis.model.model import Config, Model
from analysis.values import Kind, UserError
from analysis.values.work import Work

LOGITS_AT_ONCE = 2**21
"""The most that are held while losses are computed."""
Edit = Callable[[str, int, torch.Tensor], torch.Tensor]
"""(site, layer, tensor) → the tensor to go on with. Sites: "q", "k", "v", "z" and "cross_q" … "cross_z",
each [B, heads, T, K]; "resid" [B, T, D], the residual stream that a layer reads."""


@dataclass
class Attended:
    """What one attention sublayer computed; v and z only when asked for."""

    q: Float[Tensor, "samples heads queries d_head"]
    k: Float[Tensor, "samples groups keys d_head"]
    v: Float[Tensor, "samples groups keys d_head"] | None = None
    z: Float[Tensor, "samples heads queries d_head"] | None = None

    @property
    def nbytes(self) -> int:
        return sum(t.numel() * t.element_size() for t in (self.q, self.k, self.v, self.z) if t is not None)


@dataclass
class Run:
    """One forward pass."""

    model: Model
    tokens: Int[Tensor, "samples tokens"]
    final: Float[Tensor, "samples tokens d_model"]
    """The residual stream after the final norm."""
    layers: dict[tuple[int, Kind], Attended] = field(default_factory=dict)

    @cached_property
    def logits(self) -> Float[Tensor, "samples tokens d_vocab"]:
        """Large for large vocabularies: `losses` does without."""
        return unembed(self.model, self.final)

    def losses(
        self, counted: Bool[Tensor, "samples targets"] | None = None
    ) -> Work[Float[Tensor, "samples targets"]]:
        """Cross-entropy in nats of each next token: there is one target less than tokens. NaN where not `counted`."""
        return losses(self.model, self.final, self.tokens, counted)

    @property
    def nbytes(self) -> int:
        return self.final.numel() * self.final.element_size() + sum(a.nbytes for a in self.layers.values())


def check_tokens(model: Model, tokens: torch.Tensor, context: torch.Tensor | None) -> None:
    """Raises UserError when ids or lengths do not fit the model: a device would only say so by crashing."""
    config = model.config
    if config.weights_only:
        raise UserError("Only the attention weights of this model are known, so it cannot be run on a prompt.")
    _check_ids(tokens, config.d_vocab, config.n_ctx, "prompt", limited=config.positions == "learned")
    if config.cross_layers:
        if context is None:
            raise UserError("This model has cross-attention and needs a context; give the context tokens as well.")
        if len(context) != len(tokens):
            raise UserError(f"There are {len(tokens)} prompts but {len(context)} contexts; give one context for each.")
        _check_ids(context, config.d_vocab_context, config.n_ctx_context, "context", limited=True)


def _check_ids(ids: torch.Tensor, d_vocab: int, n_ctx: int, what: str, limited: bool) -> None:
    if ids.ndim != 2 or ids.dtype != torch.int64 or ids.numel() == 0:
        raise UserError(
            f"The {what} tokens have shape {tuple(ids.shape)} and type {ids.dtype}; give whole numbers as "
            "[T] or [samples, T]."
        )
    low, high = int(ids.min()), int(ids.max())
    if low < 0 or high >= d_vocab:
        wrong = low if low < 0 else high
        raise UserError(f"The {what} holds the token id {wrong}, but this model knows ids 0 to {d_vocab - 1} only.")
    if limited and ids.shape[1] > n_ctx:
        raise UserError(f"The {what} is {ids.shape[1]} tokens long, but this model reads at most {n_ctx}; shorten it.")


def forward(
    model: Model, tokens: torch.Tensor, context: torch.Tensor | None = None, *, keep_values: bool = False,
    edit: Edit | None = None, dtype: torch.dtype = torch.float32,
) -> Work[Run]:  # fmt: skip
    """Run the model on tokens [B, T] (and context [B, C]), both int64, any device; raises UserError on misfits.

    Keeps every layer's q and k (O(T · d)), and v and z too with `keep_values`. `edit` may replace any site's tensor.
    `dtype` is the precision of the whole pass. Stops after every sublayer. Use it under no_grad but to train.
    """
    check_tokens(model, tokens, context)
    decoder = Decoder(model, dtype, edit, keep_values)
    context = None if context is None else context.to(model.device)
    return (yield from decoder.run(tokens.to(model.device), context))


def unembed(model: Model, final: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_vocab"]:
    """Logits from the residual stream after the final norm."""
    logits = final @ model.weights["unembed.W_U"].to(final.dtype)
    bias, cap = model.weights.get("unembed.b_U"), model.config.logit_cap
    logits = logits if bias is None else logits + bias.to(final.dtype)
    return torch.tanh(logits / cap) * cap if cap else logits


def losses(
    model: Model, final: Float[Tensor, "samples tokens d_model"], tokens: Int[Tensor, "samples tokens"],
    counted: Bool[Tensor, "samples targets"] | None = None,
) -> Work[Float[Tensor, "samples targets"]]:  # fmt: skip
    """Cross-entropy in nats of each next token, from what is unembedded; NaN for those that are not `counted`."""
    flat, targets = final[:, :-1].flatten(0, 1), tokens[:, 1:].flatten()
    places = torch.arange(len(flat), device=flat.device) if counted is None else counted.flatten().nonzero()[:, 0]
    found, step = flat.new_full((len(flat),), torch.nan), max(1, LOGITS_AT_ONCE // model.config.d_vocab)
    for low in range(0, len(places), step):
        yield low / len(places), None
        some = places[low : low + step]
        found[some] = F.cross_entropy(unembed(model, flat[some]), targets[some], reduction="none")
    return found.view(len(final), tokens.shape[1] - 1)


class Decoder:
    """One pass: the weights in the pass's precision, and what it gathers on the way."""

    def __init__(
        self, model: Model, dtype: torch.dtype = torch.float32, edit: Edit | None = None, keep_values: bool = False
    ) -> None:
        self.model, self.config, self.dtype = model, model.config, dtype
        self.edit, self.keep_values = edit or (lambda site, layer, tensor: tensor), keep_values
        self.layers: dict[tuple[int, Kind], Attended] = {}

    def w(self, name: str) -> torch.Tensor:
        return self.model.weights[name].to(self.dtype)

    def maybe(self, name: str) -> torch.Tensor | None:
        return self.w(name) if name in self.model.weights else None

    def run(
        self, tokens: Int[Tensor, "samples tokens"], context: Int[Tensor, "samples context"] | None
    ) -> Work[Run]:
        x, read = self.embed(tokens), self.embed_context(context)
        for layer in range(self.config.n_layers):
            x = yield from self.block(layer, self.edit("resid", layer, x), read)
        return Run(self.model, tokens, self.finish(x), self.layers)

    def embed(self, tokens: Int[Tensor, "samples tokens"]) -> Float[Tensor, "samples tokens d_model"]:
        """The stream that layer 0 reads."""
        x = self.w("embed.W_E")[tokens]
        if self.config.embed_scale != 1.0:
            x = x * self.config.embed_scale
        if self.config.positions == "learned":
            x = x + self.w("pos.W_pos")[: tokens.shape[1]]
        return x

    def embed_context(
        self, context: Int[Tensor, "samples context"] | None
    ) -> Float[Tensor, "samples context d_context"] | None:
        """What cross-attention reads; None without cross-attention."""
        if context is None or not self.config.cross_layers:
            return None
        return self.w("context.W_E")[context] + self.w("context.W_pos")[: context.shape[1]]

    def finish(self, x: torch.Tensor) -> torch.Tensor:
        """What is unembedded of the stream after the last layer."""
        return self.norm(x, "final") if self.config.final_norm else x

    def block(self, layer: int, x: torch.Tensor, context: torch.Tensor | None) -> Work[torch.Tensor]:
        at, done = f"L{layer}.", layer / self.config.n_layers
        yield done, None
        read = self.read(x, at + "ln1")
        attended = self.attend(layer, "self", read, read)
        yield done, None
        if self.config.parallel:
            written = self.mlp(layer, self.read(x, at + "ln2"))
            return self.write(self.write(x, attended, at + "ln1"), written, at + "ln2")
        x = self.write(x, attended, at + "ln1")
        if layer in self.config.cross_layers and context is not None:
            crossed = self.attend(layer, "cross", self.read(x, at + "ln_cross"), context)
            x = self.write(x, crossed, at + "ln_cross")
            yield done, None
        if not self.config.d_mlp:
            return x
        return self.write(x, self.mlp(layer, self.read(x, at + "ln2")), at + "ln2")

    def read(self, x: torch.Tensor, norm: str) -> torch.Tensor:
        """What a sublayer reads of the stream."""
        return x if self.config.norm_place == "after" else self.norm(x, norm)

    def write(self, x: torch.Tensor, written: torch.Tensor, norm: str) -> torch.Tensor:
        """The stream after a sublayer has written to it."""
        match self.config.norm_place:
            case "before":
                return x + written
            case "around":
                return x + self.norm(written, norm + "_post")
            case "after":
                return self.norm(x + written, norm)

    def norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        if self.config.norm == "none":
            return x
        weight, bias = self.maybe(name + ".w"), self.maybe(name + ".b")
        if weight is not None and self.config.norm_offset:
            weight = weight + self.config.norm_offset
        if self.config.norm == "layer":
            return F.layer_norm(x, x.shape[-1:], weight, bias, self.config.norm_eps)
        return F.rms_norm(x, x.shape[-1:], weight, self.config.norm_eps)

    def attend(
        self, layer: int, kind: Kind, x: Float[Tensor, "samples tokens d_model"],
        source: Float[Tensor, "samples keys d_source"],
    ) -> Float[Tensor, "samples tokens d_model"]:  # fmt: skip
        """One attention sublayer: x reads the source; returns what it adds."""
        site = "" if kind == "self" else "cross_"
        q, k, v = (self.vectors(layer, kind, name, stream) for name, stream in (("Q", x), ("K", source), ("V", source)))
        q, k, v = self.edit(site + "q", layer, q), self.edit(site + "k", layer, k), self.edit(site + "v", layer, v)
        z = attend(q, k, v, self.config.masking(layer, kind))
        z = self.edit(site + "z", layer, z)
        self.layers[layer, kind] = Attended(q, k, v, z) if self.keep_values else Attended(q, k)
        return self.combine(layer, kind, z)

    def vectors(
        self, layer: int, kind: Kind, name: str, x: Float[Tensor, "samples tokens d_source"], heads: slice = slice(None)
    ) -> Float[Tensor, "samples heads tokens d_head"]:
        """The "Q", "K" or "V" of some heads as attention uses them, of what the sublayer reads."""
        at = f"L{layer}.{'attn' if kind == 'self' else 'cross'}."
        out = torch.einsum("btd,hdk->bhtk", x, self.w(f"{at}W_{name}")[heads])
        bias = self.maybe(f"{at}b_{name}")
        out = out if bias is None else out + bias[heads, None]
        if kind == "self" and name != "V":
            if self.config.qk_norm:
                out = self.norm(out, f"{at}{name.lower()}_norm")
            if self.config.positions == "rotary":
                out = rotate(out, self.config, layer)
        return out

    def combine(
        self, layer: int, kind: Kind, z: Float[Tensor, "samples heads tokens d_head"]
    ) -> Float[Tensor, "samples tokens d_model"]:
        """What the heads add to the stream."""
        at = f"L{layer}.{'attn' if kind == 'self' else 'cross'}."
        return _linear(z.transpose(1, 2).flatten(2), self.w(at + "W_O").flatten(0, 1), self.maybe(at + "b_O"))

    def mlp(self, layer: int, read: torch.Tensor) -> torch.Tensor:
        at = f"L{layer}.mlp."
        hidden = _linear(read, self.w(at + "W_in"), self.maybe(at + "b_in"))
        if self.config.gated:
            hidden = self.activate(_linear(read, self.w(at + "W_gate"), self.maybe(at + "b_gate"))) * hidden
        else:
            hidden = self.activate(hidden)
        return _linear(hidden, self.w(at + "W_out"), self.maybe(at + "b_out"))

    def activate(self, x: torch.Tensor) -> torch.Tensor:
        return activate(x, self.config)


def _linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """x [..., in] times weight [in, out]; fused with the bias, which rounds once less and as nn.Linear does."""
    return F.linear(x, weight.T, bias)


def activate(x: torch.Tensor, config: Config) -> torch.Tensor:
    """The MLP's nonlinearity."""
    match config.activation:
        case "gelu_tanh":
            # Written out, as the models that use it write it: the logits are theirs to the last bit.
            return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))
        case "gelu":
            return F.gelu(x)
        case "relu":
            return F.relu(x)
        case "silu":
            return F.silu(x)


def rotate(
    x: Float[Tensor, "*batch tokens d_head"], config: Config, layer: int, at: int | None = None
) -> Float[Tensor, "*batch tokens d_head"]:
    """Rotary positions (Su et al. 2021, "RoFormer"): x turned by its position, as `layer` does it.

    With `at`, every row is turned by that one position instead: (x_i R_i)·(y_j R_j) = (x_i R_{i−j})·y_j, so turning
    W_Q's rows by the lag i − j gives the QK circuit at that lag. Only the first `rotary_dim` of K take part; pairs are
    halves apart (GPT-NeoX, Llama), or neighbours with `rotary_interleaved` (GPT-J).
    """
    n = config.rotary_dim
    steps = torch.arange(x.shape[-2], device=x.device) if at is None else torch.tensor([at], device=x.device)
    angles = steps[:, None].float() * _speeds(config, layer, x.device)  # [T or 1, n/2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    turned, rest = x[..., :n], x[..., n:]
    if config.rotary_interleaved:
        even, odd = turned[..., ::2], turned[..., 1::2]
        turned = torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)
    else:
        low, high = turned[..., : n // 2], turned[..., n // 2 :]
        turned = torch.cat((low * cos - high * sin, low * sin + high * cos), dim=-1)
    return torch.cat((turned, rest), dim=-1)


def _speeds(config: Config, layer: int, device: torch.device) -> torch.Tensor:
    """Radians a position, [rotary_dim / 2], float32."""
    local = bool(config.rotary_local_base and config.windows and config.windows[layer])
    if config.rotary_speeds and not local:
        return torch.tensor(config.rotary_speeds, device=device, dtype=torch.float32)
    n, base = config.rotary_dim, config.rotary_local_base if local else config.rotary_base
    return base ** (-torch.arange(0, n, 2, device=device, dtype=torch.float32) / n)
