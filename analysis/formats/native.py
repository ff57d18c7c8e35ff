"""Headscope's own form: safetensors with canonical names, and the configuration as JSON in its metadata."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import torch
from safetensors.torch import save

from ..checkpoint import Checkpoint
from ..model import Config, ModelSpec, Part
from ..registry import Format
from ..values import UserError
from ..vocabulary import Vocabulary, characters, plain
from ._gpt import whole

_KEY = "headscope"
_DAMAGED = "The configuration inside this Headscope file is damaged"


def recognise(checkpoint: Checkpoint) -> str | None:
    return "Headscope's own form: the file holds its configuration" if _KEY in checkpoint.metadata else None


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    told = _json(str(checkpoint.metadata[_KEY]))
    vocabulary = _vocabulary(told)
    config = _config(told)
    if config.n_layers > len(checkpoint.shapes):
        raise UserError(f"{_DAMAGED}: it counts {config.n_layers} layers, more than there are tensors; save it again.")
    if n_head not in (None, config.n_heads):
        raise UserError(f"This file is stored head by head and has {config.n_heads} heads; leave --n-head away.")
    return ModelSpec(
        family="Headscope form",
        evidence=("Headscope's own form: the file holds its configuration",),
        config=config,
        parts={name: Part(name, whole) for name in checkpoint.shapes},
        vocabulary=vocabulary,
        context_vocabulary=characters(config.d_vocab_context) if config.cross_layers else None,
    )


def save_native(
    model_tensors: Mapping[str, torch.Tensor],
    config: Config,
    path: str | os.PathLike[str],
    dtype: torch.dtype = torch.float32,
    *,
    bos: int | None = None,
    names: tuple[str, ...] = (),
) -> None:
    """Write canonical tensors and their configuration, all or nothing; floating tensors are stored in `dtype`.

    Raises ValueError when a tensor that the configuration calls for is missing or has another shape.
    """
    for name, shape in config.required().items():
        if name not in model_tensors or tuple(model_tensors[name].shape) != shape:
            raise ValueError(f"{name} must be there with shape {shape}")
    told = asdict(config) | ({} if bos is None else {"bos": bos}) | ({"names": names} if names else {})
    tensors = {name: tensor.detach().cpu().to(dtype).clone().contiguous() for name, tensor in model_tensors.items()}
    target = Path(path)
    partial = target.with_name(target.name + ".part")
    partial.write_bytes(save(tensors, metadata={_KEY: json.dumps(told)}))
    partial.replace(target)


def _json(text: str) -> dict[str, object]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise UserError(f"{_DAMAGED}; save it again.")
    return told


def _vocabulary(told: dict[str, object]) -> Vocabulary:
    """Takes "bos" and "names" out of what the file tells; both may be missing."""
    size, bos, names = told.get("d_vocab"), told.pop("bos", None), told.pop("names", ())
    named = isinstance(names, (list, tuple)) and all(isinstance(name, str) for name in names)
    if not isinstance(size, int) or not named or (names and len(names) != size):  # type: ignore[arg-type]
        raise UserError(f"{_DAMAGED}: token names and vocabulary do not fit; save it again.")
    if bos is not None and not (isinstance(bos, int) and 0 <= bos < size):
        raise UserError(f"{_DAMAGED}: the first token {bos!r} is no token id; save it again.")
    base = plain(size, bos)
    return Vocabulary(size, base.cycle, tuple(names), bos=bos)  # type: ignore[arg-type]


def _config(told: dict[str, object]) -> Config:
    kinds, needed = get_type_hints(Config), {item.name for item in fields(Config) if item.default is MISSING}
    wrong = sorted(needed - set(told)) + [
        name for name, value in told.items() if name not in kinds or not _fits(value, kinds[name])
    ]
    if wrong:
        raise UserError(f"{_DAMAGED}: {wrong[0]!r} is missing, unknown or of the wrong kind; save it again.")
    values = dict(told)
    values |= {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    config = Config(**values)  # type: ignore[arg-type]
    sizes = (config.n_layers, config.n_heads, config.n_kv_heads, config.d_model, config.d_head, config.n_ctx)
    listed = ((config.windows, config.n_layers), (config.rotary_speeds, config.rotary_dim // 2))
    odd = config.rotary_dim % 2 or config.rotary_dim > config.d_head
    if 0 in sizes or config.n_heads % config.n_kv_heads or odd or any(len(has) not in (0, n) for has, n in listed):
        raise UserError(f"{_DAMAGED}: its sizes do not fit together; save it again.")
    return config


def _fits(value: object, kind: object) -> bool:
    """Whether a value from JSON fits the type of a Config field."""
    if get_origin(kind) is Literal:
        return isinstance(value, str) and value in get_args(kind)
    if get_origin(kind) is tuple:
        return isinstance(value, list) and all(_fits(item, get_args(kind)[0]) for item in value)
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    return isinstance(value, (int, float) if kind is float else int) and value >= 0


FORMAT = Format("native", "Headscope", recognise, read, order=10)
