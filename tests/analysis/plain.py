"""A slow, plain decoder in float64, written head by head and position by position: what the fast one must equal."""

from __future__ import annotations

import math

import numpy as np

from analysis.model.model import Model


class Plain:
    """Runs one sample. Everything it computed for a head lies in `patterns[label]`, [T, keys]."""

    def __init__(self, model: Model) -> None:
        self.config = model.config
        self.weights = {name: model.weights[name].double().numpy() for name in model.weights}
        self.patterns: dict[str, np.ndarray] = {}

    def logits(self, tokens: list[int], context: list[int] | None = None) -> np.ndarray:
        w, config = self.weights, self.config
        x = w["embed.W_E"][tokens] * config.embed_scale
        if config.positions == "learned":
            x = x + w["pos.W_pos"][: len(tokens)]
        read = None if context is None else w["context.W_E"][context] + w["context.W_pos"][: len(context)]
        for layer in range(config.n_layers):
            normed = self.before(x, f"L{layer}.ln1")
            attended = self.attention(layer, "attn", "H", normed, normed)
            if config.parallel:
                x = x + attended + self.mlp(layer, self.norm(x, f"L{layer}.ln2"))
                continue
            x = self.after(x, attended, f"L{layer}.ln1")
            if layer in config.cross_layers:
                assert read is not None
                crossed = self.attention(layer, "cross", "X", self.before(x, f"L{layer}.ln_cross"), read)
                x = self.after(x, crossed, f"L{layer}.ln_cross")
            if config.d_mlp:
                x = self.after(x, self.mlp(layer, self.before(x, f"L{layer}.ln2")), f"L{layer}.ln2")
        x = self.norm(x, "final") if config.final_norm else x
        return self.capped(x @ w["unembed.W_U"] + w.get("unembed.b_U", 0.0), config.logit_cap)

    def before(self, x: np.ndarray, name: str) -> np.ndarray:
        return self.norm(x, name) if self.config.norm_place in ("before", "around") else x

    def after(self, x: np.ndarray, written: np.ndarray, name: str) -> np.ndarray:
        if self.config.norm_place == "around":
            written = self.norm(written, name + "_post")
        return self.norm(x + written, name) if self.config.norm_place == "after" else x + written

    def capped(self, x: np.ndarray, cap: float) -> np.ndarray:
        return cap * np.tanh(x / cap) if cap else x

    def norm(self, x: np.ndarray, name: str) -> np.ndarray:
        config, w = self.config, self.weights
        if config.norm == "none":
            return x
        if config.norm == "layer":
            x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x**2).mean(-1, keepdims=True) + config.norm_eps)
        return x * (w[name + ".w"] + config.norm_offset) + w.get(name + ".b", 0.0) if config.norm_weights else x

    def attention(self, layer: int, part: str, letter: str, x: np.ndarray, source: np.ndarray) -> np.ndarray:
        config, w, at = self.config, self.weights, f"L{layer}.{part}."
        out = np.zeros_like(x) + w.get(at + "b_O", 0.0)
        groups = w[at + "W_K"].shape[0]
        for head in range(config.n_heads):
            group = head * groups // config.n_heads
            q = x @ w[at + "W_Q"][head] + (w[at + "b_Q"][head] if at + "b_Q" in w else 0.0)
            k = source @ w[at + "W_K"][group] + (w[at + "b_K"][group] if at + "b_K" in w else 0.0)
            v = source @ w[at + "W_V"][group] + (w[at + "b_V"][group] if at + "b_V" in w else 0.0)
            if part == "attn" and config.qk_norm:
                q, k = self.norm(q, at + "q_norm"), self.norm(k, at + "k_norm")
            if part == "attn" and config.positions == "rotary":
                q, k = self.turn(q, layer), self.turn(k, layer)
            pattern = np.zeros((len(x), len(source)))
            for i in range(len(x)):
                seen = range(self.first_seen(i, layer), i + 1) if part == "attn" else range(len(source))
                scale = config.attention_scale or 1 / math.sqrt(config.d_head)
                scores = np.array([q[i] @ k[j] * scale for j in seen])
                scores = np.exp(self.capped(scores, config.attention_cap if part == "attn" else 0.0))
                pattern[i, seen] = scores / scores.sum()
            self.patterns[f"L{layer}{letter}{head}"] = pattern
            out = out + pattern @ v @ w[at + "W_O"][head]
        return out

    def first_seen(self, query: int, layer: int) -> int:
        window = self.config.windows[layer] if self.config.windows else 0
        return max(0, query - window + 1) if window else 0

    def speed(self, pair: int, layer: int) -> float:
        config = self.config
        if config.rotary_local_base and config.windows[layer]:
            return config.rotary_local_base ** (-2 * pair / config.rotary_dim)
        return (
            config.rotary_speeds[pair]
            if config.rotary_speeds
            else config.rotary_base ** (-2 * pair / config.rotary_dim)
        )

    def turn(self, x: np.ndarray, layer: int) -> np.ndarray:
        """Rotary positions as rotations of pairs in the complex plane."""
        config, turned = self.config, x.copy()
        half = config.rotary_dim // 2
        for position in range(len(x)):
            for pair in range(half):
                first, second = (2 * pair, 2 * pair + 1) if config.rotary_interleaved else (pair, pair + half)
                angle = position * self.speed(pair, layer)
                value = complex(x[position, first], x[position, second]) * complex(math.cos(angle), math.sin(angle))
                turned[position, first], turned[position, second] = value.real, value.imag
        return turned

    def mlp(self, layer: int, read: np.ndarray) -> np.ndarray:
        w, at = self.weights, f"L{layer}.mlp."
        hidden = read @ w[at + "W_in"] + w.get(at + "b_in", 0.0)
        hidden = (
            self.act(read @ w[at + "W_gate"] + w.get(at + "b_gate", 0.0)) * hidden
            if self.config.gated
            else self.act(hidden)
        )
        return hidden @ w[at + "W_out"] + w.get(at + "b_out", 0.0)

    def act(self, x: np.ndarray) -> np.ndarray:
        kind = self.config.activation
        if kind == "gelu_tanh":
            return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        if kind == "gelu":
            return np.vectorize(lambda t: 0.5 * t * (1 + math.erf(t / math.sqrt(2))))(x)
        return np.maximum(x, 0) if kind == "relu" else x / (1 + np.exp(-x))
