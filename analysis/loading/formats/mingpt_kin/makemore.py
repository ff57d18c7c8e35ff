"""makemore's Transformer and minGPT, which write the same file: GPT-2's names, biases, causal masks kept in it."""

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._blocks import (
    add_block,
    add_ends,
    decoder,
    has_blocks,
    measure,
    reads_context,
    shape_evidence,
)
from analysis.loading.formats._gpt import Collector, masks
from analysis.model.model import ModelSpec
from analysis.model.vocabulary import plain


def recognise(checkpoint: Checkpoint) -> str | None:
    names = set(checkpoint.shapes)
    biased = {"transformer.h.0.attn.c_attn.bias", "transformer.ln_f.bias", "lm_head.weight"} <= names
    if reads_context(checkpoint) or "model_args" in checkpoint.metadata:
        return None
    if not (biased and has_blocks(checkpoint) and masks(checkpoint)):
        return None
    return (
        "makemore or minGPT: GPT-2's names with biases and causal masks; taken to use its tanh form of GELU, "
        "since shapes cannot tell it from the exact form"
    )


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector = Collector(checkpoint)
    sizes, heads_evidence, counts = measure(collector, n_head)
    tied = add_ends(collector, sizes)
    for layer in range(sizes.n_layers):
        add_block(collector, sizes, layer)
    return ModelSpec(
        family="makemore",
        evidence=tuple(filter(None, (recognise(checkpoint), shape_evidence(sizes), heads_evidence, tied))),
        config=decoder(sizes),
        parts=collector.parts,
        vocabulary=plain(sizes.d_vocab, bos=0),  # makemore starts every word with token 0
        ignored=masks(checkpoint),
        head_counts=counts,
    )


FORMAT = Format("makemore", "makemore, minGPT", recognise, read, order=40)
