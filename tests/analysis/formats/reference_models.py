"""Small decoders in the public families' layouts, with a forward pass of their own, to hold the loaders against."""

from __future__ import annotations

import math

import torch
from torch import nn

Patterns = list[torch.Tensor]
Found = tuple[torch.Tensor, Patterns, Patterns]  # logits, self-attention, cross-attention


def tanh_gelu(x: torch.Tensor) -> torch.Tensor:
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def exact_gelu(x: torch.Tensor) -> torch.Tensor:
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))


def attend(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int, causal: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """One head after the other, on slices of the packed q, k and v [B, T or S, heads · d_head]."""
    width = q.shape[-1] // heads
    mixed, patterns = [], []
    for head in range(heads):
        part = slice(head * width, (head + 1) * width)
        scores = q[..., part] @ k[..., part].mT / math.sqrt(width)
        if causal:
            future = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(future, -torch.inf)
        patterns.append(scores.softmax(-1))
        mixed.append(patterns[-1] @ v[..., part])
    return torch.cat(mixed, dim=-1), torch.stack(patterns, dim=1)


class SelfAttention(nn.Module):
    def __init__(self, d: int, heads: int, n_ctx: int, bias: bool, mask: bool) -> None:
        super().__init__()
        self.heads = heads
        self.c_attn = nn.Linear(d, 3 * d, bias=bias)
        self.c_proj = nn.Linear(d, d, bias=bias)
        if mask:
            self.register_buffer("bias", torch.ones(1, 1, n_ctx, n_ctx).tril())

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        out, pattern = attend(*self.c_attn(x).chunk(3, dim=-1), self.heads, causal=True)
        return self.c_proj(out), pattern


class CrossAttention(nn.Module):
    def __init__(self, d: int, d_context: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.c_attn_q = nn.Linear(d, d)
        self.c_attn_kv = nn.Linear(d_context, 2 * d)
        self.c_proj = nn.Linear(d, d)

    def forward(self, x: torch.Tensor, context: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        k, v = self.c_attn_kv(context).chunk(2, dim=-1)
        out, pattern = attend(self.c_attn_q(x), k, v, self.heads, causal=False)
        return self.c_proj(out), pattern


class Block(nn.Module):
    """`cross`: none, or the width of the context; `mlp_norm`: which norm the MLP reads through."""

    def __init__(self, model: GPT, cross: int | None, mlp_norm: str) -> None:
        super().__init__()
        d, bias = model.d, model.bias
        self.ln_1 = nn.LayerNorm(d, bias=bias)
        self.attn = SelfAttention(d, model.heads, model.n_ctx, bias, model.mask)
        if cross is not None:
            self.ln_2 = nn.LayerNorm(d)
            self.cross_attn = CrossAttention(d, cross, model.heads)
        setattr(self, mlp_norm, nn.LayerNorm(d, bias=bias))
        self.mlp = nn.ModuleDict({"c_fc": nn.Linear(d, 3 * d, bias=bias), "c_proj": nn.Linear(3 * d, d, bias=bias)})
        self.mlp_norm, self.gelu = mlp_norm, model.gelu

    def forward(self, x: torch.Tensor, context: torch.Tensor | None, found: tuple[Patterns, Patterns]) -> torch.Tensor:
        out, pattern = self.attn(self.ln_1(x))
        found[0].append(pattern)
        x = x + out
        if hasattr(self, "cross_attn"):
            out, pattern = self.cross_attn(self.ln_2(x), context)
            found[1].append(pattern)
            x = x + out
        return x + self.mlp["c_proj"](self.gelu(self.mlp["c_fc"](getattr(self, self.mlp_norm)(x))))


class GPT(nn.Module):
    """cursive (with `cross`: for each layer the context's width or None, and the MLP's norm), makemore or nanoGPT."""

    def __init__(self, heads=4, bias=True, mask=True, gelu=tanh_gelu, cross=None, d_context=0, tied=False) -> None:
        super().__init__()
        self.d, self.n_ctx, self.d_vocab = 24, 20, 31
        self.heads, self.bias, self.mask, self.gelu = heads, bias, mask, gelu
        layers = cross or [(None, "ln_2")] * 3
        inside = {"wte": nn.Embedding(31, 24), "wpe": nn.Embedding(20, 24)}
        if cross:
            inside |= {"wce": nn.Embedding(9, d_context), "wcpe": nn.Embedding(7, d_context)}
        inside |= {"h": nn.ModuleList(Block(self, width, norm) for width, norm in layers)}
        self.transformer = nn.ModuleDict(inside | {"ln_f": nn.LayerNorm(24, bias=bias)})
        self.lm_head = nn.Linear(24, 31, bias=False)
        if tied:
            self.transformer["wte"].weight = self.lm_head.weight
        randomise(self)

    @torch.no_grad()
    def forward(self, tokens: torch.Tensor, context: torch.Tensor | None = None) -> Found:
        t, found = self.transformer, ([], [])
        x = t["wte"](tokens) + t["wpe"].weight[: tokens.shape[1]]
        if context is not None:
            context = t["wce"](context) + t["wcpe"].weight[: context.shape[1]]
        for block in t["h"]:
            x = block(x, context, found)
        return self.lm_head(t["ln_f"](x)), *found


class NotebookLayer(nn.Module):
    def __init__(self, d: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.self_attn = nn.ModuleDict({f"{name}_proj": nn.Linear(d, d) for name in ("q", "k", "v", "out")})
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.linear1, self.linear2 = nn.Linear(d, 2 * d), nn.Linear(2 * d, d)

    def forward(self, x: torch.Tensor, found: Patterns) -> torch.Tensor:
        read, at = self.norm1(x), self.self_attn
        out, pattern = attend(at["q_proj"](read), at["k_proj"](read), at["v_proj"](read), self.heads, causal=True)
        found.append(pattern)
        x = x + at["out_proj"](out)
        return x + self.linear2(tanh_gelu(self.linear1(self.norm2(x))))


class Notebook(nn.Module):
    def __init__(self, heads: int = 4) -> None:
        super().__init__()
        layers = nn.ModuleList(NotebookLayer(24, heads) for _ in range(2))
        inside = {"token_embedding": nn.Embedding(31, 24), "pos_embedding": nn.Embedding(20, 24), "layers": layers}
        self.transformer = nn.ModuleDict(inside | {"ln_f": nn.LayerNorm(24)})
        self.lm_head = nn.Linear(24, 31)
        randomise(self)

    @torch.no_grad()
    def forward(self, tokens: torch.Tensor, context: torch.Tensor | None = None) -> Found:
        t, found = self.transformer, []
        x = t["token_embedding"](tokens) + t["pos_embedding"].weight[: tokens.shape[1]]
        for layer in t["layers"]:
            x = layer(x, found)
        return self.lm_head(t["ln_f"](x)), found, []


def randomise(model: nn.Module) -> None:
    """Large random weights everywhere, biases and norms too, so that every one of them matters to the logits."""
    draw = torch.Generator().manual_seed(1)
    for name, parameter in model.named_parameters():
        drawn = torch.randn(parameter.shape, generator=draw)
        normed = "ln" in name or "norm" in name
        parameter.data = 1 + 0.3 * drawn if normed and name.endswith("weight") else 0.4 * drawn
