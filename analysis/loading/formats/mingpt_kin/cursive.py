"""The cursive transformer, in both of its public forks (greydanus and zwimpee).

A GPT that writes handwriting as stroke tokens and reads the text to write by cross-attention, between self-attention
and MLP. Padding in the text is attended to like any other character. Some blocks may have no cross-attention.
"""

from dataclasses import replace

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._blocks import (
    BLOCK,
    STACK,
    add_ends,
    has_blocks,
    measure,
    reads_context,
    shape_evidence,
)
from analysis.loading.formats._gpt import Collector, masks
from analysis.model.model import Config, ModelSpec
from analysis.model.vocabulary import characters, plain, strokes
from analysis.values import UserError

_CROSS = {
    "ln_cross": "ln_2", "cross.Q": "cross_attn.c_attn_q", "cross.KV": "cross_attn.c_attn_kv",
    "cross.O": "cross_attn.c_proj", "ln2": "ln_3",
}  # fmt: skip


def recognise(checkpoint: Checkpoint) -> str | None:
    if not (reads_context(checkpoint) and has_blocks(checkpoint)):
        return None
    return "cursive transformer: context embeddings or cross-attention beside GPT-2's names"


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector = Collector(checkpoint)
    config, heads, counts = measure(collector, n_head)
    d_vocab_context, d_context = collector.shape("transformer.wce.weight", 2)
    n_ctx_context = collector.shape("transformer.wcpe.weight", 2)[0]
    crossed = _crossed(checkpoint, config.n_layers)
    config = replace(
        config, cross_layers=crossed, d_context=d_context, n_ctx_context=n_ctx_context, d_vocab_context=d_vocab_context
    )
    tied = add_ends(collector, config)
    collector.add("context.W_E", "transformer.wce.weight", (d_vocab_context, d_context))
    collector.add("context.W_pos", "transformer.wcpe.weight", (n_ctx_context, d_context))
    for layer in range(config.n_layers):
        third = {"ln2": "ln_3"} if f"{STACK}{layer}.ln_3.weight" in checkpoint.shapes else {}
        collector.layer(config, layer, STACK, BLOCK | (_CROSS if layer in crossed else third))
    unread = _unread_norms(checkpoint, config)
    layers = "every layer" if len(crossed) == config.n_layers else f"layers {', '.join(map(str, crossed))}"
    text = f"{layers} with cross-attention to {n_ctx_context} characters of {d_vocab_context}, width {d_context}"
    unused = f"not part of the computation, no cross-attention beside them: {', '.join(unread)}" if unread else ""
    return collector.spec(
        "Cursive transformer", (recognise(checkpoint), shape_evidence(config), text, heads, tied, unused), config,
        strokes(config.d_vocab, d_vocab_context) or plain(config.d_vocab), counts, masks(checkpoint) + unread,
        characters(d_vocab_context),
    )  # fmt: skip


def _crossed(checkpoint: Checkpoint, n_layers: int) -> tuple[int, ...]:
    """The layers that have cross-attention."""
    names = [f"{STACK}{layer}.cross_attn." for layer in range(n_layers)]
    crossed = [layer for layer, start in enumerate(names) if any(name.startswith(start) for name in checkpoint.shapes)]
    if not crossed:
        raise UserError(
            "This cursive transformer has context embeddings but no cross-attention; use a complete checkpoint."
        )
    return tuple(crossed)


def _unread_norms(checkpoint: Checkpoint, config: Config) -> tuple[str, ...]:
    """Norms of cross-attentions that are not there: a block without one that still carries three norms."""
    blocks = [f"{STACK}{layer}." for layer in range(config.n_layers) if layer not in config.cross_layers]
    spare = [block for block in blocks if block + "ln_3.weight" in checkpoint.shapes]
    return tuple(name for block in spare for name in checkpoint.shapes if name.startswith(block + "ln_2."))


FORMAT = Format("cursive", "Cursive transformer", recognise, read, order=20)
