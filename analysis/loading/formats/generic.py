"""Any other model whose query, key, value and output matrices can be told by name and shape: its weights alone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._gpt import (
    Collector,
    Shape,
    Take,
    columns_of_heads,
    head_count,
    of_conv1d,
    rows_of_heads,
    shared_keys,
    usual_heads,
)
from analysis.loading.formats.hugging_face._hugging import text_config
from analysis.loading.formats.hugging_face.neox import interleaved
from analysis.model.model import Config, ModelSpec
from analysis.model.vocabulary import plain
from analysis.values import UserError

_Layout = Literal["apart", "stacked", "transposed", "interleaved"]
_APART = (
    (("q_proj", "k_proj", "v_proj"), ("o_proj", "out_proj", "c_proj", "dense")),
    (("query", "key", "value"), ("dense", "proj", "out_proj", "out", "^output.dense")),
    (("wq", "wk", "wv"), ("wo",)),
    (("to_q", "to_k", "to_v"), ("to_out.0", "to_out")),
    (("q_lin", "k_lin", "v_lin"), ("out_lin",)),
    (("q", "k", "v"), ("o", "proj", "out")),
)
"""Names of query, key and value, and of the output beside them; "^" means beside their parent (BERT)."""
_PACKED = (
    ("in_proj_weight", ("out_proj",)),
    ("qkv.weight", ("proj", "out_proj")),
    ("qkv_proj.weight", ("o_proj", "out_proj")),
    ("Wqkv.weight", ("out_proj",)),
    ("c_attn.weight", ("c_proj",)),
    ("query_key_value.weight", ("dense",)),
)
_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "attention_heads")


@dataclass(frozen=True)
class Kind:
    """What the attentions of one stack have in common."""

    name: str
    """Of the query's tensor, with its numbers left out."""
    layout: _Layout
    d_model: int
    width: int
    kv_width: int


@dataclass(frozen=True)
class Site:
    """One attention: where its four matrices are. Packed ones name one tensor three times."""

    numbers: tuple[int, ...]
    sources: tuple[str, str, str, str]


def recognise(checkpoint: Checkpoint) -> str | None:
    stacks = _stacks(checkpoint.shapes)
    if not stacks:
        return None
    kind, sites = _largest(stacks)
    return f"attention matrices by name and shape: {len(sites)} times {kind.name!r}"


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    stacks = _stacks(checkpoint.shapes)
    kind, sites = _largest(stacks)
    said, usual = _said(checkpoint), usual_heads(kind.width)
    n_heads, heads, counts = head_count(checkpoint, kind.width, n_head, kv_width=kind.kv_width, said=said, usual=usual)
    groups = shared_keys(n_heads, kind.width, kind.kv_width)
    if not groups:
        raise UserError(f"Queries {kind.width} and keys {kind.kv_width} wide do not fit {n_heads} heads.")
    config = Config(
        n_layers=len(sites), n_heads=n_heads, d_model=kind.d_model, d_head=kind.width // n_heads, d_vocab=0, n_ctx=0,
        n_kv_heads=groups, norm="none", positions="none", weights_only=True,
    )  # fmt: skip
    collector = Collector(checkpoint)
    for layer, site in enumerate(sites):
        _add(collector, config, kind, site, f"L{layer}.attn")
    evidence = (recognise(checkpoint), heads, *_remarks(stacks, kind, sites))
    spec = collector.spec("Unknown architecture", evidence, config, plain(0), counts)
    return replace(spec, weights_only="This architecture is not known, so only its attention weights are shown.")


def _said(checkpoint: Checkpoint) -> int | None:
    """The head count in config.json; of an unknown family, so a value of another kind means something else."""
    counts = (text_config(checkpoint).values.get(key) for key in _HEADS)
    return next((n for n in counts if isinstance(n, int) and not isinstance(n, bool) and n > 0), None)


def _remarks(stacks: Mapping[Kind, list[Site]], kind: Kind, sites: list[Site]) -> Iterator[str]:
    """What else a reader of the heads must know."""
    if kind.layout == "interleaved":
        yield "query, key and value are taken to be interleaved head by head"
    if sites[-1].numbers and sites[-1].numbers != (len(sites) - 1,):
        yield f"layers are counted in the order of their names; the last is {sites[-1].sources[0]!r}"
    others = sorted({repr(other.name) for other in stacks if other != kind})
    if others:
        yield f"other attention matrices are not shown: {', '.join(others)}"


