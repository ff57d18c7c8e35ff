"""GPT-NeoX and Pythia: q, k and v interleaved head by head, rotary positions on part of each head, parallel blocks."""

import re
from dataclasses import replace
from functools import partial

import torch

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._blocks import has_bias
from analysis.loading.formats._gpt import Collector, count_layers, head_count, masks, usual_heads
from analysis.loading.formats.hugging_face._hugging import Told, configuration, model_type, rotary
from analysis.model.model import Config, ModelSpec
from analysis.model.vocabulary import plain

_DEFAULTS = "rotary positions on a quarter of each head with base 10000, parallel blocks and exact GELU"


def recognise(checkpoint: Checkpoint) -> str | None:
    needed = {_prefix(checkpoint) + name for name in ("layers.0.attention.query_key_value.weight", "embed_in.weight")}
    if not needed <= set(checkpoint.shapes) or model_type(checkpoint) not in (None, "gpt_neox"):
        return None
    return "GPT-NeoX: its names, with query, key and value interleaved"


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector, prefix = Collector(checkpoint), _prefix(checkpoint)
    d_vocab, d_model = collector.shape(prefix + "embed_in.weight", 2)
    told, source = configuration(checkpoint, "hidden_size", d_model, _DEFAULTS)
    said = told.whole("num_attention_heads") or None
    n_heads, heads, counts = head_count(checkpoint, d_model, n_head, said=said, usual=usual_heads(d_model))
    layers = count_layers(checkpoint.shapes, re.escape(prefix) + r"layers\.(\d{1,6})\.")
    d_mlp = collector.shape(prefix + "layers.0.mlp.dense_h_to_4h.weight", 2)[0]
    config = _config(told, Config(layers, n_heads, d_model, d_model // n_heads, d_vocab, 2048, n_heads, d_mlp))
    head = "lm_head.weight" if "lm_head.weight" in checkpoint.shapes else "embed_out.weight"  # newer and older names
    tied = collector.unembed(head, prefix + "embed_in.weight", d_vocab, d_model)
    collector.norm("final", prefix + "final_layer_norm", d_model, True)
    for layer in range(layers):
        _add_layer(collector, config, f"L{layer}.", f"{prefix}layers.{layer}.")
    return ModelSpec(
        family="GPT-NeoX",
        evidence=tuple(filter(None, (recognise(checkpoint), source, heads, tied))),
        config=config,
        parts=collector.parts,
        vocabulary=plain(d_vocab, 0),  # Pythia's end of text
        ignored=masks(checkpoint, r".*\.attention\.(masked_)?bias"),
        head_counts=counts,
    )


def _prefix(checkpoint: Checkpoint) -> str:
    return "gpt_neox." if "gpt_neox.embed_in.weight" in checkpoint.shapes else ""


def _config(told: Told, sizes: Config) -> Config:
    """Older configurations name the rotary fields rotary_pct and rotary_emb_base."""
    older = {"partial_rotary_factor": told.number("rotary_pct", 0.25)}
    base, speeds, turned = rotary(Told(older | dict(told.values)), sizes.d_head, told.number("rotary_emb_base", 1e4))
    return replace(
        sizes,
        n_ctx=told.whole("max_position_embeddings", 2048),
        norm_eps=told.number("layer_norm_eps", 1e-5),
        positions="rotary",
        rotary_dim=turned,
        rotary_base=base,
        rotary_speeds=speeds,
        activation=told.activation("gelu", "hidden_act"),
        parallel=told.flag("use_parallel_residual", True),
    )


def interleaved(place: int, heads: int, d_head: int, tensor: torch.Tensor) -> torch.Tensor:
    """[heads · 3 · d_head, in] → [heads, in, d_head]; a bias → [heads, d_head]."""
    split = tensor.unflatten(0, (heads, 3, d_head)).select(1, place)
    return split if tensor.ndim == 1 else split.transpose(1, 2)


def _add_layer(collector: Collector, config: Config, at: str, source: str) -> None:
    heads, d_head, d_model = config.n_heads, config.d_head, config.d_model
    has, packed, dense = collector.checkpoint, source + "attention.query_key_value", source + "attention.dense"
    for place, letter in enumerate("QKV"):
        take = partial(interleaved, place, heads, d_head)
        collector.add(f"{at}attn.W_{letter}", packed + ".weight", (3 * d_model, d_model), take)
        if has_bias(has, packed):
            collector.add(f"{at}attn.b_{letter}", packed + ".bias", (3 * d_model,), take)
    collector.output(at + "attn", dense, (heads, d_head, d_model), has_bias(has, dense))
    wide, back = source + "mlp.dense_h_to_4h", source + "mlp.dense_4h_to_h"
    collector.linear(at + "mlp.W_in", at + "mlp.b_in", wide, d_model, config.d_mlp, True)
    collector.linear(at + "mlp.W_out", at + "mlp.b_out", back, config.d_mlp, d_model, True)
    collector.norm(at + "ln1", source + "input_layernorm", d_model, True)
    collector.norm(at + "ln2", source + "post_attention_layernorm", d_model, True)


FORMAT = Format("neox", "GPT-NeoX", recognise, read, order=60)
