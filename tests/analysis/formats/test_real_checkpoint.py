"""The real cursive transformer against values computed with its authors' code."""

from __future__ import annotations

import numpy as np
import torch

from analysis.files.checkpoint import open_checkpoint
from analysis.loading.certificate import certify
from analysis.loading.identify import identify
from analysis.model.attention import attention
from analysis.model.transformer import forward
from analysis.values.work import finish
from tests.analysis.handmade import load_model
from tests.shared_data import CHECKPOINT, REFERENCE, needs_shared


@needs_shared
def test_that_logits_and_attention_equal_the_reference() -> None:
    checkpoint = open_checkpoint(CHECKPOINT)
    spec = identify(checkpoint)
    model = load_model(spec, checkpoint, torch.device("cpu"))
    with np.load(REFERENCE) as reference:
        run = finish(forward(model, torch.from_numpy(reference["tokens"]), torch.from_numpy(reference["context"])))
        assert np.abs(run.logits.numpy() - reference["logits"]).max() < 1e-4
        for layer in range(4):
            kept, crossed = run.layers[layer, "self"], run.layers[layer, "cross"]
            pattern = attention(kept.q, kept.k, spec.config.masking(layer)).numpy()
            assert np.abs(pattern - reference["self"][layer]).max() < 1e-5
            pattern = attention(crossed.q, crossed.k, spec.config.masking(layer, "cross")).numpy()
            assert np.abs(pattern - reference["cross"][layer]).max() < 1e-5
    assert finish(certify(spec, checkpoint, model)).ok
