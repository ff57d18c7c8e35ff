"""GPT-NeoX and Pythia: q, k and v interleaved head by head, rotary positions on part of each head, parallel blocks."""

from dataclasses import replace
from functools import partial

import torch

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._gpt import Collector, count_layers, head_count, masks, usual_heads
from analysis.loading.formats.hugging_face._hugging import Told, configuration, model_type, rotary
from analysis.model.model import Config, ModelSpec
from analysis.model.vocabulary import plain

_AROUND = {
    "ln1": "input_layernorm", "ln2": "post_attention_layernorm",
    "mlp.in": "mlp.dense_h_to_4h", "mlp.out": "mlp.dense_4h_to_h",
}  # fmt: skip
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
    layers = count_layers(checkpoint.shapes, prefix + "layers.")
    d_mlp = collector.shape(prefix + "layers.0.mlp.dense_h_to_4h.weight", 2)[0]
    config = _config(told, Config(layers, n_heads, d_model, d_model // n_heads, d_vocab, 2048, n_heads, d_mlp))
    head = "lm_head.weight" if "lm_head.weight" in checkpoint.shapes else "embed_out.weight"  # newer and older names
    tied = collector.ends(config, prefix + "embed_in.weight", head, prefix + "final_layer_norm", biased=True)
    for layer in range(layers):
        _add_layer(collector, config, layer, prefix + "layers.")
    evidence = (recognise(checkpoint), source, heads, tied)
    ignored = masks(checkpoint, r".*\.attention\.(masked_)?bias")
    return collector.spec("GPT-NeoX", evidence, config, plain(d_vocab, 0), counts, ignored)  # 0 ends Pythia's texts


def _add_layer(collector: Collector, config: Config, layer: int, stack: str) -> None:
    packed = f"{stack}{layer}.attention.query_key_value"
    for place, letter in enumerate("QKV"):
        take = partial(interleaved, place, config.n_heads, config.d_head)
        shape = (3 * config.d_model, config.d_model)
        collector.module(f"L{layer}.attn.{letter}", packed, shape, take, collector.biased(packed))
    collector.layer(config, layer, stack, {"attn.O": "attention.dense"})
    collector.layer(config, layer, stack, _AROUND, biased=True)


def _prefix(checkpoint: Checkpoint) -> str:
    return "gpt_neox." if "gpt_neox.embed_in.weight" in checkpoint.shapes else ""


def _config(told: Told, sizes: Config) -> Config:
    """Older configurations name the rotary fields rotary_pct and rotary_emb_base."""
    older = {"partial_rotary_factor": told.number("rotary_pct", 0.25)}
    base, speeds, turned = rotary(Told(older | dict(told.values)), sizes.d_head, told.number("rotary_emb_base", 1e4))
    return replace(
        sizes, n_ctx=told.whole("max_position_embeddings", 2048), norm_eps=told.number("layer_norm_eps", 1e-5),
        positions="rotary", rotary_dim=turned, rotary_base=base, rotary_speeds=speeds,
        activation=told.activation("gelu", "hidden_act"), parallel=told.flag("use_parallel_residual", True),
    )  # fmt: skip


def interleaved(place: int, heads: int, d_head: int, tensor: torch.Tensor) -> torch.Tensor:
    """[heads · 3 · d_head, in] → [heads, in, d_head]; a bias → [heads, d_head]."""
    split = tensor.unflatten(0, (heads, 3, d_head)).select(1, place)
    return split if tensor.ndim == 1 else split.transpose(1, 2)


FORMAT = Format("neox", "GPT-NeoX", recognise, read, order=60)
