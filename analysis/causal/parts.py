"""What one head reads, as a sum over what wrote it: embeddings, earlier heads, MLPs, biases.

The scales of all norms on the way are those of the pass, held fixed, so that queries, keys and values are linear in
what wrote to the stream. A scale is one number a position, so the rest of the way, with all gains and centrings, is one
matrix for each part, whatever the prompt: what Elhage et al. 2021 call a virtual weight.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from analysis.causal.clean import RecordingDecoder, Sublayer
from analysis.causal.interventions import Into
from analysis.measures.gains import Fold, gain, has_vector_norm, own_norm, reading, vector_norm, writes_before
from analysis.model.model import Model
from analysis.model.transformer import Attended, check_tokens, rotate
from analysis.prompts.prompt import Prompt
from analysis.values import HeadId, Kind
from analysis.values.work import Work


@dataclass(frozen=True)
class Source:
    """What wrote a part of the stream: "token", "position", "L0H2", "MLP L0", "biases"; of a context "context …"."""

    label: str
    head: HeadId | None = None
    mlp: int | None = None
    """The layer, for an MLP."""

    @property
    def place(self) -> tuple[int, ...]:
        """For sorting by when it writes; biases last."""
        if self.head is not None:
            return 1, self.head.layer, self.head.kind == "cross", self.head.index
        if self.mlp is not None:
            return 1, self.mlp, 2
        return (2,) if self == BIASES else (0,)


TOKEN, POSITION, BIASES = Source("token"), Source("position"), Source("biases")
CONTEXT_TOKEN, CONTEXT_POSITION = Source("context token"), Source("context position")


@dataclass(frozen=True, eq=False)
class Pass:
    """A pass over some samples, up to one layer; tokens and context on the model's device."""

    model: Model
    prompt: Prompt
    layers: dict[Sublayer, Attended]
    scales: dict[str, Float[Tensor, "samples *heads tokens 1"]]
    mlps: dict[int, Float[Tensor, "samples tokens d_model"]]
    """What each MLP put out."""


