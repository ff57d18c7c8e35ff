"""What the GPT-like families share: collecting parts with their shapes checked, and settling the head count."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import torch

from analysis.files.checkpoint import Checkpoint
from analysis.model.model import Config, ModelSpec, Part
from analysis.model.vocabulary import Vocabulary
from analysis.values import UserError

Shape = tuple[int, ...]
Take = Callable[[torch.Tensor], torch.Tensor]
DEFAULT_HEADS = 4
"""The head count of the public cursive and makemore models, where the file does not tell."""


class Unsupported(UserError):
    """The family is known, but computes something that the canonical decoder does not: weights can still be shown."""


def attention_only(spec: ModelSpec, reason: str) -> ModelSpec:
    """The same model with its attention matrices alone; `reason` says why it cannot be run."""
    parts = {name: part for name, part in spec.parts.items() if re.match(r"L\d+\.(attn|cross)\.[Wb]_", name)}
    return replace(spec, config=replace(spec.config, weights_only=True), parts=parts, weights_only=reason)


def whole(tensor: torch.Tensor) -> torch.Tensor:
    return tensor


def transposed(tensor: torch.Tensor) -> torch.Tensor:
    """[out, in] → [in, out]; a bias stays as it is."""
    return tensor if tensor.ndim == 1 else tensor.T


def rows_of_heads(first: int, heads: int, d_head: int, tensor: torch.Tensor) -> torch.Tensor:
    """nn.Linear's [out, in] from row `first` on → [heads, in, d_head]; a bias [out] → [heads, d_head]."""
    split = tensor[first : first + heads * d_head].unflatten(0, (heads, d_head))
    return split if tensor.ndim == 1 else split.transpose(1, 2)


def columns_of_heads(heads: int, d_head: int, tensor: torch.Tensor) -> torch.Tensor:
    """An output projection [d_model, heads · d_head] → [heads, d_head, d_model]; a bias stays as it is."""
    return tensor if tensor.ndim == 1 else tensor.T.unflatten(0, (heads, d_head))


def of_conv1d(take: Take, tensor: torch.Tensor) -> torch.Tensor:
    """What `take` makes of the transposed tensor: Conv1D stores weights as [in, out]."""
    return take(transposed(tensor))


