"""nanoGPT: GPT-2's names, biases or none, tied embeddings, the configuration in model_args."""

from dataclasses import replace

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

_GPT2_END_OF_TEXT = {50257: 50256, 50304: 50256}  # GPT-2's vocabulary, as it is and padded as nanoGPT pads it


def recognise(checkpoint: Checkpoint) -> str | None:
    if reads_context(checkpoint) or not has_blocks(checkpoint):
        return None
    if "model_args" in checkpoint.metadata:
        return "nanoGPT: GPT-2's names with model_args beside them; exact GELU"
    biases = "biases" if "transformer.h.0.attn.c_attn.bias" in checkpoint.shapes else "no biases"
    return (
        f"nanoGPT: GPT-2's names with {biases} and no model_args; taken to use its exact GELU, "
        "since shapes cannot tell it from the tanh form"
    )


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector = Collector(checkpoint)
    sizes, heads_evidence, counts = measure(collector, n_head)
    tied = add_ends(collector, sizes)
    for layer in range(sizes.n_layers):
        add_block(collector, sizes, layer)
    return ModelSpec(
        family="nanoGPT",
        evidence=tuple(filter(None, (recognise(checkpoint), shape_evidence(sizes), heads_evidence, tied))),
        config=replace(decoder(sizes), activation="gelu"),
        parts=collector.parts,
        vocabulary=plain(sizes.d_vocab, _GPT2_END_OF_TEXT.get(sizes.d_vocab)),
        ignored=masks(checkpoint),
        head_counts=counts,
    )


FORMAT = Format("nanogpt", "nanoGPT", recognise, read, order=50)
