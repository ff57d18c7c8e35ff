"""nanoGPT: GPT-2's names, biases or none, tied embeddings, the configuration in model_args."""

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._blocks import has_blocks, read_decoder, reads_context
from analysis.model.model import ModelSpec
from analysis.model.vocabulary import Vocabulary, plain

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
    return read_decoder(checkpoint, n_head, "nanoGPT", recognise(checkpoint), "gelu", _vocabulary)


def _vocabulary(size: int) -> Vocabulary:
    return plain(size, _GPT2_END_OF_TEXT.get(size))


FORMAT = Format("nanogpt", "nanoGPT", recognise, read, order=50)