def _stacks(shapes: Mapping[str, Shape]) -> dict[Kind, list[Site]]:
    found: dict[Kind, list[Site]] = defaultdict(list)
    for name in shapes:
        for kind, site in _sites(shapes, name):
            found[kind].append(site)
    return found


def _largest(stacks: Mapping[Kind, list[Site]]) -> tuple[Kind, list[Site]]:
    """The stack of most layers, cross-attention last; its sites in order of their numbers."""

    def weight(kind: Kind) -> tuple[int, bool]:
        crossed = any(word in kind.name.lower() for word in ("cross", "encdec", "encoder_attn", "multihead_attn"))
        return len(stacks[kind]), not crossed

    kind = max(stacks, key=weight)
    return kind, sorted(stacks[kind], key=lambda site: site.numbers)


def _sites(shapes: Mapping[str, Shape], name: str) -> Iterator[tuple[Kind, Site]]:
    """The attention whose query, or packed projection, is the tensor `name`."""
    for (query, key, value), outputs in _APART:
        if (parent := _parent(name, query + ".weight")) is not None:
            sources = [f"{parent}{leaf}.weight" for leaf in (query, key, value)]
            yield from _fitting(shapes, sources, _outputs(parent, outputs), ("apart",))
    for packed, outputs in _PACKED:
        if (parent := _parent(name, packed)) is not None:
            interleaved_first = packed.startswith("query_key_value")
            layouts: tuple[_Layout, ...] = ("interleaved",) if interleaved_first else ("stacked", "transposed")
            yield from _fitting(shapes, [name] * 3, _outputs(parent, outputs), layouts)


def _parent(name: str, leaf: str) -> str | None:
    parent = name.removesuffix(leaf)
    return parent if parent != name and (not parent or parent.endswith(".")) else None


def _outputs(parent: str, leaves: tuple[str, ...]) -> list[str]:
    above = parent.rstrip(".").rpartition(".")[0]
    return [f"{above}.{leaf[1:]}.weight" if leaf.startswith("^") else f"{parent}{leaf}.weight" for leaf in leaves]


def _fitting(
    shapes: Mapping[str, Shape], sources: list[str], outputs: list[str], layouts: tuple[_Layout, ...]
) -> Iterator[tuple[Kind, Site]]:
    """The attention of these tensors, if all are there and their shapes fit one of the layouts."""
    output = next((name for name in outputs if name in shapes), None)
    if output is None or any(len(shapes.get(name, ())) != 2 for name in (*sources, output)):
        return
    numbers = tuple(int(part) for part in sources[0].split(".") if part.isdecimal() and len(part) < 7)
    general = ".".join("N" if part.isdecimal() else part for part in sources[0].split("."))
    q, k, v, o = (shapes[name] for name in (*sources, output))
    for layout in layouts:
        if layout == "transposed":
            q, k, v, o = q[::-1], k[::-1], v[::-1], o[::-1]
        d_model, width = o
        packed = 3 * width if layout != "apart" else width
        keys = k[0] if layout == "apart" else width
        wanted = (q == (packed, d_model), k[1] == v[1] == d_model, k[0] == v[0], 0 < keys <= width)
        if all(wanted) and width % keys == 0 and d_model:
            site = Site(numbers, (sources[0], sources[1], sources[2], output))
            yield Kind(general, layout, d_model, width, keys), site
            return


def _add(collector: Collector, config: Config, kind: Kind, site: Site, at: str) -> None:
    shapes = collector.checkpoint.shapes
    for place, (letter, source) in enumerate(zip("QKV", site.sources, strict=False)):
        heads = config.n_heads if letter == "Q" else config.n_kv_heads
        collector.add(f"{at}.W_{letter}", source, shapes[source], _take(kind, place, heads, config.d_head))
    written = site.sources[3]
    take: Take = partial(columns_of_heads, config.n_heads, config.d_head)
    take = partial(of_conv1d, take) if kind.layout == "transposed" else take
    collector.add(f"{at}.W_O", written, shapes[written], take)


def _take(kind: Kind, place: int, heads: int, d_head: int) -> Take:
    if kind.layout == "interleaved":
        return partial(interleaved, place, heads, d_head)
    take = partial(rows_of_heads, 0 if kind.layout == "apart" else place * kind.width, heads, d_head)
    return partial(of_conv1d, take) if kind.layout == "transposed" else take


FORMAT = Format("generic", "others by their attention matrices", recognise, read, order=1000)  # asked last
