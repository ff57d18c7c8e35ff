"""Models made slot by slot: the residual stream is divided into named slots, and heads move codes between them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from analysis.model.model import Config, Model
from analysis.model.vocabulary import plain
from tests.analysis.handmade import SHARP, model_of

TYPICAL = 4.0
"""The squared length of the stream that norms are made for: a few slots hold a code each."""


def shift(size: int, steps: int) -> torch.Tensor:
    """Takes the one-hot code of place i to that of place i − steps, and to nothing where there is no such place."""
    return torch.diag(torch.ones(size - abs(steps)), -steps)


@dataclass
class Maker:
    """The slots "token", "one" (1 for every token), "bos" (1 for the first token) and "place" are always there.

    The BOS has no token code, so that a head that attends to it writes nothing: a sink. Slots of `slots` are as wide
    as a token's code; those of `wide` have their own widths.
    """

    n_tokens: int = 60
    n_ctx: int = 128
    layers: int = 2
    heads: int = 2
    kv_heads: int = 0
    slots: tuple[str, ...] = ("before", "said", "junk")
    wide: Mapping[str, int] = field(default_factory=dict)
    bos: bool = True
    code_width: int = 0
    """0: one-hot codes; else random unit vectors of this width, which overlap a little."""
    rotary_pairs: int = 0
    """0: learned positions in the slot "place"."""
    turned: bool = False
    """The stream is turned by a random rotation, so that no slot can be seen in the weights."""
    noise: float = 0.0
    """The deviation of random numbers added to every weight."""
    seed: int = 0
    config: Mapping[str, Any] = field(default_factory=dict)
    """More of the configuration."""

    def __post_init__(self) -> None:
        self.generator = torch.Generator().manual_seed(self.seed)
        self.kv_heads = self.kv_heads or self.heads
        self.codes = self._codes()
        width = self.codes.shape[1]
        widths = {"token": width, "one": 1, "bos": 1, **dict.fromkeys(self.slots, width), **self.wide}
        if not self.rotary_pairs:
            widths["place"] = self.n_ctx
        ends = torch.tensor([0, *widths.values()]).cumsum(0).tolist()
        self.at = {name: slice(low, high) for name, low, high in zip(widths, ends[:-1], ends[1:], strict=True)}
        self.width = ends[-1]
        self.keys: dict[tuple[int, int], list[str]] = {}
        self.values: dict[tuple[int, int], list[str]] = {}
        self.queries: list[tuple[int, int, str, str, torch.Tensor]] = []
        self.writes: list[tuple[int, int, str, str, torch.Tensor]] = []
        self.says: list[tuple[str, torch.Tensor]] = []
        self.phases: list[tuple[int, int, int, float]] = []
        self.mlps: dict[int, dict[str, torch.Tensor]] = {}

    def _codes(self) -> torch.Tensor:
        if not self.code_width:
            return torch.eye(self.n_tokens)
        codes = torch.randn(self.n_tokens, self.code_width, generator=self.generator)
        return codes / codes.norm(dim=1, keepdim=True)

    def size(self, slot: str) -> int:
        return self.at[slot].stop - self.at[slot].start

    def seek(
        self, layer: int, head: int, query: str, key: str, strength: float = SHARP, matrix: torch.Tensor | None = None
    ) -> None:
        """Add strength · q M kᵀ to the head's scores, where q and k are what the slots `query` and `key` hold."""
        self._list(self.keys, layer, head, key)
        matrix = torch.eye(self.size(query), self.size(key)) if matrix is None else matrix
        self.queries.append((layer, head, query, key, strength * matrix))

    def back(self, layer: int, head: int, distance: int, strength: float = SHARP) -> None:
        """The head looks this far back, whatever stands there."""
        if self.rotary_pairs:
            self.phases.append((layer, head, distance, strength))
        else:
            self.seek(layer, head, "place", "place", strength, shift(self.n_ctx, distance))

    def rest(self, layer: int, head: int, strength: float = SHARP) -> None:
        """The head looks at the first token."""
        if self.bos:
            self.seek(layer, head, "one", "bos", strength)
        else:
            self.seek(layer, head, "one", "place", strength, torch.eye(1, self.n_ctx))

    def carry(
        self, layer: int, head: int, source: str, target: str, strength: float = 1.0, matrix: torch.Tensor | None = None
    ) -> None:
        """Add strength · v M to the slot `target`, where v is what the slot `source` holds where the head attends."""
        self._list(self.values, layer, head, source)
        matrix = torch.eye(self.size(source), self.size(target)) if matrix is None else matrix
        self.writes.append((layer, head, source, target, strength * matrix))

    def say(self, slot: str = "said", strength: float = 10.0) -> None:
        """What stands in the slot is predicted, with this many logits."""
        self.says.append((slot, strength * self.codes.T))

    def neurons(
        self, layer: int, reads: Mapping[str, torch.Tensor], bias: torch.Tensor, writes: Mapping[str, torch.Tensor]
    ) -> None:
        """The MLP of a layer, of relu neurons: slots → neurons → slots. All layers need as many neurons."""
        into, out = torch.zeros(self.width, len(bias)), torch.zeros(len(bias), self.width)
        for slot, matrix in reads.items():
            into[self.at[slot]] = matrix
        for slot, matrix in writes.items():
            out[:, self.at[slot]] = matrix
        self.mlps[layer] = {"W_in": into, "b_in": bias, "W_out": out}

    def _group(self, head: int) -> int:
        return head * self.kv_heads // self.heads

    def _list(self, taken: dict[tuple[int, int], list[str]], layer: int, head: int, slot: str) -> None:
        slots = taken.setdefault((layer, self._group(head)), [])
        if slot not in slots:
            slots.append(slot)

    def _columns(self, slots: list[str], first: int = 0) -> dict[str, slice]:
        """Where in a head's vectors each slot that it reads has its place."""
        columns = {}
        for slot in slots:
            columns[slot] = slice(first, first + self.size(slot))
            first += self.size(slot)
        return columns

    def model(self, name: str = "") -> Model:
        config = self._config()
        tensors = {name: torch.zeros(shape) for name, shape in config.required().items()}
        self._ends(tensors)
        self._scores(tensors, config)
        self._moves(tensors)
        self._rest(tensors, config)
        if self.turned:
            self._turn(tensors)
        for name_, tensor in tensors.items() if self.noise else ():
            spread = 0.0 if ".w" in name_ else self.noise
            tensor += spread * torch.randn(tensor.shape, generator=self.generator)
        made = model_of(config, tensors, plain(config.d_vocab, 0 if self.bos else None))
        made.name = name or made.name
        return made

    def _config(self) -> Config:
        sizes = [2 * self.rotary_pairs + sum(map(self.size, slots)) for slots in self.keys.values()]
        sizes += [sum(map(self.size, slots)) for slots in self.values.values()]
        largest = max(2, 2 * self.rotary_pairs, *sizes)
        more: dict[str, Any] = {"norm": "none", **self.config}
        if self.mlps:
            more |= {"d_mlp": len(next(iter(self.mlps.values()))["b_in"]), "activation": "relu"}
        if self.rotary_pairs:
            more |= {"positions": "rotary", "rotary_dim": 2 * self.rotary_pairs}
        return Config(
            n_layers=self.layers, n_heads=self.heads, n_kv_heads=self.kv_heads, d_model=self.width,
            d_head=largest + largest % 2, d_vocab=self.n_tokens + self.bos, n_ctx=self.n_ctx, **more,
        )  # fmt: skip

    def _ends(self, tensors: dict[str, torch.Tensor]) -> None:
        embed = tensors["embed.W_E"]
        embed[:, self.at["one"]] = 1.0
        embed[int(self.bos) :, self.at["token"]] = self.codes
        if self.bos:
            embed[0, self.at["bos"]] = 1.0
        if not self.rotary_pairs:
            tensors["pos.W_pos"][:, self.at["place"]] = torch.eye(self.n_ctx)
        for slot, matrix in self.says:
            tensors["unembed.W_U"][self.at[slot], int(self.bos) :] += matrix

    def _scores(self, tensors: dict[str, torch.Tensor], config: Config) -> None:
        for (layer, group), slots in self.keys.items():
            for slot, columns in self._columns(slots, 2 * self.rotary_pairs).items():
                tensors[f"L{layer}.attn.W_K"][group, self.at[slot], columns] = torch.eye(self.size(slot))
        for layer, head, query, key, matrix in self.queries:
            columns = self._columns(self.keys[layer, self._group(head)], 2 * self.rotary_pairs)[key]
            tensors[f"L{layer}.attn.W_Q"][head, self.at[query], columns] += matrix / config.scale
        for layer, head, distance, strength in self.phases:
            # cos((i − j − distance) · speed), summed over the pairs, is largest where j is `distance` back.
            angles = distance * self._speeds(config)
            phase = torch.stack((angles.cos(), -angles.sin()), dim=-1 if config.rotary_interleaved else 0).flatten()
            real = torch.stack((torch.ones_like(angles), torch.zeros_like(angles)), dim=-1)
            real = (real if config.rotary_interleaved else real.T).flatten()
            pairs, one = slice(0, 2 * self.rotary_pairs), self.at["one"].start
            tensors[f"L{layer}.attn.W_Q"][head, one, pairs] = strength * phase / config.scale
            tensors[f"L{layer}.attn.W_K"][self._group(head), one, pairs] = real

    def _speeds(self, config: Config) -> torch.Tensor:
        if config.rotary_speeds:
            return torch.tensor(config.rotary_speeds)
        return config.rotary_base ** (-torch.arange(self.rotary_pairs) / self.rotary_pairs)

    def _moves(self, tensors: dict[str, torch.Tensor]) -> None:
        for (layer, group), slots in self.values.items():
            for slot, columns in self._columns(slots).items():
                tensors[f"L{layer}.attn.W_V"][group, self.at[slot], columns] = torch.eye(self.size(slot))
        for layer, head, source, target, matrix in self.writes:
            columns = self._columns(self.values[layer, self._group(head)])[source]
            tensors[f"L{layer}.attn.W_O"][head, columns, self.at[target]] += matrix

    def _rest(self, tensors: dict[str, torch.Tensor], config: Config) -> None:
        """Norms that leave the usual stream as it is, and the MLPs."""
        for name, tensor in tensors.items():
            if name.endswith(".w"):
                tensor.fill_(math.sqrt(TYPICAL / self.width))
            if name.endswith(("q_norm.w", "k_norm.w")):
                tensor.fill_(math.sqrt(SHARP * config.scale))  # equal directions then score SHARP
        for layer, mlp in self.mlps.items():
            tensors |= {f"L{layer}.mlp.{name}": tensor for name, tensor in mlp.items()}

    def _turn(self, tensors: dict[str, torch.Tensor]) -> None:
        turn = torch.linalg.qr(torch.randn(self.width, self.width, generator=self.generator)).Q
        for name in tensors:
            kind = name.rpartition(".")[2]
            if kind in ("W_E", "W_pos", "W_O", "W_out"):
                tensors[name] = tensors[name] @ turn
            elif kind in ("W_Q", "W_K", "W_V", "W_U", "W_in"):
                tensors[name] = turn.T @ tensors[name]
