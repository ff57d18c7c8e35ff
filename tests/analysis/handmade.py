"""Models built by hand, whose heads do exactly one thing; and random ones."""

from __future__ import annotations

from dataclasses import replace

import torch

from analysis.files.checkpoint import Checkpoint
from analysis.files.opened import Entry
from analysis.loading.certificate import fetch_weights, prepare_model
from analysis.model.model import Config, Model, ModelSpec, Part, Weights
from analysis.model.vocabulary import Vocabulary, characters, plain
from analysis.values import Tick, no_tick
from analysis.values.work import finish

SHARP = 40.0
"""Attention scores this far apart leave nothing for the rest."""


class Tensors:
    """A checkpoint made of a dictionary."""

    def __init__(self, tensors: dict[str, torch.Tensor]) -> None:
        self.tensors = tensors

    @property
    def entries(self) -> dict[str, Entry]:
        return {name: Entry(tuple(tensor.shape), tensor.dtype) for name, tensor in self.tensors.items()}

    def tensor(self, name: str) -> torch.Tensor:
        return self.tensors[name]


def model_of(config: Config, tensors: dict[str, torch.Tensor], vocabulary: Vocabulary | None = None) -> Model:
    parts = {name: Part(name, lambda tensor: tensor) for name in tensors}
    weights = Weights(parts, Tensors(tensors), torch.device("cpu"))  # type: ignore[arg-type]
    context = characters(config.d_vocab_context) if config.cross_layers else None
    return Model(config, weights, vocabulary or plain(config.d_vocab), context, "handmade")


def random_model(config: Config, seed: int = 0, spread: float = 0.2, biases: bool = True) -> Model:
    generator = torch.Generator().manual_seed(seed)
    tensors = {name: torch.randn(shape, generator=generator) * spread for name, shape in config.required().items()}
    for name, (_, *shape) in (
        [(n, s) for n, s in config.required().items() if ".W_" in n and n[0] == "L"] if biases else []
    ):
        wide = {"W_Q": [config.n_heads, config.d_head], "W_K": None, "W_V": None, "W_O": [config.d_model]}
        kind = name.rpartition(".")[2]
        if kind in wide:
            first = tensors[name].shape[0]
            size = wide[kind] or [first, shape[-1]]
            tensors[name.replace("W_", "b_")] = torch.randn(size, generator=generator) * spread
    for name in [n for n in tensors if n.endswith(".w")]:
        tensors[name] = 1 + tensors[name]
        if config.norm == "layer":
            tensors[name[:-1] + "b"] = torch.randn(len(tensors[name]), generator=generator) * spread
    return model_of(config, tensors)


SMALL = Config(n_layers=3, n_heads=4, n_kv_heads=4, d_model=32, d_head=8, d_vocab=50, n_ctx=64, d_mlp=48)
CROSSED = replace(SMALL, cross_layers=(0, 2), d_context=24, n_ctx_context=10, d_vocab_context=12)


def induction_model(n_tokens: int = 60, n_ctx: int = 128) -> Model:
    """Two layers of one working head each (L0H0 previous token, L1H0 induction) and one idle head beside them.

    The residual stream has four slots: the token, the token before (written by L0H0), the prediction (written by
    L1H0), the position.
    """
    size = max(n_tokens, n_ctx)
    width = 3 * n_tokens + n_ctx
    token, before, said, place = 0, n_tokens, 2 * n_tokens, 3 * n_tokens
    config = Config(
        n_layers=2, n_heads=2, n_kv_heads=2, d_model=width, d_head=size, d_vocab=n_tokens, n_ctx=n_ctx, norm="none"
    )
    tensors = {name: torch.zeros(shape) for name, shape in config.required().items()}
    tensors["embed.W_E"][:, token : token + n_tokens] = torch.eye(n_tokens)
    tensors["pos.W_pos"][:, place:] = torch.eye(n_ctx)
    tensors["unembed.W_U"][said : said + n_tokens] = 10 * torch.eye(n_tokens)
    strength = SHARP * size**0.5
    # L0H0: position i seeks position i − 1, and carries the token there into the slot "before".
    tensors["L0.attn.W_Q"][0, place + 1 :, : n_ctx - 1] = strength * torch.eye(n_ctx - 1)
    tensors["L0.attn.W_K"][0, place:, :n_ctx] = torch.eye(n_ctx)
    tensors["L0.attn.W_V"][0, token : token + n_tokens, :n_tokens] = torch.eye(n_tokens)
    tensors["L0.attn.W_O"][0, :n_tokens, before : before + n_tokens] = torch.eye(n_tokens)
    # L1H0: the token seeks the place whose token before was the same, and says the token that it finds there.
    tensors["L1.attn.W_Q"][0, token : token + n_tokens, :n_tokens] = strength * torch.eye(n_tokens)
    tensors["L1.attn.W_K"][0, before : before + n_tokens, :n_tokens] = torch.eye(n_tokens)
    tensors["L1.attn.W_V"][0, token : token + n_tokens, :n_tokens] = torch.eye(n_tokens)
    tensors["L1.attn.W_O"][0, :n_tokens, said : said + n_tokens] = torch.eye(n_tokens)
    return model_of(config, tensors)


def one_head(kind: str, n_tokens: int = 60, n_ctx: int = 128) -> Model:
    """One layer, one head: "duplicate" (looks at equal tokens) or "sink" (looks at position 0)."""
    size, width = max(n_tokens, n_ctx), n_tokens + n_ctx
    config = Config(
        n_layers=1, n_heads=1, n_kv_heads=1, d_model=width, d_head=size, d_vocab=n_tokens, n_ctx=n_ctx, norm="none"
    )
    tensors = {name: torch.zeros(shape) for name, shape in config.required().items()}
    tensors["embed.W_E"][:, :n_tokens] = torch.eye(n_tokens)
    tensors["pos.W_pos"][:, n_tokens:] = torch.eye(n_ctx)
    strength = SHARP * size**0.5
    if kind == "duplicate":
        tensors["L0.attn.W_Q"][0, :n_tokens, :n_tokens] = strength * torch.eye(n_tokens)
        tensors["L0.attn.W_K"][0, :n_tokens, :n_tokens] = torch.eye(n_tokens)
    else:
        tensors["L0.attn.W_Q"][0, :n_tokens, 0] = strength
        tensors["L0.attn.W_K"][0, n_tokens, 0] = 1.0
    tensors["L0.attn.W_V"][0, :n_tokens, :n_tokens] = torch.eye(n_tokens)
    tensors["L0.attn.W_O"][0, :n_tokens, :n_tokens] = torch.eye(n_tokens)
    tensors["unembed.W_U"][:n_tokens] = torch.eye(n_tokens)
    return model_of(config, tensors)


def load_model(spec: ModelSpec, checkpoint: Checkpoint, device: torch.device, tick: Tick = no_tick) -> Model:
    """The model with every weight read and checked."""
    model = prepare_model(spec, checkpoint, device)
    finish(fetch_weights(model), tick)
    return model
