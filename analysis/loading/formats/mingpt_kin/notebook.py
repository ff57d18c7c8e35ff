"""The layout the induction-head notebook assumes: transformer.layers.N.self_attn with q, k, v and out projections."""

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._blocks import has_bias
from analysis.loading.formats._gpt import Collector, count_layers, head_count
from analysis.model.model import Config, ModelSpec
from analysis.model.vocabulary import plain, strokes
from analysis.values import UserError

_LAYER = r"transformer\.layers\.(\d{1,6})\."
_TOKENS = ("wte", "token_embedding", "tok_emb", "embed_tokens", "embedding")
_POSITIONS = ("wpe", "pos_embedding", "position_embedding", "pos_emb", "embed_positions")
_FINAL = ("ln_f", "final_norm", "norm")
_HEAD = ("lm_head", "output_projection", "head", "fc_out")
_NORMS = (("norm1", "norm2"), ("ln_1", "ln_2"), ("ln1", "ln2"))
_MLPS = (("linear1", "linear2"), ("fc1", "fc2"), ("mlp.c_fc", "mlp.c_proj"), ("mlp.fc1", "mlp.fc2"))


def recognise(checkpoint: Checkpoint) -> str | None:
    needed = {f"transformer.layers.0.self_attn.{name}_proj.weight" for name in ("q", "k", "v", "out")}
    if not needed <= set(checkpoint.shapes):
        return None
    return "the notebook's layout: transformer.layers.N.self_attn with q, k, v and out projections"


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector = Collector(checkpoint)
    width, d_model = collector.shape("transformer.layers.0.self_attn.q_proj.weight", 2)
    n_heads, heads_evidence, counts = head_count(checkpoint, width, n_head)
    d_vocab, n_ctx, tied = _add_ends(collector, d_model)
    layers = count_layers(checkpoint.shapes, _LAYER)
    normed = [_add_layer(collector, layer, (n_heads, width // n_heads, d_model)) for layer in range(layers)]
    if len(set(normed)) > 1:
        raise UserError("Some layers have a norm or an MLP and others have none; such a model cannot be shown.")
    norms, d_mlp = normed[0]
    config = Config(
        n_layers=layers, n_heads=n_heads, d_model=d_model, d_head=width // n_heads, d_vocab=d_vocab,
        n_ctx=n_ctx or 2048, n_kv_heads=n_heads, d_mlp=d_mlp, norm="layer" if norms else "none",
        positions="learned" if n_ctx else "none",
    )  # fmt: skip
    if bool(norms) != ("final.w" in collector.parts):
        raise UserError("The checkpoint must have norms in its layers and before its output, or in neither place.")
    assumed = "taken to read through each norm before its sublayer, with the tanh form of GELU: shapes cannot tell"
    return ModelSpec(
        family="Notebook layout",
        evidence=tuple(filter(None, (recognise(checkpoint), heads_evidence, assumed, tied))),
        config=config,
        parts=collector.parts,
        vocabulary=strokes(d_vocab) or plain(d_vocab),
        head_counts=counts,
    )


def _find(checkpoint: Checkpoint, names: tuple[str, ...]) -> str | None:
    """The module of one of these names that has a weight, inside "transformer" or beside it."""
    places = (prefix + name for name in names for prefix in ("transformer.", ""))
    return next((place for place in places if place + ".weight" in checkpoint.shapes), None)


def _add_ends(collector: Collector, d_model: int) -> tuple[int, int, str]:
    """Embeddings, final norm and unembedding; returns d_vocab, the number of positions (0: none) and evidence."""
    checkpoint = collector.checkpoint
    tokens, head = _find(checkpoint, _TOKENS), _find(checkpoint, _HEAD)
    if tokens is None:
        raise UserError(f"No token embedding was found; one of {', '.join(_TOKENS)} must be in the checkpoint.")
    d_vocab, n_ctx = collector.shape(tokens + ".weight", 2)[0], 0
    tied = collector.unembed(f"{head or 'lm_head'}.weight", tokens + ".weight", d_vocab, d_model)
    if head and has_bias(checkpoint, head):
        collector.add("unembed.b_U", head + ".bias", (d_vocab,))
    if positions := _find(checkpoint, _POSITIONS):
        n_ctx = collector.shape(positions + ".weight", 2)[0]
        collector.add("pos.W_pos", positions + ".weight", (n_ctx, d_model))
    if final := _find(checkpoint, _FINAL):
        collector.norm("final", final, d_model, has_bias(checkpoint, final))
    return d_vocab, n_ctx, tied


def _add_layer(collector: Collector, layer: int, sizes: tuple[int, int, int]) -> tuple[bool, int]:
    """One layer; returns whether it has norms, and the width of its MLP (0: none)."""
    at, source, has = f"L{layer}.", f"transformer.layers.{layer}.", collector.checkpoint
    biased = has_bias(has, *(f"{source}self_attn.{name}_proj" for name in "qkv"))
    for letter in "QKV":
        collector.packed(at + "attn", letter, f"{source}self_attn.{letter.lower()}_proj", sizes, biased)
    collector.output(at + "attn", source + "self_attn.out_proj", sizes, has_bias(has, source + "self_attn.out_proj"))
    d_model, d_mlp = sizes[2], 0
    if mlp := _pair(has, source, _MLPS):
        d_mlp = collector.shape(mlp[0] + ".weight", 2)[0]
        collector.linear(at + "mlp.W_in", at + "mlp.b_in", mlp[0], d_model, d_mlp, has_bias(has, *mlp))
        collector.linear(at + "mlp.W_out", at + "mlp.b_out", mlp[1], d_mlp, d_model, has_bias(has, *mlp))
    norms = _pair(has, source, _NORMS)
    for part, norm in zip(("ln1", "ln2") if d_mlp else ("ln1",), norms, strict=False):
        collector.norm(at + part, norm, d_model, has_bias(has, norm))
    return bool(norms), d_mlp


def _pair(checkpoint: Checkpoint, source: str, pairs: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The first pair of modules of which the first is there, with their full names; else nothing."""
    names = next((pair for pair in pairs if f"{source}{pair[0]}.weight" in checkpoint.shapes), ())
    return tuple(source + name for name in names)


FORMAT = Format("notebook", "Notebook layout (self_attn.q_proj …)", recognise, read, order=30)
