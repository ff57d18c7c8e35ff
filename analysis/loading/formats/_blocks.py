"""GPT-2's names with nn.Linear's layout, as makemore, nanoGPT and the cursive transformers write them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats._gpt import Collector, count_layers, head_count, masks
from analysis.model.model import Config, ModelSpec
from analysis.model.vocabulary import Vocabulary
from analysis.values import UserError

STACK = "transformer.h."
BLOCK = {
    "ln1": "ln_1", "attn.QKV": "attn.c_attn", "attn.O": "attn.c_proj",
    "ln2": "ln_2", "mlp.in": "mlp.c_fc", "mlp.out": "mlp.c_proj",
}  # fmt: skip


def has_blocks(checkpoint: Checkpoint) -> bool:
    """Whether the names are GPT-2's and the packed projection is [3 · d_model, d_model], as nn.Linear stores it."""
    shape = checkpoint.shapes.get("transformer.h.0.attn.c_attn.weight", ())
    return len(shape) == 2 and shape[0] == 3 * shape[1]


def reads_context(checkpoint: Checkpoint) -> bool:
    """Whether anything in the file belongs to cross-attention to a context."""
    embeddings = ("transformer.wce.", "transformer.wcpe.")
    return any(name.startswith(embeddings) or ".cross_attn." in name for name in checkpoint.shapes)


def measure(collector: Collector, wanted: int | None) -> tuple[Config, str, tuple[int, ...]]:
    """A plain decoder of the file's sizes, the evidence for the head count, and the counts to choose from.

    Raises UserError when sizes do not fit together.
    """
    shapes = collector.checkpoint.shapes
    embedding = "transformer.wte.weight" if "transformer.wte.weight" in shapes else "lm_head.weight"
    d_vocab, d_model = collector.shape(embedding, 2)
    n_ctx, width = collector.shape("transformer.wpe.weight", 2)
    if width != d_model:
        raise UserError(f"'transformer.wpe.weight' is {width} wide, but {embedding!r} is {d_model}; they must agree.")
    n_heads, evidence, counts = head_count(collector.checkpoint, d_model, wanted)
    d_mlp, n_layers = collector.shape("transformer.h.0.mlp.c_fc.weight", 2)[0], count_layers(shapes, STACK)
    return Config(n_layers, n_heads, d_model, d_model // n_heads, d_vocab, n_ctx, n_heads, d_mlp), evidence, counts


def add_ends(collector: Collector, config: Config) -> str:
    """Embeddings, final norm and unembedding; returns evidence for tied embeddings, or nothing."""
    collector.add("pos.W_pos", "transformer.wpe.weight", (config.n_ctx, config.d_model))
    return collector.ends(config, "transformer.wte.weight", "lm_head.weight", "transformer.ln_f")


def read_decoder(
    checkpoint: Checkpoint, n_head: int | None, family: str, recognised: str | None,
    activation: Literal["gelu", "gelu_tanh"], vocabulary: Callable[[int], Vocabulary],
) -> ModelSpec:  # fmt: skip
    """A decoder without cross-attention; `vocabulary` makes one of a number of ids."""
    collector = Collector(checkpoint)
    config, heads, counts = measure(collector, n_head)
    config = replace(config, activation=activation)
    tied = add_ends(collector, config)
    for layer in range(config.n_layers):
        collector.layer(config, layer, STACK, BLOCK)
    evidence = (recognised, shape_evidence(config), heads, tied)
    return collector.spec(family, evidence, config, vocabulary(config.d_vocab), counts, masks(checkpoint))


def shape_evidence(config: Config) -> str:
    return (
        f"{config.n_layers} layers, width {config.d_model}, {config.d_vocab} tokens, {config.n_ctx} positions, "
        f"MLP {config.d_mlp}: from shapes"
    )
