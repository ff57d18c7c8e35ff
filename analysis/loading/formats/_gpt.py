"""What the GPT-like families share: collecting parts with their shapes checked, and settling the head count."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import torch

from analysis.files.checkpoint import Checkpoint
from analysis.model.model import ModelSpec, Part
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
    return tensor.T


def rows_of_heads(first: int, heads: int, d_head: int, tensor: torch.Tensor) -> torch.Tensor:
    """nn.Linear's [out, in] from row `first` on → [heads, in, d_head]; a bias [out] → [heads, d_head]."""
    split = tensor[first : first + heads * d_head].unflatten(0, (heads, d_head))
    return split if tensor.ndim == 1 else split.transpose(1, 2)


def columns_of_heads(heads: int, d_head: int, tensor: torch.Tensor) -> torch.Tensor:
    """An output projection [d_model, heads · d_head] → [heads, d_head, d_model]."""
    return tensor.T.unflatten(0, (heads, d_head))


@dataclass
class Collector:
    """Gathers parts; every tensor it takes must be there with the shape that the rest of the file calls for."""

    checkpoint: Checkpoint
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

    def linear(self, weight: str, bias: str, source: str, d_in: int, d_out: int, biased: bool) -> None:
        """nn.Linear `source`.weight [out, in], with `source`.bias if the family's layers are biased."""
        self.add(weight, source + ".weight", (d_out, d_in), transposed)
        if biased:
            self.add(bias, source + ".bias", (d_out,))

    def norm(self, part: str, source: str, width: int, biased: bool) -> None:
        self.add(part + ".w", source + ".weight", (width,))
        if biased:
            self.add(part + ".b", source + ".bias", (width,))

    def packed(self, at: str, letters: str, source: str, sizes: tuple[int, int, int], biased: bool) -> None:
        """Projections stacked on the output axis, in the order of `letters`; sizes: heads, d_head, input width."""
        heads, d_head, d_in = sizes
        rows = len(letters) * heads * d_head
        for place, letter in enumerate(letters):
            take = partial(rows_of_heads, place * heads * d_head, heads, d_head)
            self.add(f"{at}.W_{letter}", source + ".weight", (rows, d_in), take)
            if biased:
                self.add(f"{at}.b_{letter}", source + ".bias", (rows,), take)

    def output(self, at: str, source: str, sizes: tuple[int, int, int], biased: bool) -> None:
        """An output projection; sizes: heads, d_head, output width."""
        heads, d_head, d_out = sizes
        self.add(f"{at}.W_O", source + ".weight", (d_out, heads * d_head), partial(columns_of_heads, heads, d_head))
        if biased:
            self.add(f"{at}.b_O", source + ".bias", (d_out,))

    def unembed(self, head: str, embedding: str, d_vocab: int, d_model: int) -> str:
        """The unembedding, and the embedding; where one is not in the file they are tied. Returns what was found."""
        there = [name for name in (embedding, head) if name in self.checkpoint.shapes] or [embedding]
        tied = len(there) == 1
        self.add("embed.W_E", there[0], (d_vocab, d_model))
        self.add("unembed.W_U", there[-1], (d_vocab, d_model), transposed, tied)
        return f"embedding and unembedding are tied: both are {there[0]!r}" if tied else ""


def count_layers(names: Iterable[str], pattern: str) -> int:
    """How many layers the names count; `pattern` holds one group, the number. Raises UserError where one is missing."""
    found = {int(match[1]) for name in names if (match := re.match(pattern, name))}
    if max(found, default=-1) >= len(found):
        missing = next(layer for layer in range(len(found) + 1) if layer not in found)
        raise UserError(f"Layer {missing} is missing though later ones are there; use a complete checkpoint.")
    return len(found)


def divisors(width: int) -> tuple[int, ...]:
    return tuple(count for count in range(1, width + 1) if width % count == 0)


def told(checkpoint: Checkpoint, keys: tuple[str, ...]) -> int | None:
    """A positive whole number that the file's configuration gives under one of `keys`."""
    inside = ("model_args", "config", "hyper_parameters", "args", "model_config")
    places = [checkpoint.metadata, *(checkpoint.metadata.get(key) for key in inside)]
    for place in (place for place in places if isinstance(place, Mapping)):
        for key in keys:
            value = place.get(key)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
    return None


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
    checkpoint: Checkpoint,
    width: int,
    wanted: int | None,
    *,
    kv_width: int | None = None,
    said: int | None = None,
    by: str = "config.json",
    usual: int | None = None,
) -> tuple[int, str, tuple[int, ...]]:
    """(head count, evidence in words, other counts to choose from) for queries and keys of these widths.

    `said` is what is known from the source `by`, `usual` what is taken when nothing tells. Raises UserError when
    `wanted` does not fit the widths.
    """
    keys = kv_width or width
    allowed = tuple(count for count in divisors(width) if shared_keys(count, width, keys))
    if said not in allowed:
        said, by = told(checkpoint, ("n_head", "n_heads", "num_heads", "n_ctx_head")), "the file"
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
