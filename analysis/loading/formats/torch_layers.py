"""Stacks of torch.nn.TransformerEncoderLayer or TransformerDecoderLayer, with whatever embeddings lie around them."""

import math
import re
from dataclasses import dataclass, replace

import torch

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._gpt import Collector, Shape, attention_only, count_layers, head_count, usual_heads
from analysis.model.model import Config, ModelSpec
from analysis.model.vocabulary import plain
from analysis.values import UserError

_ENCODER = {
    "attn.QKV": "self_attn.in_proj", "attn.O": "self_attn.out_proj", "ln1": "norm1", "ln2": "norm2",
    "mlp.in": "linear1", "mlp.out": "linear2",
}  # fmt: skip
_DECODER = _ENCODER | {
    "cross.QKV": "multihead_attn.in_proj", "cross.O": "multihead_attn.out_proj", "ln_cross": "norm2", "ln2": "norm3",
}  # fmt: skip
_FIRST = re.compile(r"((?:.*\.)?layers\.)0\.self_attn\.in_proj_weight")
_TOKENS = (
    "embedding", "embeddings", "embed", "emb", "tok_emb", "tok_embed", "tok_embedding", "token_emb", "token_embed",
    "token_embedding", "token_embeddings", "embed_tokens", "wte", "encoder", "tgt_emb", "tgt_embedding",
)  # fmt: skip
_POSITIONS = (
    "pos_emb", "pos_embed", "pos_embedding", "pos_embeddings", "position_embedding", "position_embeddings",
    "positional_embedding", "embed_positions", "wpe",
)  # fmt: skip
_HEADS = ("lm_head", "head", "decoder", "fc_out", "fc", "linear", "out", "output", "output_projection", "generator")
_PLACE = (
    "taken to be causal, with ReLU and each norm after its sublayer as is torch's default (norm_first=False): "
    "shapes cannot tell"
)


@dataclass(frozen=True)
class Ends:
    """Names of the tensors around the stack; empty where there is none."""

    tokens: str
    positions: str
    head: str


def recognise(checkpoint: Checkpoint) -> str | None:
    stack = _stack(checkpoint)
    if stack is None:
        return None
    layer = "Decoder" if _reads_memory(checkpoint, stack) else "Encoder"
    return f"torch.nn.Transformer{layer}: packed in_proj_weight in {stack}N"


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector, stack = Collector(checkpoint), str(_stack(checkpoint))
    d_model = collector.shape(stack + "0.self_attn.in_proj_weight", 2)[1]
    n_heads, heads, counts = head_count(checkpoint, d_model, n_head, usual=usual_heads(d_model))
    layers = count_layers(checkpoint.shapes, stack)
    d_mlp, memory = collector.shape(stack + "0.linear1.weight", 2)[0], _reads_memory(checkpoint, stack)
    ends, missing = _ends(checkpoint, stack, d_model)
    reason = "its cross-attention reads another network's output" if memory else missing
    final = stack.removesuffix("layers.") + "norm"
    config = Config(
        n_layers=layers, n_heads=n_heads, d_model=d_model, d_head=d_model // n_heads, n_kv_heads=n_heads, d_mlp=d_mlp,
        d_vocab=checkpoint.shapes[ends.tokens][0] if ends.tokens else 0, n_ctx=2048, norm_place="after",
        activation="relu", final_norm=final + ".weight" in checkpoint.shapes, positions="none",
        cross_layers=tuple(range(layers)) if memory else (), d_context=d_model if memory else 0,
    )  # fmt: skip
    for layer in range(layers):
        _check_keys(checkpoint, f"{stack}{layer}.")
        collector.layer(config, layer, stack, _DECODER if memory else _ENCODER)
    said = "" if reason else _PLACE
    if not reason:
        config, around = _add_ends(collector, config, ends, final)
        said += around
    evidence = (recognise(checkpoint), heads, said)
    spec = collector.spec("torch.nn.Transformer", evidence, config, plain(config.d_vocab), counts)
    return attention_only(spec, f"This model cannot be run: {reason}; its weights are shown.") if reason else spec


