"""All-pairs composition at GPT-2-small shape, against the bare matrix products that it needs.

    python -m tests.bench.composition

Prints the time of Q, K and V composition of 144 heads as a ratio to the products alone, taken in turns in one run, and
the memory beyond the weights (growth of the peak resident size).
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable

import torch

from analysis.measures import composition
from analysis.model.model import Config, Model
from tests.analysis.handmade import random_model

SHAPE = Config(n_layers=12, n_heads=12, n_kv_heads=12, d_model=768, d_head=64, d_vocab=64, n_ctx=32)


def products() -> None:
    """The products alone: Grams in the same bands of rows, from the diagonal on, and their inner products."""
    n, d_head, d_model = 144, SHAPE.d_head, SHAPE.d_model
    band = max(8, min(d_model, composition.BLOCK_BYTES // (4 * n * d_model * 2)))
    factors, half = torch.randn(n, d_head, d_model), torch.randn(n, d_head, d_model)
    total = torch.zeros(n, n)
    for low in range(0, d_model, band):
        left = factors[:, :, low : low + band].transpose(1, 2) @ half[:, :, low:]
        for _ in range(3):
            right = factors[:, :, low : low + band].transpose(1, 2) @ half[:, :, low:]
            total.addmm_(left.flatten(1), right.flatten(1).T)
            del right


def whole(model: Model) -> None:
    for _ in composition.compose(model):
        pass


def seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    model = random_model(SHAPE, spread=0.02)
    _ = [model.weights[name] for name in model.weights]
    products()  # the libraries' own buffers count for neither side
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    whole(model)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    pairs = [(seconds(lambda: whole(model)), seconds(products)) for _ in range(9)]
    ratio = statistics.median(ours / bare for ours, bare in pairs)
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"composition {ours:.2f} s, its products alone {bare:.2f} s, ratio {ratio:.2f} (median of 9 turns)")
    print(f"peak memory grew by {grown:.0f} MB beyond the weights ({model.weights.nbytes / 2**20:.0f} MB)")


if __name__ == "__main__":
    main()
