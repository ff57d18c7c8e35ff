"""Headscope's own form: safetensors with canonical names, and the configuration as JSON in its metadata.

A model of handwriting tells its bins as well, in `strokes`, {"radii": [lower edges], "angles": count} as JSON, and
its letters in `alphabet`, in the order of their ids from 1 up.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import torch
from safetensors.torch import save

from analysis.files.checkpoint import Checkpoint
from analysis.handwriting.codec import StrokeCodec
from analysis.loading.formats import Format
from analysis.loading.formats._gpt import whole
from analysis.model.model import Config, ModelSpec, Part
from analysis.model.vocabulary import Vocabulary, characters, handwriting, plain
from analysis.values import UserError

_KEY = "headscope"
_DAMAGED = "The configuration inside this Headscope file is damaged"


def recognise(checkpoint: Checkpoint) -> str | None:
    return "Headscope's own form: the file holds its configuration" if _KEY in checkpoint.metadata else None


def read(checkpoint: Checkpoint, n_head: int | None) -> ModelSpec:
    told = _json(str(checkpoint.metadata[_KEY]))
    vocabulary = _vocabulary(told)
    config = _config(told)
    codec = _codec(checkpoint.metadata, config)
    if codec is not None:
        vocabulary = handwriting(codec)
    if config.n_layers > len(checkpoint.shapes):
        raise UserError(f"{_DAMAGED}: it counts {config.n_layers} layers, more than there are tensors; save it again.")
    if n_head not in (None, config.n_heads):
        raise UserError(f"This file is stored head by head and has {config.n_heads} heads; leave --n-head away.")
    return ModelSpec(
        family="Headscope form", evidence=("Headscope's own form: the file holds its configuration",), config=config,
        parts={name: Part(name, whole) for name in checkpoint.shapes}, vocabulary=vocabulary,
        context_vocabulary=_letters(config, codec) if config.cross_layers else None,
    )  # fmt: skip


def save_native(
    model_tensors: Mapping[str, torch.Tensor], config: Config, path: str | os.PathLike[str],
    dtype: torch.dtype = torch.float32, *, bos: int | None = None, names: tuple[str, ...] = (),
    codec: StrokeCodec | None = None,
) -> None:  # fmt: skip
    """Write canonical tensors and their configuration, all or nothing; floating tensors are stored in `dtype`.

    `codec` says how the tokens of a handwriting model stand for movements, and which letters it is given. Raises
    ValueError when a tensor that the configuration calls for is missing or has another shape, or when the codec counts
    other ids than the configuration.
    """
    if codec is not None and (problem := _misfit(codec, config)):
        raise ValueError(problem)
    for name, shape in config.required().items():
        if name not in model_tensors or tuple(model_tensors[name].shape) != shape:
            raise ValueError(f"{name} must be there with shape {shape}")
    told = asdict(config) | ({} if bos is None else {"bos": bos}) | ({"names": names} if names else {})
    tensors = {name: tensor.detach().cpu().to(dtype).clone().contiguous() for name, tensor in model_tensors.items()}
    target = Path(path)
    partial = target.with_name(target.name + ".part")
    partial.write_bytes(save(tensors, metadata={_KEY: json.dumps(told), **_strokes(codec)}))
    partial.replace(target)


def _strokes(codec: StrokeCodec | None) -> dict[str, str]:
    if codec is None:
        return {}
    return {"strokes": json.dumps({"radii": codec.radii, "angles": codec.angles}), "alphabet": codec.alphabet}


def _codec(metadata: Mapping[str, object], config: Config) -> StrokeCodec | None:
    """The codec that the file tells, if any; raises UserError for one that cannot be, or does not fit the sizes."""
    if "strokes" not in metadata:
        return None
    told, alphabet = _json(str(metadata["strokes"])), str(metadata.get("alphabet", ""))
    radii, angles = told.get("radii"), told.get("angles")
    if not _fits(radii, tuple[float, ...]) or not _fits(angles, int):
        raise UserError(f"{_DAMAGED}: its strokes are no radii and number of angles; save it again.")
    try:
        codec = StrokeCodec(tuple(float(radius) for radius in radii), angles, alphabet)  # type: ignore
    except (ValueError, OverflowError) as error:
        raise UserError(f"{_DAMAGED}: {error}; save it again.") from None
    if problem := _misfit(codec, config):
        raise UserError(f"{_DAMAGED}: {problem}; save it again.")
    return codec


def _misfit(codec: StrokeCodec, config: Config) -> str:
    if codec.size != config.d_vocab:
        return f"its strokes make {codec.size} tokens, but its vocabulary has {config.d_vocab}"
    if config.cross_layers and len(codec.alphabet) + 1 != config.d_vocab_context:
        return f"its alphabet makes {len(codec.alphabet) + 1} characters, but its context has {config.d_vocab_context}"
    return ""


def _letters(config: Config, codec: StrokeCodec | None) -> Vocabulary:
    return characters(config.d_vocab_context, codec.alphabet if codec else "")


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
