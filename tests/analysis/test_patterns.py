import numpy as np
import torch

from analysis.measures.patterns import blocks, head_pattern
from analysis.measures.spectrum import by_lag
from analysis.model.transformer import forward
from analysis.prompts.prompt import Prompt
from analysis.values import HeadId
from analysis.values.work import finish

from .handmade import CROSSED, SMALL, random_model


def run_of(config=SMALL, samples: int = 3, length: int = 13):
    model = random_model(config)
    tokens = torch.randint(0, config.d_vocab, (samples, length), generator=torch.Generator().manual_seed(0))
    context = torch.randint(0, 12, (samples, 6)) if config.cross_layers else None
    return model, finish(forward(model, tokens, context)), Prompt(tokens, context, "")


def test_that_blocks_put_together_are_the_whole_pattern() -> None:
    model, run, prompt = run_of(CROSSED)
    whole = torch.zeros(3, 4, 13, 13)
    for block in blocks(model, run, prompt, largest=4 * 3 * 4 * 13 * 4):
        if (block.layer, block.kind) == (1, "self"):
            rows = slice(block.first, block.first + block.pattern.shape[2])
            whole[:, :, rows, : block.pattern.shape[3]] = block.pattern
    for sample in range(3):
        for head in range(4):
            wanted = head_pattern(model, run.layers[1, "self"], HeadId(1, head), sample)
            torch.testing.assert_close(whole[sample, head], wanted)


def test_that_no_block_is_larger_than_asked() -> None:
    model, run, prompt = run_of()
    largest = 4 * 3 * 4 * 13 * 2
    sizes = [block.pattern.numel() * 4 for block in blocks(model, run, prompt, largest=largest)]
    assert max(sizes) <= largest
    assert len(sizes) == 3 * 7


def test_that_a_mean_pattern_is_the_mean_of_the_samples() -> None:
    model, run, _ = run_of(CROSSED)
    for head in (HeadId(2, 1), HeadId(2, 3, "cross")):
        kept = run.layers[head.layer, head.kind]
        each = torch.stack([head_pattern(model, kept, head, sample) for sample in range(3)])
        torch.testing.assert_close(head_pattern(model, kept, head, None), each.mean(0))


def test_that_attention_at_a_lag_is_the_sum_of_that_diagonal() -> None:
    model, run, prompt = run_of()
    for lag, low, high in ((0, 0, 13), (1, 1, 13), (4, 2, 9), (7, 8, 13), (20, 0, 13)):
        sums, count = torch.zeros(3, 4), torch.zeros(3)
        for block in blocks(model, run, prompt, largest=4 * 3 * 4 * 13 * 5):
            if block.layer == 2:
                more, terms = block.at_lag(lag, low, high)
                sums, count = sums + more, count + terms
        pattern = torch.stack(
            [
                torch.stack([head_pattern(model, run.layers[2, "self"], HeadId(2, h), s) for h in range(4)])
                for s in range(3)
            ]
        )
        queries = [i for i in range(low, high) if i >= lag]
        wanted = sum((pattern[:, :, i, i - lag] for i in queries), torch.zeros(3, 4))
        torch.testing.assert_close(sums, wanted)
        assert count.tolist() == [float(len(queries))] * 3


def test_that_the_lag_spectrum_is_the_sum_of_every_diagonal() -> None:
    model, run, prompt = run_of(length=17)
    total = torch.zeros(3, 4, 17)
    for block in blocks(model, run, prompt, largest=4 * 3 * 4 * 17 * 5):
        if block.layer == 0:
            lags = by_lag(block)
            total[..., : lags.shape[-1]] += lags
    for sample in range(3):
        for head in range(4):
            pattern = head_pattern(model, run.layers[0, "self"], HeadId(0, head), sample).numpy()
            wanted = [np.trace(pattern, offset=-lag) for lag in range(17)]
            np.testing.assert_allclose(total[sample, head].numpy(), wanted, atol=1e-5)
