"""The certificate must fail whenever a part is missing, misplaced, used twice or made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from analysis.files.checkpoint import Checkpoint, open_checkpoint
from analysis.loading.certificate import certify, unused_tensors
from analysis.loading.identify import identify
from analysis.model.model import Model, ModelSpec, Part, Weights
from analysis.values import Cancelled, UserError
from analysis.values.work import finish
from tests.analysis.formats.reference_models import GPT
from tests.analysis.handmade import load_model

CPU = torch.device("cpu")


def opened(state: dict[str, torch.Tensor], path: Path) -> tuple[ModelSpec, Checkpoint]:
    torch.save(state, path / "file.pt")
    checkpoint = open_checkpoint(path / "file.pt")
    return identify(checkpoint), checkpoint


def cursive(path: Path) -> tuple[ModelSpec, Checkpoint]:
    return opened(GPT(cross=[(16, "ln_3"), (None, "ln_2")], d_context=16).state_dict(), path)


def with_part(spec: ModelSpec, name: str, part: Part | None) -> ModelSpec:
    parts = {other: kept for other, kept in spec.parts.items() if other != name}
    return replace(spec, parts=parts if part is None else parts | {name: part})


def swapped(spec: ModelSpec, one: str, other: str) -> ModelSpec:
    return replace(spec, parts={**spec.parts, one: spec.parts[other], other: spec.parts[one]})


def test_that_a_good_model_is_certified_in_words(tmp_path: Path) -> None:
    spec, checkpoint = cursive(tmp_path)
    certificate = finish(certify(spec, checkpoint, load_model(spec, checkpoint, CPU)))
    assert certificate.ok
    text = "\n".join(certificate.lines)
    assert "used exactly once" in text
    assert "transformer.h.0.attn.bias" in text
    assert "agrees with itself" in text
    assert "Failed" not in text


WRONG: dict[str, tuple[Callable[[ModelSpec], ModelSpec], str]] = {
    "swapped": (lambda spec: swapped(spec, "embed.W_E", "unembed.W_U"), "embed.W_E"),
    "swapped, other width": (lambda spec: swapped(spec, "L0.cross.W_K", "L0.cross.W_Q"), "L0.cross.W_K"),
    "dropped": (lambda spec: with_part(spec, "L1.attn.W_K", None), "L1.attn.W_K is missing"),
    "bias dropped": (lambda spec: with_part(spec, "L1.mlp.b_in", None), "transformer.h.1.mlp.c_fc.bias"),
    "part of a packed bias dropped": (lambda spec: with_part(spec, "L1.attn.b_V", None), "24 are not used"),
    "used twice": (
        lambda spec: with_part(spec, "L1.attn.W_K", spec.parts["L1.attn.W_Q"]),
        "576 are not used and 576 are used more than once",
    ),
    "norm used for another": (lambda spec: with_part(spec, "L1.ln1.w", spec.parts["L1.ln2.w"]), "more than once"),
    "repeats elements": (
        lambda spec: with_part(spec, "final.b", Part("transformer.ln_f.bias", lambda t: t[:1].expand(24))),
        "23 are not used",
    ),
    "no such tensor": (lambda spec: with_part(spec, "final.b", Part("nowhere", lambda t: t)), "'nowhere' is missing"),
    "unknown weight": (lambda spec: with_part(spec, "L9.ln1.w", spec.parts["final.w"]), "L9.ln1.w"),
    "cannot be taken": (
        lambda spec: with_part(spec, "final.b", Part("transformer.ln_f.bias", lambda t: t.reshape(7, 7))),
        "final.b",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_that_a_wrong_part_fails_the_certificate(case: str, tmp_path: Path) -> None:
    spec, checkpoint = cursive(tmp_path)
    model = load_model(spec, checkpoint, CPU)
    change, sentence = WRONG[case]
    certificate = finish(certify(change(spec), checkpoint, model))
    assert not certificate.ok
    assert any(line.startswith("Failed") and sentence in line for line in certificate.lines), certificate.lines


def test_that_a_copy_of_elements_in_another_order_is_still_counted(tmp_path: Path) -> None:
    spec, checkpoint = cursive(tmp_path)
    flipped = with_part(spec, "final.b", Part("transformer.ln_f.bias", lambda t: t.flip(0)))
    assert finish(certify(flipped, checkpoint, load_model(spec, checkpoint, CPU))).ok


def test_that_a_tensor_nobody_reads_fails_and_is_listed(tmp_path: Path) -> None:
    spec, checkpoint = opened(GPT().state_dict() | {"value_head.weight": torch.ones(1, 24)}, tmp_path)
    certificate = finish(certify(spec, checkpoint, load_model(spec, checkpoint, CPU)))
    assert not certificate.ok
    assert any("value_head.weight" in line for line in certificate.lines)
    assert "value_head.weight" in unused_tensors(spec, checkpoint)


def test_that_tied_embeddings_pass_and_are_named(tmp_path: Path) -> None:
    state = {name: tensor for name, tensor in GPT().state_dict().items() if name != "lm_head.weight"}
    spec, checkpoint = opened(state, tmp_path)
    certificate = finish(certify(spec, checkpoint, load_model(spec, checkpoint, CPU)))
    assert certificate.ok
    assert any("Tied" in line and "transformer.wte.weight" in line for line in certificate.lines)


def test_that_sharing_without_saying_so_fails(tmp_path: Path) -> None:
    state = {name: tensor for name, tensor in GPT().state_dict().items() if name != "lm_head.weight"}
    spec, checkpoint = opened(state, tmp_path)
    shared = with_part(spec, "unembed.W_U", replace(spec.parts["unembed.W_U"], tied=False))
    assert not finish(certify(shared, checkpoint, load_model(spec, checkpoint, CPU))).ok


class _Drifting(Weights):
    """Weights that differ each time they are asked for, as uninitialised memory may."""

    def __getitem__(self, name: str) -> torch.Tensor:
        return super().__getitem__(name) + torch.rand(()) if name == "final.w" else super().__getitem__(name)


def test_that_a_forward_pass_that_disagrees_with_itself_fails(tmp_path: Path) -> None:
    spec, checkpoint = cursive(tmp_path)
    model = Model(spec.config, _Drifting(spec.parts, checkpoint, CPU), spec.vocabulary, spec.context_vocabulary)
    certificate = finish(certify(spec, checkpoint, model))
    assert not certificate.ok
    assert any("does not agree with itself" in line for line in certificate.lines)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_that_weights_that_are_not_finite_are_refused_by_name(value: float, tmp_path: Path) -> None:
    state = GPT().state_dict()
    state["transformer.h.1.mlp.c_fc.weight"] = torch.full((72, 24), value)
    spec, checkpoint = opened(state, tmp_path)
    with pytest.raises(UserError, match=r"h\.1\.mlp\.c_fc\.weight.*NaN or infinite"):
        load_model(spec, checkpoint, CPU)


@pytest.mark.parametrize("dtype", [torch.int8, torch.complex64, torch.bool, torch.float8_e4m3fn])
def test_that_weights_that_are_not_plain_floats_are_refused_by_name(dtype: torch.dtype, tmp_path: Path) -> None:
    state = GPT().state_dict()
    state["transformer.ln_f.weight"] = torch.ones(24).to(dtype)
    spec, checkpoint = opened(state, tmp_path)
    with pytest.raises(UserError, match=r"'transformer\.ln_f\.weight' holds \w+ numbers"):
        load_model(spec, checkpoint, CPU)


@pytest.mark.parametrize("case", ["dropped", "no such tensor", "cannot be taken"])
def test_that_loading_refuses_what_would_be_left_uninitialised(case: str, tmp_path: Path) -> None:
    spec, checkpoint = cursive(tmp_path)
    with pytest.raises(UserError):
        load_model(WRONG[case][0](spec), checkpoint, CPU)


def test_that_loading_and_certifying_can_be_cancelled_and_show_progress(tmp_path: Path) -> None:
    spec, checkpoint = cursive(tmp_path)
    seen: list[float] = []
    model = load_model(spec, checkpoint, CPU, seen.append)
    assert seen == sorted(seen)
    seen.clear()
    finish(certify(spec, checkpoint, model), seen.append)
    assert seen[0] < 0.1
    assert max(seen) > 0.8

    def cancel(fraction: float = 0.0, /) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        load_model(spec, checkpoint, CPU, cancel)
    with pytest.raises(Cancelled):
        finish(certify(spec, checkpoint, model), cancel)