class PartsDecoder(RecordingDecoder):
    """A pass that keeps what every sublayer puts out, and no stream."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.mlps: dict[int, torch.Tensor] = {}

    def mlp(self, layer: int, read: torch.Tensor) -> torch.Tensor:
        self.mlps[layer] = super().mlp(layer, read)
        return self.mlps[layer]


def passed(model: Model, prompt: Prompt, layer: int) -> Work[Pass]:
    """Run these samples up to and with this layer."""
    check_tokens(model, prompt.tokens, prompt.context)
    tokens = prompt.tokens.to(model.device)
    context = None if prompt.context is None else prompt.context.to(model.device)
    decoder = PartsDecoder(model)
    x, read = decoder.embed(tokens), decoder.embed_context(context)
    for number in range(layer + 1):
        x = yield from decoder.block(number, x, read)
    here = Prompt(tokens, context, prompt.description, prompt.period, prompt.start, prompt.cycle)
    return Pass(model, here, decoder.layers, decoder.scales, decoder.mlps)


@dataclass(frozen=True, eq=False)
class Path:
    """From what a source put out, [T, size], to the head's vectors: times `weight`, times the scales of `norms`.

    A head puts out what it adds to the stream.
    """

    source: Source
    weight: Float[Tensor, "size d_head"]
    norms: tuple[str, ...]


class Reader:
    """One input of one head, before rotation, and all paths into it; the same for every prompt."""

    def __init__(self, model: Model, head: HeadId, into: Into) -> None:
        self.model, self.head, self.into = model, head, into
        self.row = head.index if into == "q" else model.kv_index(head)
        """Which of the layer's queries, keys or values it is."""
        of_context = head.kind == "cross" and into != "q"
        self.paths = tuple(self._of_context() if of_context else self._of_stream())
        self.sources = tuple(sorted(dict.fromkeys(path.source for path in self.paths), key=lambda one: one.place))
        """In the order in which they write, biases last."""
        self._virtual: dict[Source, torch.Tensor] = {}

    def virtual(self, path: Path) -> Float[Tensor, "size d_head"]:
        """The path's weight; of a head, from its z on. Made when first asked for: all at once would take long."""
        head = path.source.head
        if head is None:
            return path.weight
        if path.source not in self._virtual:
            self._virtual[path.source] = self.model.head(head).W_O @ path.weight
        return self._virtual[path.source]

    def part(self, made: Pass, sample: int, source: Source) -> Float[Tensor, "tokens d_head"]:
        """What a source gives to the vectors of one sample, rotated where the model rotates."""
        total: torch.Tensor | float = 0.0
        for path in self.paths:
            if path.source == source:
                one = self._put_out(made, sample, path) @ self.virtual(path)
                total = total + self.scaled(one, made, sample, path.norms)
        assert isinstance(total, torch.Tensor)
        return self.turned(total)

    def scaled(
        self, vectors: Float[Tensor, "*heads tokens d_head"], made: Pass, sample: int, norms: tuple[str, ...]
    ) -> Float[Tensor, "*heads tokens d_head"]:
        """Times the scales of these norms, as the pass had them."""
        for norm in norms:
            scale = made.scales[norm][sample]
            vectors = vectors * (scale[self.row] if scale.ndim == 3 else scale)
        return vectors

    def turned(self, vectors: Float[Tensor, "*heads tokens d_head"]) -> Float[Tensor, "*heads tokens d_head"]:
        """Rotated by their positions, where the model does that."""
        config = self.model.config
        turns = config.positions == "rotary" and self.head.kind == "self" and self.into != "v"
        return rotate(vectors, config, self.head.layer) if turns else vectors

    def _put_out(self, made: Pass, sample: int, path: Path) -> Float[Tensor, "tokens size"]:
        weights, tokens, source = self.model.weights, made.prompt.tokens[sample], path.source
        if source.head is not None:
            z = made.layers[source.head.layer, source.head.kind].z
            assert z is not None
            return z[sample, source.head.index]
        if source.mlp is not None:
            return made.mlps[source.mlp][sample]
        if source == TOKEN:
            return weights["embed.W_E"][tokens] * self.model.config.embed_scale
        if source == POSITION:
            return weights["pos.W_pos"][: len(tokens)]
        read = self._read(made, sample)
        if source == CONTEXT_TOKEN:
            return weights["context.W_E"][read]
        if source == CONTEXT_POSITION:
            return weights["context.W_pos"][: len(read)]
        return path.weight.new_ones(len(read), 1)

    def _read(self, made: Pass, sample: int) -> torch.Tensor:
        """The tokens that it reads from."""
        if self.head.kind == "self" or self.into == "q":
            return made.prompt.tokens[sample]
        assert made.prompt.context is not None
        return made.prompt.context[sample]

    # ---- the ways into it, backwards

    def _of_context(self) -> Iterator[Path]:
        weight = reading(self.model, self.head, self.into)
        yield Path(CONTEXT_TOKEN, weight, ())
        yield Path(CONTEXT_POSITION, weight, ())
        yield from self._own_bias(())

    def _of_stream(self) -> Iterator[Path]:
        model, config, head = self.model, self.model.config, self.head
        norms: tuple[str, ...] = ()
        weight = reading(model, head, self.into, folded=True)
        if has_vector_norm(config, head, self.into):
            name = vector_norm(head, self.into)
            yield from self._bias(name + ".b", None, ())
            norms = self._through(norms, name)
        yield from self._own_bias(norms)
        if config.norm_place != "after":
            yield from self._bias(own_norm(head) + ".b", self._before_own_norm(), norms)
            norms = self._through(norms, own_norm(head))
        for norm in reversed(writes_before(config, head)):
            out, through = weight, norms
            if config.norm_place != "before":
                name = norm + "_post" * (config.norm_place == "around")
                yield from self._bias(name + ".b", weight, norms)
                out, through = gain(model, name).into(weight), self._through(norms, name)
            if config.norm_place == "after":
                weight, norms = out, through
            yield from self._written(norm, out, through)
        yield Path(TOKEN, weight, norms)
        if config.positions == "learned":
            yield Path(POSITION, weight, norms)

    def _written(self, norm: str, weight: torch.Tensor, norms: tuple[str, ...]) -> Iterator[Path]:
        """What the sublayer of this norm put out: head by head and its bias, or an MLP's all."""
        number, _, name = norm.removeprefix("L").partition(".")
        layer = int(number)
        if name == "ln2":
            yield Path(Source(f"MLP L{layer}", mlp=layer), weight, norms)
            return
        kind: Kind = "self" if name == "ln1" else "cross"
        at = f"L{layer}.{'attn' if kind == 'self' else 'cross'}."
        for index in range(self.model.config.n_heads):
            head = HeadId(layer, index, kind)
            yield Path(Source(str(head), head), weight, norms)
        yield from self._bias(at + "b_O", weight, norms)

    def _own_bias(self, norms: tuple[str, ...]) -> Iterator[Path]:
        at = f"L{self.head.layer}.{'attn' if self.head.kind == 'self' else 'cross'}.b_{self.into.upper()}"
        bias = self.model.weights.get(at)
        if bias is not None:
            yield Path(BIASES, self._after_vector_norm().of(bias[self.row])[None], norms)

    def _bias(self, name: str, weight: torch.Tensor | None, norms: tuple[str, ...]) -> Iterator[Path]:
        bias = self.model.weights.get(name)
        if bias is not None:
            yield Path(BIASES, (bias if weight is None else bias @ weight)[None], norms)

    def _through(self, norms: tuple[str, ...], name: str) -> tuple[str, ...]:
        return norms if self.model.config.norm == "none" else (*norms, name)

    def _after_vector_norm(self) -> Fold:
        if not has_vector_norm(self.model.config, self.head, self.into):
            return Fold(False, None)
        return gain(self.model, vector_norm(self.head, self.into))

    def _before_own_norm(self) -> torch.Tensor:
        """What reads the norm's bias: the weight without that norm."""
        return self._after_vector_norm().of(reading(self.model, self.head, self.into))
