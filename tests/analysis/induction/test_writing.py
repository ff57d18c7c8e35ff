"""What heads write, against passes in which their outputs are replaced by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.causal.clean import clean_run
from analysis.causal.gradients import output_gradients
from analysis.model.model import Config, Model
from analysis.model.transformer import forward
from analysis.prompts.prompt import Prompt
from analysis.values import HeadId
from analysis.values.work import finish
from analysis.verdict.induction.writing import Pieces, logits_of, patch, screen, straightforward
from analysis.verdict.trials.trial import Asked, Trial, rotated

from ..handmade import SMALL, induction_model, random_model

CONFIGS = {
    "before": SMALL,
    "around": replace(SMALL, norm="rms", norm_place="around", positions="rotary", qk_norm=True, n_kv_heads=2),
    "after": replace(SMALL, norm_place="after", final_norm=False),
    "parallel": replace(SMALL, parallel=True),
    "capped": replace(SMALL, logit_cap=3.0, attention_cap=2.0, norm="rms"),
}


@pytest.fixture(params=CONFIGS)
def config(request: pytest.FixtureRequest) -> Config:
    return CONFIGS[request.param]


def trial_of(model: Model, samples: int = 4) -> Trial:
    return rotated(model, Asked(), 10, samples, seed=1)


def margin_written_out(trial: Trial, logits: torch.Tensor) -> np.ndarray:
    """The right token's logit above the mean of the others of the piece, mean over what order tells."""
    found = []
    for sample in range(len(trial)):
        piece = trial.ordered[sample, :10]
        each = []
        for query in torch.nonzero(trial.told[sample]).flatten().tolist():
            right = int(trial.ordered[sample, query + 1])
            others = piece[piece != right]
            each.append(float(logits[sample, query, right] - logits[sample, query, others].mean()))
        found.append(np.mean(each))
    return np.array(found)


def test_that_copying_is_the_rise_of_the_margin_when_an_output_is_patched_by_hand(config: Config) -> None:
    model = random_model(config)
    trial, head = trial_of(model), HeadId(1, 2)
    kept = finish(forward(model, trial.ordered, keep_values=True)).layers[1, "self"].z
    assert kept is not None

    def put(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
        if (site, layer) == ("z", 1):
            tensor = tensor.clone()
            tensor[:, head.index] = kept[:, head.index]
        return tensor

    with torch.no_grad():
        before = margin_written_out(trial, finish(forward(model, trial.shuffled)).logits)
        after = margin_written_out(trial, finish(forward(model, trial.shuffled, edit=put)).logits)
    found = finish(patch(model, trial, [head]))[head]
    np.testing.assert_allclose(found, after - before, atol=1e-4)


def test_that_gradients_are_those_of_one_graph_over_the_whole_pass(config: Config) -> None:
    model = random_model(config)
    trial = trial_of(model)
    pieces = Pieces.of(trial, torch.device("cpu"))

    def metric(final: torch.Tensor) -> torch.Tensor:
        return pieces.mean(pieces.margin(logits_of(model, final, pieces.ids))).sum()

    outputs: dict[int, torch.Tensor] = {}

    def keep(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
        if site == "z":
            tensor = tensor if tensor.requires_grad else tensor.requires_grad_()
            tensor.retain_grad()
            outputs[layer] = tensor
        return tensor

    metric(finish(forward(model, trial.ordered, edit=keep)).final).backward()
    with torch.no_grad():
        clean = finish(clean_run(model, Prompt(trial.ordered, None, "")))
        found = finish(output_gradients(clean, metric))
    for layer, z in outputs.items():
        torch.testing.assert_close(found[layer, "self"], z.grad, atol=1e-5, rtol=1e-4)


def test_that_the_direct_path_of_the_last_layer_is_the_whole_one_where_no_norm_follows() -> None:
    model = random_model(replace(SMALL, norm="none", d_mlp=0))
    trial = trial_of(model)
    screened, head = finish(screen(model, trial)), HeadId(2, 1)
    copied = finish(patch(model, trial, [head]))[head]
    np.testing.assert_allclose(screened.direct[:, screened.heads.index(head)], copied, atol=1e-4)


def test_that_a_copying_head_raises_the_right_token_and_a_negated_one_lowers_it() -> None:
    model = induction_model()
    trial = rotated(model, Asked(), 24, 8, seed=0)
    head = HeadId(1, 0)
    found = finish(patch(model, trial, [head, HeadId(1, 1)]))
    assert found[head].mean() == pytest.approx(10.0, rel=0.1)
    assert np.abs(found[HeadId(1, 1)]).max() < 1e-4
    straight = finish(straightforward(model, trial))
    assert straight[head].mean() == pytest.approx(10.0, rel=0.1)
    model.weights = model.weights.changed(lambda name, w: -w if name == "unembed.W_U" else w)
    assert finish(patch(model, trial, [head]))[head].mean() == pytest.approx(-10.0, rel=0.1)


def test_that_what_a_head_is_worth_is_its_output_beyond_the_mean_times_the_gradient() -> None:
    model = random_model(SMALL)
    trial = trial_of(model, 6)
    screened = finish(screen(model, trial))
    step, head = 1e-3, HeadId(2, 0)
    kept = finish(forward(model, trial.ordered, keep_values=True)).layers[2, "self"].z
    assert kept is not None
    beyond = kept[:, 0] - kept[:, 0].mean((0, 1))

    def less(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
        if (site, layer) == ("z", 2):
            tensor = tensor.clone()
            tensor[:, 0] -= step * beyond
        return tensor

    with torch.no_grad():
        clean = margin_written_out(trial, finish(forward(model, trial.ordered, dtype=torch.float64)).logits)
        changed = margin_written_out(
            trial, finish(forward(model, trial.ordered, edit=less, dtype=torch.float64)).logits
        )
    found = screened.worth[:, screened.heads.index(head)]
    np.testing.assert_allclose(found, (clean - changed) / step, rtol=0.02, atol=1e-3)
