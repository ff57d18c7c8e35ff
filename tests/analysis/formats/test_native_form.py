"""Our own form: what is written is what is read, and damage is told."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from analysis.files.checkpoint import open_checkpoint
from analysis.handwriting.codec import StrokeCodec
from analysis.loading.certificate import certify
from analysis.loading.formats.native import save_native
from analysis.loading.identify import identify
from analysis.model.model import Config
from analysis.values import UserError
from analysis.values.work import finish
from tests.analysis.handmade import load_model

CONFIG = Config(
    n_layers=2, n_heads=4, d_model=12, d_head=6, d_vocab=9, n_ctx=16, n_kv_heads=2, norm="rms", positions="rotary",
    rotary_dim=4, rotary_base=500.0, activation="relu", d_mlp=5, cross_layers=(1,), d_context=3, n_ctx_context=4,
    d_vocab_context=28,
)  # fmt: skip


def tensors(config: Config = CONFIG) -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(2)
    return {name: torch.randn(shape, generator=draw) for name, shape in config.required().items()}


def test_that_what_was_saved_comes_back(tmp_path: Path) -> None:
    weights = tensors() | {"L0.attn.b_K": torch.ones(2, 6)}
    save_native(weights, CONFIG, tmp_path / "demo.safetensors", bos=0)
    checkpoint = open_checkpoint(tmp_path / "demo.safetensors")
    spec = identify(checkpoint)
    model = load_model(spec, checkpoint, torch.device("cpu"))
    assert spec.config == CONFIG
    assert spec.vocabulary.bos == 0
    assert spec.vocabulary.cycle == ((1, 9),)
    assert spec.head_counts == ()
    assert all(torch.equal(model.weights[name], tensor) for name, tensor in weights.items())
    assert finish(certify(spec, checkpoint, model)).ok
    assert [file.name for file in tmp_path.iterdir()] == ["demo.safetensors"]


def test_that_windows_and_speeds_of_rotation_come_back(tmp_path: Path) -> None:
    config = replace(CONFIG, windows=(0, 7), rotary_speeds=(0.5, 0.25), qk_norm=True)
    save_native(tensors(config), config, tmp_path / "demo")
    assert identify(open_checkpoint(tmp_path / "demo")).config == config
    save_native(tensors(config), replace(config, windows=(7,)), tmp_path / "demo")
    with pytest.raises(UserError, match="sizes do not fit"):
        identify(open_checkpoint(tmp_path / "demo"))


def test_that_half_precision_and_token_names_are_kept(tmp_path: Path) -> None:
    names = tuple("abcdefghi")
    save_native(tensors(), CONFIG, tmp_path / "demo", torch.float16, names=names)
    checkpoint = open_checkpoint(tmp_path / "demo")
    assert checkpoint.dtype("embed.W_E") == torch.float16
    assert identify(checkpoint).vocabulary.names == names


def test_that_an_incomplete_model_is_not_written(tmp_path: Path) -> None:
    weights = tensors()
    del weights["L1.attn.W_K"]
    with pytest.raises(ValueError, match=r"L1\.attn\.W_K"):
        save_native(weights, CONFIG, tmp_path / "demo")
    assert not list(tmp_path.iterdir())


def test_that_another_head_count_is_refused(tmp_path: Path) -> None:
    save_native(tensors(), CONFIG, tmp_path / "demo")
    with pytest.raises(UserError, match="4 heads"):
        identify(open_checkpoint(tmp_path / "demo"), 2)


def test_that_a_tensor_the_configuration_does_not_know_is_named(tmp_path: Path) -> None:
    save_native(tensors() | {"L0.gate.w": torch.ones(1)}, CONFIG, tmp_path / "demo")
    checkpoint = open_checkpoint(tmp_path / "demo")
    with pytest.raises(UserError, match=r"L0\.gate\.w"):
        load_model(identify(checkpoint), checkpoint, torch.device("cpu"))


CODEC = StrokeCodec((0.0, 0.01, 0.1), 8, "ab c")
WRITER = replace(CONFIG, d_vocab=17, d_vocab_context=5)


def test_that_the_bins_and_letters_of_handwriting_come_back(tmp_path: Path) -> None:
    save_native(tensors(WRITER), WRITER, tmp_path / "demo", codec=CODEC)
    spec = identify(open_checkpoint(tmp_path / "demo"))
    assert spec.vocabulary.codec == CODEC
    assert spec.vocabulary.cycle == ((6, 14), (0, 6))
    assert [spec.vocabulary.label(token) for token in (2, 5, 6, 13, 14, 15, 16)] == [
        "r2", "r2↑", "θ -180°", "θ 180°", "PAD", "END", "WORD",
    ]  # fmt: skip
    assert spec.context_vocabulary is not None
    assert spec.context_vocabulary.names == ("·", "a", "b", "␣", "c")


@pytest.mark.parametrize("config", [CONFIG, replace(WRITER, d_vocab_context=6)])
def test_that_bins_for_another_number_of_ids_are_not_written(config: Config, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"makes? "):
        save_native(tensors(config), config, tmp_path / "demo", codec=CODEC)
    assert not list(tmp_path.iterdir())


BAD_STROKES = {
    "no JSON": ("{", "ab c"),
    "radii missing": ('{"angles": 8}', "ab c"),
    "angles missing": ('{"radii": [0, 0.01, 0.1]}', "ab c"),
    "angles a text": ('{"radii": [0, 0.01, 0.1], "angles": "8"}', "ab c"),
    "radii fall": ('{"radii": [0, 0.1, 0.01], "angles": 8}', "ab c"),
    "radii do not begin at 0": ('{"radii": [0.001, 0.01, 0.1], "angles": 8}', "ab c"),
    "NaN": ('{"radii": [0, NaN, 0.1], "angles": 8}', "ab c"),
    "endless": ('{"radii": [0, 0.1, Infinity], "angles": 8}', "ab c"),
    "larger than any number": ('{"radii": [0, 0.1, 1%s], "angles": 8}' % ("0" * 400), "ab c"),
    "another number of tokens": ('{"radii": [0, 0.01, 0.1], "angles": 9}', "ab c"),
    "another number of letters": ('{"radii": [0, 0.01, 0.1], "angles": 8}', "abc"),
    "a letter twice": ('{"radii": [0, 0.01, 0.1], "angles": 8}', "abca"),
    "a vocabulary without end": ('{"radii": [0, 0.01, 0.1], "angles": 1000000000000}', "ab c"),
}


@pytest.mark.parametrize("case", BAD_STROKES)
def test_that_damaged_bins_are_told(case: str, tmp_path: Path) -> None:
    strokes, alphabet = BAD_STROKES[case]
    told = {"headscope": json.dumps(asdict(WRITER)), "strokes": strokes, "alphabet": alphabet}
    save_file(tensors(WRITER), tmp_path / "demo", metadata=told)
    with pytest.raises(UserError, match="damaged"):
        identify(open_checkpoint(tmp_path / "demo"))


GOOD = asdict(CONFIG)
DAMAGED = {
    "no JSON": "{",
    "a list": "[]",
    "deep": "[" * 100_000,
    "unknown field": json.dumps(GOOD | {"colour": 1}),
    "missing field": json.dumps({key: value for key, value in GOOD.items() if key != "n_ctx"}),
    "wrong kind": json.dumps(GOOD | {"d_model": "twelve"}),
    "negative": json.dumps(GOOD | {"n_layers": -1}),
    "unknown choice": json.dumps(GOOD | {"norm": "batch"}),
    "truth for a number": json.dumps(GOOD | {"n_heads": True}),
    "too many layers": json.dumps(GOOD | {"n_layers": 10**9}),
    "head counts": json.dumps(GOOD | {"n_kv_heads": 3}),
    "no head": json.dumps(GOOD | {"n_heads": 0, "n_kv_heads": 0}),
    "first token": json.dumps(GOOD | {"bos": 9}),
    "names": json.dumps(GOOD | {"names": ["a"]}),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_that_a_damaged_configuration_is_told(case: str, tmp_path: Path) -> None:
    save_file(tensors(), tmp_path / "demo", metadata={"headscope": DAMAGED[case]})
    with pytest.raises(UserError, match="damaged"):
        identify(open_checkpoint(tmp_path / "demo"))


def test_that_a_configuration_for_other_shapes_is_told_at_loading(tmp_path: Path) -> None:
    told = json.dumps(asdict(replace(CONFIG, d_mlp=6)))
    save_file(tensors(), tmp_path / "demo", metadata={"headscope": told})
    checkpoint = open_checkpoint(tmp_path / "demo")
    with pytest.raises(UserError, match=r"mlp\.W_in"):
        load_model(identify(checkpoint), checkpoint, torch.device("cpu"))
