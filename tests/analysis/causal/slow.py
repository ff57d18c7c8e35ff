"""Changes in the plain decoder: one full pass in float64 for each experiment and sample, head by head.

An edge is cut in another way than in the fast decoder: every write to the stream is kept in a log, and what the later
head reads is replayed from the embeddings without the earlier head's.
"""

from __future__ import annotations

import math

import numpy as np

from analysis.causal.interventions import Ablate, Cut, Experiment, Ideal
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt
from analysis.values import HeadId

from ..plain import Plain


class Slow(Plain):
    """One sample under changes; `z` holds every head's output by label."""

    def __init__(
        self, model: Model, experiment: Experiment | None = None, given: dict[str, np.ndarray] | None = None,
        frozen: dict[str, np.ndarray] | None = None, keys: dict[str, list[int | None]] | None = None,
    ) -> None:
        super().__init__(model)
        self.changes = experiment.changes if experiment else ()
        self.given = given or {}  # label of an ablated head → its z
        self.frozen = frozen or {}  # label → pattern of the clean pass
        self.keys = keys or {}  # "previous", "induction" → the key of each query, or None
        self.z: dict[str, np.ndarray] = {}
        self.log: list[tuple[str | None, dict[str, np.ndarray], np.ndarray]] = []

    def logits(self, tokens: list[int], context: list[int] | None = None) -> np.ndarray:
        w, config = self.weights, self.config
        self.origin = w["embed.W_E"][tokens] * config.embed_scale
        if config.positions == "learned":
            self.origin = self.origin + w["pos.W_pos"][: len(tokens)]
        read = None if context is None else w["context.W_E"][context] + w["context.W_pos"][: len(context)]
        for layer in range(config.n_layers):
            entry = self.stream()
            self.note(f"L{layer}.ln1", *self.heads(layer, "attn", "H", None))
            if layer in config.cross_layers:
                self.note(f"L{layer}.ln_cross", *self.heads(layer, "cross", "X", read))
            if config.d_mlp:
                before = entry if config.parallel else self.stream()
                self.note(f"L{layer}.ln2", {}, self.mlp(layer, self.before(before, f"L{layer}.ln2")))
        x = self.stream()
        x = self.norm(x, "final") if config.final_norm else x
        return self.capped(x @ w["unembed.W_U"] + w.get("unembed.b_U", 0.0), config.logit_cap)

    def losses(self, tokens: list[int], context: list[int] | None = None) -> np.ndarray:
        logits = self.logits(tokens, context)
        logs = logits - np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1, keepdims=True))
        logs -= logits.max(-1, keepdims=True)
        return -logs[np.arange(len(tokens) - 1), tokens[1:]]

    def note(self, norm: str, by_head: dict[str, np.ndarray], rest: np.ndarray) -> None:
        self.log.append((None if self.config.parallel else norm, by_head, rest))

    def stream(self, without: set[str] = frozenset()) -> np.ndarray:  # type: ignore[assignment]
        x = self.origin
        for norm, by_head, rest in self.log:
            written = rest + sum(wrote for head, wrote in by_head.items() if head not in without)
            x = x + written if norm is None else self.after(x, written, norm)
        return x

    def heads(
        self, layer: int, part: str, letter: str, source: np.ndarray | None
    ) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """What each head adds, and the bias that none of them owns."""
        at, by_head = f"L{layer}.{part}.", {}
        norm = f"L{layer}.{'ln1' if part == 'attn' else 'ln_cross'}"
        for index in range(self.config.n_heads):
            head = HeadId(layer, index, "self" if part == "attn" else "cross")
            streams = {into: self.before(self.stream(self.without(head, into)), norm) for into in "qkv"}
            if source is not None:
                streams |= {"k": source, "v": source}
            by_head[str(head)] = self.head(head, at, streams) @ self.weights[at + "W_O"][index]
        return by_head, np.zeros_like(self.origin) + self.weights.get(at + "b_O", 0.0)

    def without(self, head: HeadId, into: str) -> set[str]:
        return {str(c.earlier) for c in self.changes if isinstance(c, Cut) and (c.later, c.into) == (head, into)}

    def head(self, head: HeadId, at: str, streams: dict[str, np.ndarray]) -> np.ndarray:
        w, config = self.weights, self.config
        group = head.index * w[at + "W_K"].shape[0] // config.n_heads
        read = {}
        for into, name, index in (("q", "Q", head.index), ("k", "K", group), ("v", "V", group)):
            bias = w[at + "b_" + name][index] if at + "b_" + name in w else 0.0
            read[into] = streams[into] @ w[at + "W_" + name][index] + bias
            if head.kind == "self" and into != "v":
                if config.qk_norm:
                    read[into] = self.norm(read[into], at + into + "_norm")
                if config.positions == "rotary":
                    read[into] = self.turn(read[into], head.layer)
        pattern = self.pattern(head, read["q"], read["k"])
        own = any(self.without(head, into) for into in "qk")
        if str(head) in self.frozen and not own:
            pattern = self.frozen[str(head)]
        for change in self.changes:
            if isinstance(change, Ideal) and change.head == head:
                for query, key in enumerate(self.keys[change.pattern]):
                    if key is not None:
                        pattern[query] = np.eye(len(pattern))[key]
        self.patterns[str(head)] = pattern
        self.z[str(head)] = pattern @ read["v"]
        for change in self.changes:
            if isinstance(change, Ablate) and change.head == head:
                self.z[str(head)] = self.given[str(head)]
        return self.z[str(head)]

    def pattern(self, head: HeadId, q: np.ndarray, k: np.ndarray) -> np.ndarray:
        config, pattern = self.config, np.zeros((len(q), len(k)))
        for i in range(len(q)):
            seen = range(self.first_seen(i, head.layer), i + 1) if head.kind == "self" else range(len(k))
            scale = config.attention_scale or 1 / math.sqrt(config.d_head)
            scores = np.array([q[i] @ k[j] * scale for j in seen])
            scores = np.exp(self.capped(scores, config.attention_cap if head.kind == "self" else 0.0))
            pattern[i, seen] = scores / scores.sum()
        return pattern


def slow_losses(model: Model, prompt: Prompt, experiment: Experiment) -> np.ndarray:
    """Losses [B, T − 1] under the changes, one full pass for each sample after a clean one."""
    tokens = prompt.tokens.tolist()
    contexts = [None] * len(tokens) if prompt.context is None else prompt.context.tolist()
    clean = [Slow(model) for _ in tokens]
    for one, row, context in zip(clean, tokens, contexts, strict=True):
        one.logits(row, context)
    found = []
    for sample, (row, context) in enumerate(zip(tokens, contexts, strict=True)):
        given = {}
        for change in experiment.changes:
            if isinstance(change, Ablate):
                label, own = str(change.head), clean[sample].z[str(change.head)]
                donor = clean[(sample + 1) % len(tokens)].z[label]
                mean = np.mean([one.z[label] for one in clean], axis=(0, 1))
                given[label] = {"zero": 0 * own, "mean": 0 * own + mean, "resample": donor}[change.how]
        keys = {"previous": [None, *range(len(row) - 1)], "induction": followers(row, prompt.period, prompt.start)}
        frozen = clean[sample].patterns if experiment.frozen else {}
        found.append(Slow(model, experiment, given, frozen, keys).losses(row, context))
    return np.array(found)


def followers(row: list[int], period: int | None, start: int) -> list[int | None]:
    if period is not None:
        return [i - period + 1 if i >= start + period else None for i in range(len(row))]
    matches = [[j for j in range(i) if row[j] == row[i]] for i in range(len(row))]
    return [found[-1] + 1 if found else None for found in matches]
