"""The cursive transformer, in both of its public forks (greydanus and zwimpee).

A GPT that writes handwriting as stroke tokens and reads the text to write by cross-attention, between self-attention
and MLP. Padding in the text is attended to like any other character. Some blocks may have no cross-attention.
"""

from dataclasses import replace

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._blocks import (
    Sizes,
    add_block,
    add_ends,
    decoder,
    has_bias,
    has_blocks,
    measure,
    reads_context,
    shape_evidence,
)
from analysis.loading.formats._gpt import Collector, masks
from analysis.model.model import ModelSpec
from analysis.model.vocabulary import characters, plain, strokes
from analysis.values import UserError


def recognise(checkpoint: Checkpoint) -> str | None:
    if not (reads_context(checkpoint) and has_blocks(checkpoint)):
        return None
    return "cursive transformer: context embeddings or cross-attention beside GPT-2's names"


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector = Collector(checkpoint)
    sizes, heads_evidence, counts = measure(collector, n_head)
    d_vocab_context, d_context = collector.shape("transformer.wce.weight", 2)
    n_ctx_context = collector.shape("transformer.wcpe.weight", 2)[0]
    tied = add_ends(collector, sizes)
    collector.add("context.W_E", "transformer.wce.weight", (d_vocab_context, d_context))
    collector.add("context.W_pos", "transformer.wcpe.weight", (n_ctx_context, d_context))
    crossed = _add_layers(collector, sizes, d_context)
    unread = _unread_norms(checkpoint, sizes, crossed)
    layers = "every layer" if len(crossed) == sizes.n_layers else f"layers {', '.join(map(str, crossed))}"
    text = f"{layers} with cross-attention to {n_ctx_context} characters of {d_vocab_context}, width {d_context}"
    unused = f"not part of the computation, no cross-attention beside them: {', '.join(unread)}" if unread else ""
    config = replace(
        decoder(sizes),
        cross_layers=crossed,
        d_context=d_context,
        n_ctx_context=n_ctx_context,
        d_vocab_context=d_vocab_context,
    )
    evidence = (recognise(checkpoint), shape_evidence(sizes), text, heads_evidence, tied, unused)
    return ModelSpec(
        family="Cursive transformer",
        evidence=tuple(filter(None, evidence)),
        config=config,
        parts=collector.parts,
        vocabulary=strokes(sizes.d_vocab, d_vocab_context) or plain(sizes.d_vocab),
        context_vocabulary=characters(d_vocab_context),
        ignored=masks(checkpoint) + unread,
        head_counts=counts,
    )


def _add_layers(collector: Collector, sizes: Sizes, d_context: int) -> tuple[int, ...]:
    """Every block; returns the layers that have cross-attention."""
    crossed = []
    for layer in range(sizes.n_layers):
        source = f"transformer.h.{layer}."
        third = source + "ln_3.weight" in collector.checkpoint.shapes
        if any(name.startswith(source + "cross_attn.") for name in collector.checkpoint.shapes):
            crossed.append(layer)
            _add_cross(collector, sizes, layer, d_context)
            third = True
        add_block(collector, sizes, layer, mlp_norm="ln_3" if third else "ln_2")
    if not crossed:
        raise UserError(
            "This cursive transformer has context embeddings but no cross-attention; use a complete checkpoint."
        )
    return tuple(crossed)


def _add_cross(collector: Collector, sizes: Sizes, layer: int, d_context: int) -> None:
    at, source = f"L{layer}.cross", f"transformer.h.{layer}.cross_attn."
    read_by, has = (sizes.n_heads, sizes.d_head, d_context), collector.checkpoint
    norm = f"transformer.h.{layer}.ln_2"
    collector.norm(f"L{layer}.ln_cross", norm, sizes.d_model, has_bias(has, "transformer.h.0.ln_1", norm))
    collector.packed(at, "Q", source + "c_attn_q", sizes.heads, has_bias(has, source + "c_attn_q"))
    collector.packed(at, "KV", source + "c_attn_kv", read_by, has_bias(has, source + "c_attn_kv"))
    collector.output(at, source + "c_proj", sizes.heads, has_bias(has, source + "c_proj"))


def _unread_norms(checkpoint: Checkpoint, sizes: Sizes, crossed: tuple[int, ...]) -> tuple[str, ...]:
    """Norms of cross-attentions that are not there: a block without one that still carries three norms."""
    blocks = [f"transformer.h.{layer}." for layer in range(sizes.n_layers) if layer not in crossed]
    spare = [block for block in blocks if block + "ln_3.weight" in checkpoint.shapes]
    return tuple(name for block in spare for name in checkpoint.shapes if name.startswith(block + "ln_2."))


FORMAT = Format("cursive", "Cursive transformer", recognise, read, order=20)
