"""GPT-2's names with nn.Linear's layout, as makemore, nanoGPT and the cursive transformers write them."""

from dataclasses import dataclass

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats._gpt import Collector, count_layers, head_count
from analysis.model.model import Config
from analysis.values import UserError

LAYER = r"transformer\.h\.(\d{1,6})\."


@dataclass(frozen=True)
class Sizes:
    """What the shapes and the head count tell."""

    n_layers: int
    n_heads: int
    d_model: int
    d_vocab: int
    n_ctx: int
    d_mlp: int

    @property
    def d_head(self) -> int:
        return self.d_model // self.n_heads

    @property
    def heads(self) -> tuple[int, int, int]:
        return self.n_heads, self.d_head, self.d_model


def has_blocks(checkpoint: Checkpoint) -> bool:
    """Whether the names are GPT-2's and the packed projection is [3 · d_model, d_model], as nn.Linear stores it."""
    shape = checkpoint.shapes.get("transformer.h.0.attn.c_attn.weight", ())
    return len(shape) == 2 and shape[0] == 3 * shape[1]


def reads_context(checkpoint: Checkpoint) -> bool:
    """Whether anything in the file belongs to cross-attention to a context."""
    embeddings = ("transformer.wce.", "transformer.wcpe.")
    return any(name.startswith(embeddings) or ".cross_attn." in name for name in checkpoint.shapes)


def measure(collector: Collector, wanted: int | None) -> tuple[Sizes, str, tuple[int, ...]]:
    """Sizes, the evidence for the head count, and the counts to choose from; raises UserError on misfits."""
    shapes = collector.checkpoint.shapes
    embedding = "transformer.wte.weight" if "transformer.wte.weight" in shapes else "lm_head.weight"
    d_vocab, d_model = collector.shape(embedding, 2)
    n_ctx, width = collector.shape("transformer.wpe.weight", 2)
    if width != d_model:
        raise UserError(f"'transformer.wpe.weight' is {width} wide, but {embedding!r} is {d_model}; they must agree.")
    n_heads, evidence, counts = head_count(collector.checkpoint, d_model, wanted)
    d_mlp = collector.shape("transformer.h.0.mlp.c_fc.weight", 2)[0]
    return Sizes(count_layers(shapes, LAYER), n_heads, d_model, d_vocab, n_ctx, d_mlp), evidence, counts


def has_bias(checkpoint: Checkpoint, *sources: str) -> bool:
    """Whether any of these layers has a bias; then all must have one, so that none is left uninitialised."""
    return any(len(checkpoint.shapes.get(source + ".bias", ())) == 1 for source in sources)


def add_ends(collector: Collector, sizes: Sizes) -> str:
    """Embeddings, final norm and unembedding; returns evidence for tied embeddings, or nothing."""
    tied = collector.unembed("lm_head.weight", "transformer.wte.weight", sizes.d_vocab, sizes.d_model)
    collector.add("pos.W_pos", "transformer.wpe.weight", (sizes.n_ctx, sizes.d_model))
    collector.norm("final", "transformer.ln_f", sizes.d_model, has_bias(collector.checkpoint, "transformer.ln_f"))
    if has_bias(collector.checkpoint, "lm_head"):
        collector.add("unembed.b_U", "lm_head.bias", (sizes.d_vocab,))
    return tied


def add_block(collector: Collector, sizes: Sizes, layer: int, mlp_norm: str = "ln_2") -> None:
    """One block: self-attention and MLP, each behind its norm."""
    at, source = f"L{layer}.", f"transformer.h.{layer}."
    first, has = "transformer.h.0.", collector.checkpoint
    normed = has_bias(has, first + "ln_1", source + mlp_norm)
    collector.norm(at + "ln1", source + "ln_1", sizes.d_model, normed)
    collector.norm(at + "ln2", source + mlp_norm, sizes.d_model, normed)
    attended = has_bias(has, first + "attn.c_attn", source + "attn.c_attn")
    collector.packed(at + "attn", "QKV", source + "attn.c_attn", sizes.heads, attended)
    written = has_bias(has, first + "attn.c_proj", source + "attn.c_proj")
    collector.output(at + "attn", source + "attn.c_proj", sizes.heads, written)
    wide = has_bias(has, first + "mlp.c_fc", source + "mlp.c_fc")
    collector.linear(at + "mlp.W_in", at + "mlp.b_in", source + "mlp.c_fc", sizes.d_model, sizes.d_mlp, wide)
    back = has_bias(has, first + "mlp.c_proj", source + "mlp.c_proj")
    collector.linear(at + "mlp.W_out", at + "mlp.b_out", source + "mlp.c_proj", sizes.d_mlp, sizes.d_model, back)


def decoder(sizes: Sizes) -> Config:
    """The configuration of a plain decoder of these sizes, with the tanh form of GELU."""
    return Config(
        n_layers=sizes.n_layers,
        n_heads=sizes.n_heads,
        d_model=sizes.d_model,
        d_head=sizes.d_head,
        d_vocab=sizes.d_vocab,
        n_ctx=sizes.n_ctx,
        n_kv_heads=sizes.n_heads,
        d_mlp=sizes.d_mlp,
    )


def shape_evidence(sizes: Sizes) -> str:
    return (
        f"{sizes.n_layers} layers, width {sizes.d_model}, {sizes.d_vocab} tokens, {sizes.n_ctx} positions, "
        f"MLP {sizes.d_mlp}: from shapes"
    )
