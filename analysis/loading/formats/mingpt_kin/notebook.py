"""The layout the induction-head notebook assumes: transformer.layers.N.self_attn with q, k, v and out projections."""

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._gpt import Collector, count_layers, head_count
from analysis.model.model import Config, ModelSpec
from analysis.model.vocabulary import plain, strokes
from analysis.values import UserError

_STACK = "transformer.layers."
_ATTENTION = {
    "attn.Q": "self_attn.q_proj", "attn.K": "self_attn.k_proj", "attn.V": "self_attn.v_proj",
    "attn.O": "self_attn.out_proj",
}  # fmt: skip
_TOKENS = ("wte", "token_embedding", "tok_emb", "embed_tokens", "embedding")
_POSITIONS = ("wpe", "pos_embedding", "position_embedding", "pos_emb", "embed_positions")
_FINAL = ("ln_f", "final_norm", "norm")
_HEAD = ("lm_head", "output_projection", "head", "fc_out")
_NORMS = (("norm1", "norm2"), ("ln_1", "ln_2"), ("ln1", "ln2"))
_MLPS = (("linear1", "linear2"), ("fc1", "fc2"), ("mlp.c_fc", "mlp.c_proj"), ("mlp.fc1", "mlp.fc2"))


def recognise(checkpoint: Checkpoint) -> str | None:
    if not {f"{_STACK}0.{module}.weight" for module in _ATTENTION.values()} <= set(checkpoint.shapes):
        return None
    return "the notebook's layout: transformer.layers.N.self_attn with q, k, v and out projections"


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    collector = Collector(checkpoint)
    width, d_model = collector.shape("transformer.layers.0.self_attn.q_proj.weight", 2)
    n_heads, heads, counts = head_count(checkpoint, width, n_head)
    tokens, positions, final, head = (_find(checkpoint, names) for names in (_TOKENS, _POSITIONS, _FINAL, _HEAD))
    if not tokens:
        raise UserError(f"No token embedding was found; one of {', '.join(_TOKENS)} must be in the checkpoint.")
    n_ctx = collector.shape(positions + ".weight", 2)[0] if positions else 0
    n_layers = count_layers(checkpoint.shapes, _STACK)
    layers = [_modules(checkpoint, f"{_STACK}{layer}.") for layer in range(n_layers)]
    if any(layer.keys() != layers[0].keys() for layer in layers):
        raise UserError("Some layers have a norm or an MLP and others have none; such a model cannot be shown.")
    wide = layers[0].get("mlp.in")
    config = Config(
        n_layers, n_heads, d_model, width // n_heads, collector.shape(tokens + ".weight", 2)[0], n_ctx or 2048, n_heads,
        d_mlp=collector.shape(f"{_STACK}0.{wide}.weight", 2)[0] if wide else 0,
        norm="layer" if "ln1" in layers[0] else "none", positions="learned" if n_ctx else "none",
    )  # fmt: skip
    if ("ln1" in layers[0]) != bool(final):
        raise UserError("The checkpoint must have norms in its layers and before its output, or in neither place.")
    tied = collector.ends(config, tokens + ".weight", f"{head or 'lm_head'}.weight", final)
    if positions:
        collector.add("pos.W_pos", positions + ".weight", (n_ctx, d_model))
    for number, modules in enumerate(layers):
        collector.layer(config, number, _STACK, modules)
    assumed = "taken to read through each norm before its sublayer, with the tanh form of GELU: shapes cannot tell"
    evidence = (recognise(checkpoint), heads, assumed, tied)
    vocabulary = strokes(config.d_vocab) or plain(config.d_vocab)
    return collector.spec("Notebook layout", evidence, config, vocabulary, counts)


def _find(checkpoint: Checkpoint, names: tuple[str, ...]) -> str:
    """The module of one of these names that has a weight, inside "transformer" or beside it; empty: none."""
    places = (prefix + name for name in names for prefix in ("transformer.", ""))
    return next((place for place in places if place + ".weight" in checkpoint.shapes), "")


def _modules(checkpoint: Checkpoint, source: str) -> dict[str, str]:
    """The modules of the layer `source`, as `Collector.layer` takes them."""
    mlp, norms = _pair(checkpoint, source, _MLPS), _pair(checkpoint, source, _NORMS)
    found = _ATTENTION | dict(zip(("mlp.in", "mlp.out"), mlp, strict=False))
    return found | dict(zip(("ln1", "ln2") if mlp else ("ln1",), norms, strict=False))


def _pair(checkpoint: Checkpoint, source: str, pairs: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The first pair of modules of which the first is there; else nothing."""
    return next((pair for pair in pairs if f"{source}{pair[0]}.weight" in checkpoint.shapes), ())


FORMAT = Format("notebook", "Notebook layout (self_attn.q_proj …)", recognise, read, order=30)
