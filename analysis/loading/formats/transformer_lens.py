"""TransformerLens state dictionaries (HookedTransformer): weights already head by head, norms possibly folded away."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._gpt import Collector, Unsupported, attention_only, count_layers
from analysis.loading.formats.hugging_face._hugging import Told
from analysis.model.model import Config, ModelSpec
from analysis.model.vocabulary import plain
from analysis.values import UserError

Norm = Literal["layer", "rms", "none"]
_NORMS: dict[str, Norm] = {"LN": "layer", "LNPre": "layer", "RMS": "rms", "RMSPre": "rms"}
_BUFFERS = ("attn.mask", "attn.IGNORE", "attn.rotary_sin", "attn.rotary_cos")


def recognise(checkpoint: Checkpoint) -> str | None:
    needed = {"embed.W_E", "unembed.W_U", "blocks.0.attn.W_Q", "blocks.0.attn.W_O"}
    return "TransformerLens: its names (blocks.N.attn.W_Q …)" if needed <= set(checkpoint.shapes) else None


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector, told = Collector(checkpoint), _told(checkpoint)
    config = _sizes(collector)
    if n_head not in (None, config.n_heads):
        raise UserError(f"This file is stored head by head and has {config.n_heads} heads; leave --n-head away.")
    reason = ""
    try:
        config, assumed = _settle(collector, config, told)
    except Unsupported as error:
        config, reason, assumed = replace(config, weights_only=True), str(error), ""
    _add_parts(collector, config)
    ignored = tuple(name for name in checkpoint.shapes if name.endswith(_BUFFERS))
    evidence = (recognise(checkpoint), assumed)
    spec = collector.spec("TransformerLens", evidence, config, plain(config.d_vocab), ignored=ignored)
    return attention_only(spec, reason) if reason else spec


def _told(checkpoint: Checkpoint) -> Told:
    """The HookedTransformerConfig in the file or in config.json beside it, if there is one."""
    places = (checkpoint.metadata.get(key) for key in ("cfg", "config", "config.json"))
    found = next((place for place in places if isinstance(place, Mapping) and "act_fn" in place), {})
    return Told(found)


def _keys(checkpoint: Checkpoint) -> str:
    """Grouped keys and values are stored once a group, under names of their own."""
    return "_" if "blocks.0.attn._W_K" in checkpoint.shapes else ""


def _sizes(collector: Collector) -> Config:
    shapes = collector.checkpoint.shapes
    d_vocab, d_model = collector.shape("embed.W_E", 2)
    n_heads, _, d_head = collector.shape("blocks.0.attn.W_Q", 3)
    n_kv_heads = collector.shape(f"blocks.0.attn.{_keys(collector.checkpoint)}W_K", 3)[0]
    gated, wide = "blocks.0.mlp.W_gate" in shapes, "blocks.0.mlp.W_in" in shapes
    return Config(
        n_layers=count_layers(shapes, "blocks."), n_heads=n_heads, d_model=d_model, d_head=d_head,
        d_vocab=d_vocab, n_ctx=2048, n_kv_heads=n_kv_heads, gated=gated,
        d_mlp=collector.shape("blocks.0.mlp.W_in", 2)[1] if wide else 0,
    )  # fmt: skip


def _settle(collector: Collector, config: Config, told: Told) -> tuple[Config, str]:
    """What the sizes leave open, and what was assumed; raises Unsupported for what the decoder does not compute."""
    shapes = collector.checkpoint.shapes
    odd = next((name for name in ("ln1_post.w", "mlp.ln.w", "attn.q_norm.w") if f"blocks.0.{name}" in shapes), None)
    if odd or told.flag("use_local_attn") or told.text("attention_dir", "causal") != "causal":
        what = f"its tensor 'blocks.0.{odd}'" if odd else "attention that is local or not causal"
        raise Unsupported(
            f"This model has {what}, which is not followed here, so only its attention weights are shown."
        )
    default = "silu" if config.gated else "gelu_new"
    config = replace(
        config, norm=_norm(collector, config, told), norm_weights="blocks.0.ln1.w" in shapes,
        final_norm="ln_final.w" in shapes or "blocks.0.ln1.w" not in shapes, norm_eps=told.number("eps", 1e-5),
        activation=told.activation(default, "act_fn"), parallel=told.flag("parallel_attn_mlp"),
        attention_scale=_scale(told), attention_cap=max(0.0, told.number("attn_scores_soft_cap", 0.0)),
        logit_cap=max(0.0, told.number("output_logits_soft_cap", 0.0)),
    )  # fmt: skip
    config = _positions(collector, config, told)
    assumed = f"{default}, ε = 1e-5, a {config.norm} norm and serial blocks are taken: shapes cannot tell"
    return config, "" if told.values else assumed


def _norm(collector: Collector, config: Config, told: Told) -> Norm:
    """A norm with weights shows by its bias which it is; a folded one has left nothing."""
    shapes = collector.checkpoint.shapes
    if "normalization_type" in told.values:
        return _NORMS.get(told.text("normalization_type"), "none")
    if "blocks.0.ln1.w" in shapes:
        return "layer" if "blocks.0.ln1.b" in shapes else "rms"
    return "rms" if config.gated else "layer"


def _scale(told: Told) -> float:
    if not told.flag("use_attn_scale", True):
        return 1.0
    scale = told.number("attn_scale", 0.0)
    return 1 / scale if scale > 0 else 0.0


def _positions(collector: Collector, config: Config, told: Told) -> Config:
    """Learned where there is a table; else rotary, as fast as the stored table of sines says, or as is usual."""
    checkpoint = collector.checkpoint
    kind = told.text("positional_embedding_type", "standard")
    if kind not in ("standard", "rotary"):
        raise Unsupported(f"This model has {kind} positions, which are not followed here: only weights are shown.")
    if "pos_embed.W_pos" in checkpoint.shapes:
        return replace(config, n_ctx=collector.shape("pos_embed.W_pos", 2)[0])
    if "blocks.0.attn.rotary_sin" not in checkpoint.shapes:
        return replace(config, positions="none")
    n_ctx, turned = collector.shape("blocks.0.attn.rotary_sin", 2)
    if n_ctx < 2 or turned % 2 or turned > config.d_head:
        raise UserError("The table 'blocks.0.attn.rotary_sin' does not fit the heads; use a complete checkpoint.")
    rows = [checkpoint.tensor(f"blocks.0.attn.rotary_{name}")[1].tolist() for name in ("sin", "cos")]
    angles = [math.atan2(sin, cos) for sin, cos in zip(*rows, strict=True)]  # of position 1: the speeds themselves
    paired = turned > 2 and angles[0] == angles[1]
    speeds = tuple(angles[::2] if paired else angles[: turned // 2])
    return replace(
        config, n_ctx=n_ctx, positions="rotary", rotary_dim=turned, rotary_interleaved=paired, rotary_speeds=speeds
    )


def _add_parts(collector: Collector, config: Config) -> None:
    """Canonical names are nearly the file's: shapes are the canonical ones."""
    shapes, required = collector.checkpoint.shapes, config.required()
    for name, shape in required.items():
        collector.add(name, _source(name, collector.checkpoint), shape)
        place, _, leaf = name.rpartition(".")
        bias = f"{place}.b" if leaf == "w" else f"{place}.b_{leaf[2:]}"
        source = _source(bias, collector.checkpoint)
        if name not in ("embed.W_E", "pos.W_pos") and source in shapes:
            collector.add(bias, source, shapes[source])


def _source(name: str, checkpoint: Checkpoint) -> str:
    """The file's name of a canonical weight."""
    name = {"final.w": "ln_final.w", "final.b": "ln_final.b", "pos.W_pos": "pos_embed.W_pos"}.get(name, name)
    if name[0] != "L":
        return name
    layer, _, rest = name[1:].partition(".")
    place, _, leaf = rest.partition(".")
    grouped = _keys(checkpoint) if leaf in ("W_K", "W_V", "b_K", "b_V") else ""
    return f"blocks.{layer}.{place}.{grouped}{leaf}"


FORMAT = Format("transformer_lens", "TransformerLens", recognise, read, order=25)