@dataclass
class Collector:
    """Gathers parts; every tensor it takes must be there with the shape that the rest of the file calls for."""

    checkpoint: Checkpoint
    conv1d: bool = False
    """Weights are stored as [in, out]."""
    parts: dict[str, Part] = field(default_factory=dict)

    def shape(self, name: str, ndim: int) -> Shape:
        """A tensor's shape; raises UserError when it is missing or has another number of dimensions."""
        shape = self.checkpoint.shapes.get(name)
        if shape is None:
            raise UserError(f"The tensor {name!r} is missing from the checkpoint; use a complete one.")
        if len(shape) != ndim or 0 in shape:
            raise UserError(f"The tensor {name!r} has shape {list(shape)}, but {ndim} dimensions are needed.")
        return shape

    def add(self, part: str, source: str, shape: Shape, take: Take = whole, tied: bool = False) -> None:
        """One part from a tensor of exactly this shape; raises UserError otherwise."""
        if self.shape(source, len(shape)) != shape:
            have, want = list(self.checkpoint.shapes[source]), list(shape)
            raise UserError(f"The tensor {source!r} has shape {have}, but the rest of the file calls for {want}.")
        self.parts[part] = Part(source, take, tied)

    # ---- by the modules of the file ------------------------------------------------------------------------------

    def biased(self, *modules: str) -> bool:
        """Whether any of these modules has a bias."""
        return any(len(self.checkpoint.shapes.get(tensor_of(module, "bias"), ())) == 1 for module in modules)

    def module(self, part: str, module: str, shape: Shape, take: Take = whole, biased: bool = False) -> None:
        """The weight of a module, [out, in] or [out], and its bias [out] if it has to be there.

        They become "ln1.w" and "ln1.b" for the part "ln1", "mlp.W_in" and "mlp.b_in" for "mlp.in".
        """
        place, _, kind = part.rpartition(".")
        weight, bias = (part + ".w", part + ".b") if len(shape) == 1 else (f"{place}.W_{kind}", f"{place}.b_{kind}")
        if self.conv1d and len(shape) == 2:
            self.add(weight, tensor_of(module, "weight"), shape[::-1], partial(of_conv1d, take))
        else:
            self.add(weight, tensor_of(module, "weight"), shape, take)
        if biased:
            self.add(bias, tensor_of(module, "bias"), shape[:1], take)

    def layer(self, config: Config, number: int, stack: str, modules: Mapping[str, str], biased: bool = False) -> None:
        """Parts of one layer, whose modules' names begin with `stack` and its number.

        `modules` says for each part how its module is called after that: "ln1" and the like are norms of the stream,
        "attn.q_norm" of each head's vectors; "attn.QKV" projections in one tensor, in this order ("attn.Q": one of its
        own), "attn.O" the output; "mlp.in", "mlp.gate", "mlp.out". A bias has to be there where layer 0 has one, or
        always if `biased`; LayerNorms may have one, RMSNorms do not.
        """
        for part, name in modules.items():
            at, module = f"L{number}.{part}", f"{stack}{number}.{name}"
            place, _, kind = part.partition(".")
            has_bias = biased or self.biased(module, f"{stack}0.{name}")
            if not kind or kind.endswith("_norm"):
                width = config.d_head if kind else config.d_model
                self.module(at, module, (width,), biased=has_bias and config.norm == "layer")
            elif place == "mlp":
                shape = (config.d_model, config.d_mlp) if kind == "out" else (config.d_mlp, config.d_model)
                self.module(at, module, shape, transposed, has_bias)
            elif kind == "O":
                take = partial(columns_of_heads, config.n_heads, config.d_head)
                self.module(at, module, (config.d_model, config.n_heads * config.d_head), take, has_bias)
            else:
                self._projections(config, at, module, has_bias)

    def _projections(self, config: Config, at: str, module: str, biased: bool) -> None:
        """Queries, keys or values of all heads: stacked on the output axis where `at` ends in several letters."""
        place, _, letters = at.rpartition(".")
        crossed = place.endswith("cross")
        heads = [config.n_heads if letter == "Q" or crossed else config.n_kv_heads for letter in letters]
        shape = (sum(heads) * config.d_head, config.d_context if crossed and "Q" not in letters else config.d_model)
        first = 0
        for letter, count in zip(letters, heads, strict=True):
            take = partial(rows_of_heads, first, count, config.d_head)
            self.module(f"{place}.{letter}", module, shape, take, biased)
            first += count * config.d_head

    def ends(self, config: Config, embedding: str, head: str, final: str = "", biased: bool = False) -> str:
        """Embedding and unembedding, which are tied where one is not in the file, and the final norm if it is named.

        Returns in words whether they are tied. `biased`: the norm must have a bias, unless it is an RMSNorm.
        """
        there = [name for name in (embedding, head) if name in self.checkpoint.shapes] or [embedding]
        tied = len(there) == 1
        self.add("embed.W_E", there[0], (config.d_vocab, config.d_model))
        self.add("unembed.W_U", there[-1], (config.d_vocab, config.d_model), transposed, tied)
        if self.biased(module := head.removesuffix(".weight")):
            self.add("unembed.b_U", module + ".bias", (config.d_vocab,))
        if final:
            has_bias = config.norm == "layer" and (biased or self.biased(final))
            self.module("final", final, (config.d_model,), biased=has_bias)
        return f"embedding and unembedding are tied: both are {there[0]!r}" if tied else ""

    def spec(
        self, family: str, evidence: Iterable[str | None], config: Config, vocabulary: Vocabulary,
        head_counts: tuple[int, ...] = (), ignored: tuple[str, ...] = (), context_vocabulary: Vocabulary | None = None,
    ) -> ModelSpec:  # fmt: skip
        """What was found; evidence that is empty is left out."""
        said = tuple(filter(None, evidence))
        return ModelSpec(family, said, config, self.parts, vocabulary, context_vocabulary, ignored, head_counts)


