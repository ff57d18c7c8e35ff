"""The decoder with changes: many experiments over the same samples as one batch, from the layer that changes on."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from analysis.causal.clean import Clean
from analysis.causal.interventions import Ablate, Cut, Experiment, Ideal, Into, Pattern, place
from analysis.model.attention import Masking, attend, spread
from analysis.model.transformer import Decoder
from analysis.values import HeadId, Kind
from analysis.values.work import Work


@dataclass
class Shadow:
    """The stream as one input of one head would read it if some earlier heads had written nothing."""

    rows: slice
    later: HeadId
    into: Into
    earlier: dict[HeadId, str]
    """How each of them is cut."""
    stream: Float[Tensor, "rows tokens d_model"] | None = None
    """None as long as it is the batch's own."""
    missing: Float[Tensor, "rows tokens d_model"] | None = None
    """What the sublayer that is about to write would write less."""


class Changed(Decoder):
    """One pass of several experiments over samples S of a clean pass: rows [experiments · S, T], experiment by
    experiment. All of them start at the same sublayer and freeze patterns alike.
    """

    def __init__(self, clean: Clean, samples: slice, experiments: Sequence[Experiment]) -> None:
        super().__init__(clean.model)
        self.clean, self.samples, self.experiments = clean, samples, experiments
        self.tokens = clean.prompt.tokens[samples]
        self.start = experiments[0].start(self.config)
        self.frozen = experiments[0].frozen
        assert all(one.start(self.config) == self.start and one.frozen == self.frozen for one in experiments)
        self.shadows = [shadow for number, one in enumerate(experiments) for shadow in self._shadows(number, one)]
        self.ideals = {place(change.head) for one in experiments for change in one.changes if isinstance(change, Ideal)}

    def rows(self, number: int) -> slice:
        return slice(number * len(self.tokens), (number + 1) * len(self.tokens))

    def spread(self, kept: Float[Tensor, " samples *more"]) -> Float[Tensor, " rows *more"]:
        """What the clean pass kept, for every row."""
        return kept[self.samples].repeat(len(self.experiments), *[1] * (kept.ndim - 1))

    def final(self) -> Work[Float[Tensor, "rows tokens d_model"]]:
        """What is unembedded."""
        x = self.spread(self.clean.streams[self.start[0]])
        for layer in range(self.start[0], self.config.n_layers):
            x = yield from self.block(layer, x, x[:, :0])  # the context's keys and values are those of the clean pass
        return self.finish(x)

    def attend(
        self, layer: int, kind: Kind, x: Float[Tensor, "rows tokens d_model"],
        source: Float[Tensor, "rows keys d_source"],
    ) -> Float[Tensor, "rows tokens d_model"]:  # fmt: skip
        here = (layer, kind == "cross")
        if here < self.start or (here == self.start and here not in self.ideals):
            kept = self.clean.layers[layer, kind].z
            assert kept is not None
            z = self.spread(kept)
        else:
            z = self._attended(layer, kind, x, source)
        for number, one in enumerate(self.experiments):
            for change in one.changes:
                if isinstance(change, Ablate) and place(change.head) == here:
                    z[self.rows(number), change.head.index] = self._replacement(change)
        self._take_out(layer, kind, z)
        return self.combine(layer, kind, z)

    def write(self, x: torch.Tensor, written: torch.Tensor, norm: str) -> torch.Tensor:
        for shadow in self.shadows:
            if shadow.stream is None and shadow.missing is None:
                continue
            base = x[shadow.rows] if shadow.stream is None else shadow.stream
            less = written[shadow.rows] if shadow.missing is None else written[shadow.rows] - shadow.missing
            shadow.stream, shadow.missing = super().write(base, less, norm), None
        return super().write(x, written, norm)

    # ---- inner

    def _attended(self, layer: int, kind: Kind, x: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
        """z [rows, H, T, K] with cut edges and ideal patterns."""
        kept = self.clean.layers[layer, kind]
        assert kept.v is not None
        q = self.spread(kept.q) if self.frozen else self.vectors(layer, kind, "Q", x)
        if kind == "cross":
            k, v = self.spread(kept.k), self.spread(kept.v)
        else:
            k = self.spread(kept.k) if self.frozen else self.vectors(layer, kind, "K", source)
            v = self.vectors(layer, kind, "V", source)
        q, k, v = self._cut(layer, kind, {"q": q, "k": k, "v": v})
        z = self._mix(q, k, v, self.config.masking(layer, kind))
        for number, one in enumerate(self.experiments):
            for change in one.changes:
                if isinstance(change, Ideal) and place(change.head) == (layer, kind == "cross"):
                    rows, own = self.rows(number), change.head.index
                    shared = own * v.shape[1] // self.config.n_heads
                    z[rows, own] = self._ideally(change.pattern, z[rows, own], v[rows, shared])
        return z

    def activate(self, x: torch.Tensor) -> torch.Tensor:
        """The fused kernel: four times as fast, and a rounding away from the written-out one."""
        return F.gelu(x, approximate="tanh") if self.config.activation == "gelu_tanh" else super().activate(x)

    def _mix(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, masking: Masking) -> torch.Tensor:
        """z [rows, H, T, K], by the fused kernel where there is neither window nor cap."""
        if masking.window or masking.cap:
            return attend(q, k, v, masking)
        k, v = spread(k, q.shape[1]), spread(v, q.shape[1])
        causal = masking.first is not None
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal, scale=masking.scale)

    def _cut(self, layer: int, kind: Kind, read: dict[Into, torch.Tensor]) -> tuple[torch.Tensor, ...]:
        for shadow in self.shadows:
            later, into = shadow.later, shadow.into
            if (later.layer, later.kind) != (layer, kind) or shadow.stream is None:
                continue
            if read[into].shape[1] != self.config.n_heads:  # shared by several heads, of which one is cut off
                read[into] = read[into].repeat_interleave(self.config.n_heads // read[into].shape[1], dim=1)
            stream = self.read(shadow.stream, f"L{layer}.{'ln1' if kind == 'self' else 'ln_cross'}")
            group = later.index if into == "q" else self.model.kv_index(later)
            one = self.vectors(layer, kind, into.upper(), stream, slice(group, group + 1))
            read[into][shadow.rows, later.index] = one[:, 0]
            shadow.stream = None  # it has been read
        return read["q"], read["k"], read["v"]

    def _take_out(self, layer: int, kind: Kind, z: torch.Tensor) -> None:
        """What each shadow's earlier heads of this sublayer are about to write."""
        weight = self.w(f"L{layer}.{'attn' if kind == 'self' else 'cross'}.W_O")
        for shadow in self.shadows:
            cut = {head.index: how for head, how in shadow.earlier.items() if place(head) == (layer, kind == "cross")}
            if here := list(cut):
                out = z[shadow.rows, here]
                for number, how in enumerate(cut.values()):
                    if how == "mean":
                        out[:, number] -= self.clean.means[layer, kind][here[number]]
                shadow.missing = torch.einsum("bhtk,hkd->btd", out, weight[here])

    def _shadows(self, number: int, one: Experiment) -> list[Shadow]:
        found: dict[tuple[HeadId, Into], Shadow] = {}
        for change in one.changes:
            if isinstance(change, Cut):
                new = Shadow(self.rows(number), change.later, change.into, {})
                found.setdefault((change.later, change.into), new).earlier[change.earlier] = change.how
        return list(found.values())

    def _replacement(self, change: Ablate) -> torch.Tensor | float:
        head = change.head
        if change.how == "zero":
            return 0.0
        if change.how == "mean":
            return self.clean.means[head.layer, head.kind][head.index]
        kept = self.clean.layers[head.layer, head.kind].z
        assert kept is not None
        return kept[self.clean.donors[self.samples], head.index]

    def _ideally(self, pattern: Pattern, own: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """z [S, T, K] of a pattern that is all on one key; `own` where there is no such key."""
        keys = ideal_keys(self.tokens, pattern, self.clean.prompt.period, self.clean.prompt.start)
        there = torch.gather(v, 1, keys.clamp_min(0)[:, :, None].expand_as(v))
        return torch.where(keys[:, :, None] >= 0, there, own)


def ideal_keys(
    tokens: Int[Tensor, "samples tokens"], pattern: Pattern, period: int | None, start: int
) -> Int[Tensor, "samples tokens"]:
    """The key that each query attends to; −1 where the pattern says nothing."""
    places = torch.arange(tokens.shape[1], device=tokens.device)
    if pattern == "previous":
        return (places - 1).expand_as(tokens)
    if period is not None:
        return torch.where(places >= start + period, places - period + 1, -1).expand_as(tokens)
    earlier = (tokens[:, :, None] == tokens[:, None, :]) & (places[None, :] < places[:, None])
    after = (earlier * (places + 1)).amax(-1)  # the key after the last match; 0: no match
    return torch.where(after > 0, after, -1)
