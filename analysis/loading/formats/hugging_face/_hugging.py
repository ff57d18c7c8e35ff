"""What the Hugging Face families share: the configuration beside the file, and what its fields mean."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats._gpt import Unsupported
from analysis.values import UserError

Activation = Literal["gelu_tanh", "gelu", "relu", "silu"]
_ACTIVATIONS: dict[str, Activation] = {
    "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh", "gelu_fast": "gelu_tanh", "gelu": "gelu",
    "relu": "relu", "silu": "silu", "swish": "silu",
}  # fmt: skip
_LARGEST = 1e30  # no honest number is larger


@dataclass(frozen=True)
class Told:
    """A configuration; every reading of a field that has the wrong kind of value raises UserError."""

    values: Mapping[str, object] = field(default_factory=dict)

    def number(self, key: str, default: float) -> float:
        value = self.values.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _LARGEST:
            raise self.wrong(key)
        return float(value)

    def whole(self, key: str, default: int = 0) -> int:
        value = self.number(key, default)
        if not 0 <= value < 2**31 or value != int(value):
            raise self.wrong(key)
        return int(value)

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.values.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key)
        return default if value is None else value

    def text(self, key: str, default: str = "") -> str:
        value = self.values.get(key)
        return value if isinstance(value, str) else default

    def inside(self, key: str) -> Told:
        value = self.values.get(key)
        return Told(value if isinstance(value, Mapping) else {})

    def activation(self, default: str, *keys: str) -> Activation:
        """Raises Unsupported for a nonlinearity that is not known."""
        name = next((found for key in keys if (found := self.text(key))), default)
        if name not in _ACTIVATIONS:
            raise Unsupported(
                f"This model's activation is {name!r}, which is not known, so only its attention weights are shown."
            )
        return _ACTIVATIONS[name]

    def wrong(self, key: str) -> UserError:
        return UserError(f"config.json gives {key!r} as {self.values.get(key)!r}; correct or remove config.json.")


def text_config(checkpoint: Checkpoint) -> Told:
    """What config.json tells of the model, or of its text part where it has others."""
    told = Told(checkpoint.metadata).inside("config.json")
    inner = told.inside("text_config")
    return inner if inner.values else told


def model_type(checkpoint: Checkpoint) -> str | None:
    """The model type that config.json names, None without one."""
    told = Told(checkpoint.metadata).inside("config.json")
    return told.inside("text_config").text("model_type") or told.text("model_type") or None


def configuration(checkpoint: Checkpoint, width_key: str, d_model: int, defaults: str) -> tuple[Told, str]:
    """config.json beside the file, if it is of a model this wide, and evidence; else nothing told, and the defaults."""
    told = text_config(checkpoint)
    if not told.values:
        return told, f"no config.json beside the file: {defaults} are taken as usual for the family"
    if told.whole(width_key) != d_model:
        return Told(), f"config.json is of a model of another width and is not used: {defaults} are taken as usual"
    return told, f"config.json beside the file: {told.text('model_type', 'no model type')}"


# ---- rotary positions --------------------------------------------------------------------------------------------


def rotary(told: Told, d_head: int, base: float, kind: str = "full_attention") -> tuple[float, tuple[float, ...], int]:
    """(base, speeds where they are scaled, turned dimensions) of the layers of this kind.

    Newer configurations hold rope_parameters, for all layers or by the kind of layer; older ones rope_theta and
    rope_scaling. Raises Unsupported for a scaling that is not known.
    """
    rope = told.inside("rope_parameters")
    rope = rope.inside(kind) if kind in rope.values else rope
    scaling = rope if rope.values else told.inside("rope_scaling")
    part = rope.number("partial_rotary_factor", told.number("partial_rotary_factor", 1.0))
    base = rope.number("rope_theta", told.number("rope_theta", base))
    n = int(d_head * part)
    if base <= 0 or not 0 < n <= d_head or n % 2:
        raise UserError(f"config.json turns {n} of {d_head} dimensions with base {base:g}; correct or remove it.")
    speeds = [base ** (-2 * pair / n) for pair in range(n // 2)]
    scaled = _scaled(speeds, scaling, told)
    return base, () if scaled == speeds else tuple(scaled), n


def _scaled(speeds: list[float], scaling: Told, told: Told) -> list[float]:
    kind = scaling.text("rope_type") or scaling.text("type") or "default"
    if kind in ("default", "dynamic"):  # dynamic scaling starts beyond the trained length
        return speeds
    factor = scaling.number("factor", 1.0)
    if kind == "linear" and factor > 0:
        return [speed / factor for speed in speeds]
    if kind == "llama3" and factor > 0:
        return [_llama3(speed, factor, scaling, told) for speed in speeds]
    raise Unsupported(
        f"This model scales its rotary positions by {kind!r}, which is not supported, so only its attention weights "
        "are shown."
    )


def _llama3(speed: float, factor: float, scaling: Told, told: Told) -> float:
    """Slow pairs are slowed further, fast ones left, those between blended (Llama 3.1)."""
    low, high = scaling.number("low_freq_factor", 1.0), scaling.number("high_freq_factor", 4.0)
    original = scaling.number("original_max_position_embeddings", told.number("max_position_embeddings", 8192))
    if not low < high:
        raise scaling.wrong("high_freq_factor")
    turns = original * speed / (2 * math.pi)
    share = min(1.0, max(0.0, (turns - low) / (high - low)))
    return (1 - share) * speed / factor + share * speed


# ---- sliding windows ---------------------------------------------------------------------------------------------


def windows(told: Told, slides: list[bool], size: int) -> tuple[int, ...]:
    """For each layer its window (0: none); `slides` is the family's habit where layer_types does not tell."""
    kinds = told.values.get("layer_types")
    if isinstance(kinds, (list, tuple)):
        if len(kinds) != len(slides) or any(kind not in ("sliding_attention", "full_attention") for kind in kinds):
            raise told.wrong("layer_types")
        slides = [kind == "sliding_attention" for kind in kinds]
    window = told.whole("sliding_window", 0 if "sliding_window" in told.values else size)  # null: none
    return tuple(window if slide else 0 for slide in slides) if window and any(slides) else ()