def tensor_of(module: str, leaf: str) -> str:
    """The name of a module's "weight" or "bias"; nn.MultiheadAttention writes in_proj_weight without a dot."""
    return f"{module}{'_' if module.endswith('in_proj') else '.'}{leaf}"


def count_layers(names: Iterable[str], stack: str) -> int:
    """How many layers the names count, which begin with `stack` and a number. Raises UserError where one is missing."""
    pattern = re.compile(re.escape(stack) + r"(\d{1,6})\.")
    found = {int(match[1]) for name in names if (match := pattern.match(name))}
    if max(found, default=-1) >= len(found):
        missing = next(layer for layer in range(len(found) + 1) if layer not in found)
        raise UserError(f"Layer {missing} is missing though later ones are there; use a complete checkpoint.")
    return len(found)


def told_heads(checkpoint: Checkpoint) -> int | None:
    """The head count that the file's own configuration gives, if any."""
    inside = ("model_args", "config", "hyper_parameters", "args", "model_config")
    places = (checkpoint.metadata, *(checkpoint.metadata.get(key) for key in inside))
    keys = ("n_head", "n_heads", "num_heads", "n_ctx_head")
    values = [place.get(key) for place in places if isinstance(place, Mapping) for key in keys]
    return next((n for n in values if isinstance(n, int) and not isinstance(n, bool) and n > 0), None)


def shared_keys(heads: int, width: int, kv_width: int) -> int:
    """How many key and value heads go with this many query heads of these widths; 0 when they do not fit."""
    if width % heads or kv_width % (width // heads):
        return 0
    groups = kv_width // (width // heads)
    return groups if heads % groups == 0 else 0


def usual_heads(width: int, d_head: int = 64) -> int | None:
    """How many heads of the usual width there are; None for widths that such heads are not usual in."""
    return width // d_head if width >= 4 * d_head and width % d_head == 0 else None


def head_count(
    checkpoint: Checkpoint, width: int, wanted: int | None, *, kv_width: int | None = None,
    said: int | None = None, by: str = "config.json", usual: int | None = None,
) -> tuple[int, str, tuple[int, ...]]:  # fmt: skip
    """(head count, evidence in words, other counts to choose from) for queries and keys of these widths.

    `said` is what is known from the source `by`, `usual` what is taken when nothing tells. Raises UserError when
    `wanted` does not fit the widths.
    """
    keys = kv_width or width
    allowed = tuple(count for count in range(1, width + 1) if shared_keys(count, width, keys))
    if said not in allowed:
        said, by = told_heads(checkpoint), "the file"
        said = said if said in allowed else None
    if wanted is not None:
        if wanted not in allowed:
            counts = ", ".join(map(str, allowed))
            raise UserError(f"{wanted} heads do not fit a width of {width}: choose one of {counts} (--n-head).")
        if said is not None:
            agrees = f"as {by} says" if wanted == said else f"though {by} says {said}"
            return wanted, f"{wanted} heads: chosen, {agrees}", () if wanted == said else allowed
        return wanted, f"{wanted} heads: chosen, since the file does not tell", allowed
    if said is not None:
        return said, f"{said} heads: {by} says so", ()
    if usual not in allowed:
        usual = DEFAULT_HEADS if DEFAULT_HEADS in allowed else max((n for n in allowed if n <= 8), default=allowed[-1])
    return usual, f"{usual} heads: the file does not tell, and shapes cannot; {usual} is the usual count", allowed


def masks(checkpoint: Checkpoint, pattern: str = r".*attn\.(masked_)?bias") -> tuple[str, ...]:
    """Causal masks and rotary speeds kept as buffers: they hold no weights."""
    return tuple(
        name
        for name, shape in checkpoint.shapes.items()
        if name.endswith("rotary_emb.inv_freq")
        or (re.fullmatch(pattern, name) and (len(shape) == 0 or (len(shape) == 4 and shape[:2] == (1, 1))))
    )
