"""makemore's Transformer and minGPT, which write the same file: GPT-2's names, biases, causal masks kept in it."""

from functools import partial

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._blocks import has_blocks, read_decoder, reads_context
from analysis.loading.formats._gpt import masks
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
    vocabulary = partial(plain, bos=0)  # makemore starts every word with token 0
    return read_decoder(checkpoint, n_head, "makemore", recognise(checkpoint), "gelu_tanh", vocabulary)


FORMAT = Format("makemore", "makemore, minGPT", recognise, read, order=40)
