"""Data sets, and models that read them, made for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.handwriting.codec import StrokeCodec
from analysis.loading.formats.native import save_native
from analysis.model.model import Model
from analysis.model.vocabulary import characters, handwriting
from tests.analysis.handmade import CROSSED, random_model

WORDS = ("the", "cat", "the", "dog", "the")
COARSE = StrokeCodec((0.0, 0.005, *np.geomspace(0.02, 1.0, 14).tolist()), 24, "abcdefghijklmnopqrstuvwxyz ")
"""16 radii and 24 angles: 59 ids."""


def items(texts: Sequence[str] = WORDS) -> list[dict[str, object]]:
    """One zigzag of 12 points a word, no two alike, with one pen-up."""
    draw = np.random.default_rng(0)
    made: list[dict[str, object]] = []
    for text in texts:
        points = np.cumsum(draw.uniform(0.01, 0.1, (12, 2)), axis=0)
        rows = [[float(x), float(y), float(place != 5)] for place, (x, y) in enumerate(points)]
        made.append({"metadata": {"asciiSequence": text, "aspectRatio": 1.0, "author": "a"}, "points": rows})
    return made


def data_set(path: Path, texts: Sequence[str] = WORDS) -> Path:
    path.write_text(json.dumps(items(texts)))
    return path


def writer(codec: StrokeCodec = COARSE, n_ctx: int = 200) -> Model:
    """A random model that reads handwriting with this codec."""
    letters = len(codec.alphabet) + 1
    config = replace(CROSSED, d_vocab=codec.size, n_ctx=n_ctx, d_vocab_context=letters, n_ctx_context=20)
    model = random_model(config)
    model.vocabulary = handwriting(codec)
    model.context_vocabulary = characters(letters, codec.alphabet)
    return model


def saved(model: Model, path: Path) -> Path:
    weights = {name: model.weights[name] for name in model.weights}
    save_native(weights, model.config, path, codec=model.vocabulary.codec)
    return path