def _stack(checkpoint: Checkpoint) -> str | None:
    """The prefix of the layers; of two stacks the one with cross-attention (nn.Transformer's decoder)."""
    found = [match[1] for name in checkpoint.shapes if (match := _FIRST.fullmatch(name))]
    whole = [
        stack for stack in found if {f"{stack}0.linear1.weight", f"{stack}0.norm1.weight"} <= set(checkpoint.shapes)
    ]
    return max(whole, key=lambda stack: _reads_memory(checkpoint, stack), default=None)


def _reads_memory(checkpoint: Checkpoint, stack: str) -> bool:
    return f"{stack}0.multihead_attn.in_proj_weight" in checkpoint.shapes


# ---- around the stack --------------------------------------------------------------------------------------------


def _ends(checkpoint: Checkpoint, stack: str, d_model: int) -> tuple[Ends, str]:
    """What lies around the stack, and what is missing for running the model, in words."""
    around = {name: shape for name, shape in checkpoint.shapes.items() if not name.startswith(stack)}
    tokens = _named(around, _TOKENS, d_model)
    if not tokens:
        return Ends("", "", ""), "no token embedding was recognised"
    positions = _named(around, _POSITIONS, d_model) or _table(around, d_model)
    head = _named(around, _HEADS, d_model)
    if head and around[head] != around[tokens]:
        return Ends(tokens, positions, ""), f"{head!r} gives no logits for its {around[tokens][0]} tokens"
    return Ends(tokens, positions, head), ""


def _named(around: dict[str, Shape], names: tuple[str, ...], d_model: int) -> str:
    """The matrix [any, d_model] whose module, or itself, has the first of these names; empty: none."""
    for wanted in names:
        for name, shape in around.items():
            if len(shape) == 2 and shape[1] == d_model and name.removesuffix(".weight").rpartition(".")[2] == wanted:
                return name
    return ""


def _table(around: dict[str, Shape], d_model: int) -> str:
    """Positions as one array with an axis of 1: a parameter of a usual name, or the sines of PyTorch's tutorial."""
    for name, shape in around.items():
        leaf = name.rpartition(".")[2]
        if leaf in (*_POSITIONS, "pe") and len(shape) == 3 and shape[2] == d_model and 1 in shape[:2]:
            return name
    return ""


def _flat(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.flatten(0, 1) if tensor.ndim == 3 else tensor


def _add_ends(collector: Collector, config: Config, ends: Ends, final: str) -> tuple[Config, str]:
    """The configuration with what the ends tell, and more evidence."""
    shapes, d_model = collector.checkpoint.shapes, config.d_model
    tied = collector.ends(config, ends.tokens, ends.head or "no head", final if config.final_norm else "")
    told = f"; {tied}" if tied else ""
    if not ends.positions:
        return config, told + "; no table of positions was found, so none are added"
    shape = shapes[ends.positions]
    collector.add("pos.W_pos", ends.positions, shape, _flat)
    config = replace(config, positions="learned", n_ctx=math.prod(shape[:-1]))
    if ends.positions.rpartition(".")[2] != "pe":
        return config, told
    scaled = replace(config, embed_scale=math.sqrt(d_model))
    return scaled, told + "; embeddings are taken to be multiplied by √d_model before the sines are added, as is usual"


def _check_keys(checkpoint: Checkpoint, layer: str) -> None:
    for source in (layer + "self_attn.", layer + "multihead_attn."):
        if any(name.startswith(source + "bias_") for name in checkpoint.shapes):
            raise UserError(f"The attention {source!r} adds a learned key (add_bias_kv), which is not supported.")


FORMAT = Format("torch_layers", "torch.nn.TransformerEncoder, TransformerDecoder", recognise, read, order=80)
