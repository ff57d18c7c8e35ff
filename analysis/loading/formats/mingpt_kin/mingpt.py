"""minGPT in its first form: tok_emb, pos_emb, blocks.N with query, key and value apart, exact GELU.

Its later form writes the same file as makemore.
"""

from dataclasses import replace
from functools import partial

import torch

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._blocks import Sizes, decoder, shape_evidence
from analysis.loading.formats._gpt import Collector, count_layers, head_count, masks, usual_heads
from analysis.model.model import ModelSpec
from analysis.model.vocabulary import plain

_NEEDED = {"tok_emb.weight", "pos_emb", "head.weight", *(f"blocks.0.attn.{name}.weight" for name in ("query", "proj"))}


def recognise(checkpoint: Checkpoint) -> str | None:
    return "minGPT, first form: tok_emb, pos_emb and blocks; exact GELU" if set(checkpoint.shapes) >= _NEEDED else None


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector = Collector(checkpoint)
    d_vocab, d_model = collector.shape("tok_emb.weight", 2)
    n_ctx = collector.shape("pos_emb", 3)[1]
    n_heads, heads, counts = head_count(checkpoint, d_model, n_head, usual=usual_heads(d_model))
    layers = count_layers(checkpoint.shapes, r"blocks\.(\d{1,6})\.")
    sizes = Sizes(layers, n_heads, d_model, d_vocab, n_ctx, collector.shape("blocks.0.mlp.0.weight", 2)[0])
    collector.unembed("head.weight", "tok_emb.weight", d_vocab, d_model)
    collector.add("pos.W_pos", "pos_emb", (1, n_ctx, d_model), partial(torch.squeeze, dim=0))
    collector.norm("final", "ln_f", d_model, True)
    for layer in range(layers):
        _add_layer(collector, sizes, f"L{layer}.", f"blocks.{layer}.")
    return ModelSpec(
        family="minGPT",
        evidence=(str(recognise(checkpoint)), shape_evidence(sizes), heads),
        config=replace(decoder(sizes), activation="gelu"),
        parts=collector.parts,
        vocabulary=plain(d_vocab),
        ignored=masks(checkpoint, r".*attn\.mask"),
        head_counts=counts,
    )


def _add_layer(collector: Collector, sizes: Sizes, at: str, source: str) -> None:
    for letter, name in zip("QKV", ("query", "key", "value"), strict=True):
        collector.packed(at + "attn", letter, f"{source}attn.{name}", sizes.heads, True)
    collector.output(at + "attn", source + "attn.proj", sizes.heads, True)
    collector.linear(at + "mlp.W_in", at + "mlp.b_in", source + "mlp.0", sizes.d_model, sizes.d_mlp, True)
    collector.linear(at + "mlp.W_out", at + "mlp.b_out", source + "mlp.2", sizes.d_mlp, sizes.d_model, True)
    collector.norm(at + "ln1", source + "ln1", sizes.d_model, True)
    collector.norm(at + "ln2", source + "ln2", sizes.d_model, True)


FORMAT = Format("mingpt", "minGPT (first form)", recognise, read, order=55)
