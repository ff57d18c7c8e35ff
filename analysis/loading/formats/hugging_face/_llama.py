"""The names that Llama began and Mistral, Qwen and Gemma keep: collecting them, and settling their sizes."""

from dataclasses import dataclass

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats._gpt import Collector, count_layers, head_count, masks, shared_keys, usual_heads
from analysis.loading.formats.hugging_face._hugging import Told, configuration
from analysis.model.model import Config, ModelSpec
from analysis.model.vocabulary import plain
from analysis.values import UserError

_EMBEDDING = "embed_tokens.weight"
NORMS = {"ln1": "input_layernorm", "ln2": "post_attention_layernorm"}
_LAYER = {
    "attn.Q": "self_attn.q_proj", "attn.K": "self_attn.k_proj", "attn.V": "self_attn.v_proj",
    "attn.O": "self_attn.o_proj", "mlp.gate": "mlp.gate_proj", "mlp.in": "mlp.up_proj", "mlp.out": "mlp.down_proj",
}  # fmt: skip
_QK_NORMS = {"attn.q_norm": "self_attn.q_norm", "attn.k_norm": "self_attn.k_norm"}


def prefix(checkpoint: Checkpoint) -> str:
    """What stands before the names: nothing, "model.", or more where the file also holds a vision model."""
    ends = (name.removesuffix(_EMBEDDING) for name in checkpoint.shapes if name.endswith(_EMBEDDING))
    return next((start for start in ends if f"{start}layers.0.self_attn.q_proj.weight" in checkpoint.shapes), "")


def has_layers(checkpoint: Checkpoint) -> bool:
    """Whether the first layer is one of this kind, and the embedding is there."""
    start = prefix(checkpoint)
    needed = {f"{start}layers.0.{module}.weight" for module in (*_LAYER.values(), *NORMS.values())}
    return needed | {start + _EMBEDDING} <= set(checkpoint.shapes)


def has(checkpoint: Checkpoint, name: str) -> bool:
    """Whether the first layer has this tensor."""
    return f"{prefix(checkpoint)}layers.0.{name}" in checkpoint.shapes


@dataclass(frozen=True)
class Family:
    """What the reading of one family needs to know before its configuration."""

    name: str
    recognised: str
    defaults: str
    """What is taken when config.json is not there, in words."""
    norms: dict[str, str]
    d_head: int
    """The usual width of a head."""


@dataclass(frozen=True)
class Found:
    """Sizes and evidence, before the parts are collected."""

    collector: Collector
    config: Config
    """Sizes alone, with RMSNorm, rotary positions and a gated MLP."""
    told: Told
    evidence: tuple[str, ...]
    head_counts: tuple[int, ...]


def measure(checkpoint: Checkpoint, family: Family, n_head: int | None) -> Found:
    collector, first = Collector(checkpoint), prefix(checkpoint) + "layers.0."
    d_vocab, d_model = collector.shape(prefix(checkpoint) + _EMBEDDING, 2)
    told, source = configuration(checkpoint, "hidden_size", d_model, family.defaults)
    width = collector.shape(first + "self_attn.q_proj.weight", 2)[0]
    keys = collector.shape(first + "self_attn.k_proj.weight", 2)[0]
    said, by = told.whole("num_attention_heads") or None, "config.json"
    if has(checkpoint, "self_attn.q_norm.weight"):
        d_head = collector.shape(first + "self_attn.q_norm.weight", 1)[0]
        said, by = width // d_head, "the width of the norm of queries"
    usual = usual_heads(width, family.d_head)
    n_heads, heads, counts = head_count(checkpoint, width, n_head, kv_width=keys, said=said, by=by, usual=usual)
    if not shared_keys(n_heads, width, keys):
        raise UserError(f"Queries {width} wide and keys {keys} wide do not fit {n_heads} heads; use a complete file.")
    config = Config(
        n_layers=count_layers(checkpoint.shapes, prefix(checkpoint) + "layers."),
        n_heads=n_heads, d_model=d_model, d_head=width // n_heads, d_vocab=d_vocab,
        n_ctx=told.whole("max_position_embeddings") or 2048, n_kv_heads=shared_keys(n_heads, width, keys),
        d_mlp=collector.shape(first + "mlp.up_proj.weight", 2)[0], norm="rms", positions="rotary",
        activation="silu", gated=True, qk_norm=has(checkpoint, "self_attn.q_norm.weight"),
    )  # fmt: skip
    return Found(collector, config, told, (family.recognised, source, heads), counts)


def collect(found: Found, family: Family, config: Config) -> ModelSpec:
    """All parts, for the configuration that the family has completed."""
    collector, start = found.collector, prefix(found.collector.checkpoint)
    beside = start.removesuffix("model.") + "lm_head.weight"
    head = beside if beside in collector.checkpoint.shapes else "lm_head.weight"
    tied = collector.ends(config, start + _EMBEDDING, head, start + "norm")
    modules = _LAYER | family.norms | (_QK_NORMS if config.qk_norm else {})
    for layer in range(config.n_layers):
        collector.layer(config, layer, start + "layers.", modules)
    others = _others(collector.checkpoint, start)
    apart = f"the text part of a larger model; {len(others)} tensors outside it are not read" if others else ""
    evidence = (*found.evidence, _windowed(config), tied, apart)
    bos = found.told.values.get("bos_token_id")
    vocabulary = plain(config.d_vocab, bos if isinstance(bos, int) and 0 <= bos < config.d_vocab else None)
    ignored = masks(collector.checkpoint) + others
    return collector.spec(family.name, evidence, config, vocabulary, found.head_counts, ignored)


def _others(checkpoint: Checkpoint, start: str) -> tuple[str, ...]:
    """The tensors of a vision model and of its projector, where the text model is one of several."""
    if start in ("", "model."):
        return ()
    return tuple(
        name for name in checkpoint.shapes if not name.startswith(start) and not name.endswith("lm_head.weight")
    )


def _windowed(config: Config) -> str:
    sliding = [window for window in config.windows if window]
    if not sliding:
        return ""
    return f"a query sees the last {sliding[0]} keys in {len(sliding)} of {config.n_layers} layers"
