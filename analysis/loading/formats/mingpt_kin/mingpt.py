"""minGPT in its first form: tok_emb, pos_emb, blocks.N with query, key and value apart, exact GELU.

Its later form writes the same file as makemore.
"""

from functools import partial

import torch

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._blocks import shape_evidence
from analysis.loading.formats._gpt import Collector, count_layers, head_count, masks, usual_heads
from analysis.model.model import Config, ModelSpec
from analysis.model.vocabulary import plain

_LAYER = {
    "ln1": "ln1", "attn.Q": "attn.query", "attn.K": "attn.key", "attn.V": "attn.value", "attn.O": "attn.proj",
    "ln2": "ln2", "mlp.in": "mlp.0", "mlp.out": "mlp.2",
}  # fmt: skip
_NEEDED = {"tok_emb.weight", "pos_emb", "head.weight", *(f"blocks.0.attn.{name}.weight" for name in ("query", "proj"))}


def recognise(checkpoint: Checkpoint) -> str | None:
    return "minGPT, first form: tok_emb, pos_emb and blocks; exact GELU" if set(checkpoint.shapes) >= _NEEDED else None


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector = Collector(checkpoint)
    d_vocab, d_model = collector.shape("tok_emb.weight", 2)
    n_ctx = collector.shape("pos_emb", 3)[1]
    n_heads, heads, counts = head_count(checkpoint, d_model, n_head, usual=usual_heads(d_model))
    config = Config(
        count_layers(checkpoint.shapes, "blocks."), n_heads, d_model, d_model // n_heads, d_vocab, n_ctx, n_heads,
        collector.shape("blocks.0.mlp.0.weight", 2)[0], activation="gelu",
    )  # fmt: skip
    collector.ends(config, "tok_emb.weight", "head.weight", "ln_f", biased=True)
    collector.add("pos.W_pos", "pos_emb", (1, n_ctx, d_model), partial(torch.squeeze, dim=0))
    for layer in range(config.n_layers):
        collector.layer(config, layer, "blocks.", _LAYER, biased=True)
    evidence = (recognise(checkpoint), shape_evidence(config), heads)
    return collector.spec("minGPT", evidence, config, plain(d_vocab), counts, masks(checkpoint, r".*attn\.mask"))


FORMAT = Format("mingpt", "minGPT (first form)", recognise, read, order=55)
