"""GPT-2 as Hugging Face writes it: nanoGPT's names, but weights as Conv1D stores them, [in, out]."""

import re
from dataclasses import replace
from functools import partial

import torch

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._blocks import Sizes, decoder, shape_evidence
from analysis.loading.formats._gpt import Collector, Unsupported, count_layers, head_count, masks, usual_heads
from analysis.loading.formats.hugging_face._hugging import configuration
from analysis.model.model import ModelSpec
from analysis.model.vocabulary import plain

_END_OF_TEXT = {50257: 50256}


def recognise(checkpoint: Checkpoint) -> str | None:
    shapes = checkpoint.shapes
    shape = shapes.get(_prefix(checkpoint) + "h.0.attn.c_attn.weight", ())
    if len(shape) != 2 or shape[1] != 3 * shape[0] or any(".crossattention." in name for name in shapes):
        return None
    return "GPT-2 of Hugging Face: its names, with weights stored [in, out]"


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector, prefix = Collector(checkpoint), _prefix(checkpoint)
    d_vocab, d_model = collector.shape(prefix + "wte.weight", 2)
    told, source = configuration(checkpoint, "n_embd", d_model, "head count, tanh GELU and ε = 1e-5")
    if told.flag("scale_attn_by_inverse_layer_idx") or not told.flag("scale_attn_weights", True):
        raise Unsupported("This GPT-2 scales attention in another way than GPT-2, so only its weights are shown.")
    said = told.whole("n_head") or None
    n_heads, heads, counts = head_count(checkpoint, d_model, n_head, said=said, usual=usual_heads(d_model))
    n_ctx, d_mlp = collector.shape(prefix + "wpe.weight", 2)[0], collector.shape(prefix + "h.0.mlp.c_fc.weight", 2)[1]
    layers = count_layers(checkpoint.shapes, re.escape(prefix) + r"h\.(\d{1,6})\.")
    sizes = Sizes(layers, n_heads, d_model, d_vocab, n_ctx, d_mlp)
    tied = collector.unembed("lm_head.weight", prefix + "wte.weight", d_vocab, d_model)
    collector.add("pos.W_pos", prefix + "wpe.weight", (n_ctx, d_model))
    collector.norm("final", prefix + "ln_f", d_model, True)
    for layer in range(layers):
        _add_layer(collector, sizes, f"L{layer}.", f"{prefix}h.{layer}.")
    activation = told.activation("gelu_new", "activation_function")
    eps = told.number("layer_norm_epsilon", 1e-5)
    return ModelSpec(
        family="GPT-2",
        evidence=tuple(filter(None, (recognise(checkpoint), shape_evidence(sizes), source, heads, tied))),
        config=replace(decoder(sizes), activation=activation, norm_eps=eps),
        parts=collector.parts,
        vocabulary=plain(d_vocab, _END_OF_TEXT.get(d_vocab)),
        ignored=masks(checkpoint),
        head_counts=counts,
    )


def _prefix(checkpoint: Checkpoint) -> str:
    return "transformer." if "transformer.h.0.attn.c_attn.weight" in checkpoint.shapes else ""


def columns(first: int, heads: int, d_head: int, tensor: torch.Tensor) -> torch.Tensor:
    """Conv1D's [in, out] from column `first` on → [heads, in, d_head]; a bias [out] → [heads, d_head]."""
    split = tensor[..., first : first + heads * d_head].unflatten(-1, (heads, d_head))
    return split if tensor.ndim == 1 else split.transpose(0, 1)


def rows(heads: int, d_head: int, tensor: torch.Tensor) -> torch.Tensor:
    return tensor.unflatten(0, (heads, d_head))


def _add_layer(collector: Collector, sizes: Sizes, at: str, source: str) -> None:
    heads, d_head, d_model = sizes.heads
    for place, letter in enumerate("QKV"):
        take = partial(columns, place * d_model, heads, d_head)
        collector.add(f"{at}attn.W_{letter}", source + "attn.c_attn.weight", (d_model, 3 * d_model), take)
        collector.add(f"{at}attn.b_{letter}", source + "attn.c_attn.bias", (3 * d_model,), take)
    by_rows = partial(rows, heads, d_head)
    collector.add(at + "attn.W_O", source + "attn.c_proj.weight", (d_model, d_model), by_rows)
    collector.add(at + "attn.b_O", source + "attn.c_proj.bias", (d_model,))
    for part, name, shape in (("in", "c_fc", (d_model, sizes.d_mlp)), ("out", "c_proj", (sizes.d_mlp, d_model))):
        collector.add(f"{at}mlp.W_{part}", f"{source}mlp.{name}.weight", shape)
        collector.add(f"{at}mlp.b_{part}", f"{source}mlp.{name}.bias", shape[1:])
    for part, name in (("ln1", "ln_1"), ("ln2", "ln_2")):
        collector.norm(at + part, source + name, d_model, True)


FORMAT = Format("gpt2", "GPT-2", recognise, read, order=35)
