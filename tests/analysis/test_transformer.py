from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.measures.patterns import blocks, head_pattern
from analysis.model.attention import attention
from analysis.model.transformer import forward
from analysis.prompts.prompt import Prompt
from analysis.values import UserError
from analysis.values.work import finish

from .handmade import CROSSED, SMALL, random_model
from .plain import Plain

SHAPES = {
    "learned positions and LayerNorm": SMALL,
    "cross-attention in some layers": CROSSED,
    "rotary, RMSNorm, gated, grouped keys": replace(
        SMALL, positions="rotary", rotary_dim=8, norm="rms", gated=True, activation="silu", n_kv_heads=2
    ),
    "partial interleaved rotary, parallel block": replace(
        SMALL, positions="rotary", rotary_dim=4, rotary_interleaved=True, parallel=True, activation="gelu"
    ),
    "attention only, no norm": replace(SMALL, d_mlp=0, norm="none", activation="relu"),
    "norms after sublayers, none at the end": replace(CROSSED, norm_place="after", final_norm=False, activation="relu"),
    "norms whose weights are folded away": replace(SMALL, norm_weights=False),
    "norms around sublayers and of queries and keys, caps, windows, two rotary bases": replace(
        SMALL, norm="rms", norm_place="around", norm_offset=1.0, qk_norm=True, embed_scale=3.0, positions="rotary",
        rotary_dim=8, rotary_local_base=50.0, windows=(4, 0, 3), attention_scale=0.9, attention_cap=1.5, logit_cap=2.0,
    ),
    "rotary speeds of their own": replace(
        SMALL, positions="rotary", rotary_dim=6, rotary_speeds=(0.9, 0.2, 0.01), n_kv_heads=1
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_that_logits_and_patterns_equal_a_plain_decoder(name: str) -> None:
    config = SHAPES[name]
    model = random_model(config)
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(0, config.d_vocab, (2, 11), generator=generator)
    context = torch.randint(0, 12, (2, 7), generator=generator) if config.cross_layers else None
    run = finish(forward(model, tokens, context))
    for sample in range(2):
        plain = Plain(model)
        wanted = plain.logits(tokens[sample].tolist(), None if context is None else context[sample].tolist())
        np.testing.assert_allclose(run.logits[sample].numpy(), wanted, atol=1e-4)
        for head in model.heads:
            pattern = head_pattern(model, run.layers[head.layer, head.kind], head, sample)
            np.testing.assert_allclose(pattern.numpy(), plain.patterns[str(head)], atol=1e-5)


def test_that_a_window_hides_the_keys_before_it_in_every_block_of_queries() -> None:
    model = random_model(replace(SMALL, windows=(4, 0, 5)))
    prompt = Prompt(torch.randint(0, 50, (1, 20)), None, "random")
    run = finish(forward(model, prompt.tokens))
    for block in blocks(model, run, prompt, largest=4 * 4 * 20 * 3):
        assert block.pattern.shape[2] == 3 or block.first == 18
        kept = run.layers[block.layer, "self"]
        whole = attention(kept.q, kept.k, model.config.masking(block.layer))
        cut = whole[:, :, block.first : block.first + block.pattern.shape[2], : block.pattern.shape[3]]
        torch.testing.assert_close(block.pattern, cut)
        furthest = (block.queries[:, None] - torch.arange(block.pattern.shape[3]))[block.pattern[0, 0] > 0].max()
        assert int(furthest) == min(block.queries.max(), (3, 99, 4)[block.layer])


def test_that_a_model_of_weights_alone_is_not_run() -> None:
    with pytest.raises(UserError, match="Only the attention weights"):
        finish(forward(random_model(replace(SMALL, weights_only=True)), torch.zeros(1, 3, dtype=torch.int64)))


def test_that_losses_equal_cross_entropy_of_the_next_token() -> None:
    model = random_model(SMALL)
    tokens = torch.randint(0, 50, (2, 9))
    run = finish(forward(model, tokens))
    logs = run.logits.log_softmax(-1)
    wanted = [[-logs[b, t, tokens[b, t + 1]].item() for t in range(8)] for b in range(2)]
    np.testing.assert_allclose(finish(run.losses()).numpy(), wanted, rtol=1e-5)


def test_that_an_edit_of_z_removes_just_that_head() -> None:
    model = random_model(SMALL)
    tokens = torch.randint(0, 50, (1, 9))

    def without(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
        if site == "z" and layer == 1:
            tensor = tensor.clone()
            tensor[:, 2] = 0
        return tensor

    edited = finish(forward(model, tokens, edit=without)).logits
    other = random_model(SMALL)
    other.weights["L1.attn.W_O"][2] = 0
    torch.testing.assert_close(edited, finish(forward(other, tokens)).logits)
    assert (edited - finish(forward(model, tokens)).logits).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (torch.tensor([[0, 50]]), "token id 50"),
        (torch.tensor([[-1, 3]]), "token id -1"),
        (torch.zeros(1, 65, dtype=torch.int64), "65 tokens long"),
        (torch.zeros(1, 0, dtype=torch.int64), "give whole numbers"),
        (torch.zeros(1, 3), "give whole numbers"),
    ],
)
def test_that_tokens_which_do_not_fit_are_refused_in_a_sentence(tokens: torch.Tensor, words: str) -> None:
    with pytest.raises(UserError, match=words):
        finish(forward(random_model(SMALL), tokens))


def test_that_cross_attention_without_a_context_is_refused() -> None:
    with pytest.raises(UserError, match="needs a context"):
        finish(forward(random_model(CROSSED), torch.zeros(1, 3, dtype=torch.int64)))


def test_that_values_are_kept_only_when_asked_for() -> None:
    model = random_model(SMALL)
    tokens = torch.randint(0, 50, (1, 5))
    assert finish(forward(model, tokens)).layers[0, "self"].z is None
    kept = finish(forward(model, tokens, keep_values=True)).layers[0, "self"]
    assert kept.z is not None
    assert kept.z.shape == (1, 4, 5, 8)
