"""How strongly earlier heads compose with later ones: all pairs, with an exact null.

Definitions (Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits"), Frobenius norms:

    Q: ‖OV₁ QK₂‖ / (‖OV₁‖ ‖QK₂‖)      K: ‖OV₁ QK₂ᵀ‖ / (‖OV₁‖ ‖QK₂‖)      V: ‖OV₁ OV₂‖ / (‖OV₁‖ ‖OV₂‖)

in [0, 1]. Each squared numerator is an inner product of two D × D Gram matrices, ⟨P₁, R₂⟩, with P₁ = OV₁ᵀ OV₁ (what
head 1 writes) and R₂ = M₂ M₂ᵀ (what head 2 reads), so all pairs are one matrix product of [heads, D²] with [D², heads].

Null: with a Haar-random rotation between the two factors the squared score has mean exactly 1 / D and the variance
2 (tr S² − (tr S)²/D) (tr T² − (tr T)²/D) / ((D − 1)(D + 2)), S = P₁, T = R₂; z compares the squared score with these.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch

from .model import Model
from .values import FloatArray, HeadId

MODES = ("q", "k", "v")
BLOCK_BYTES = 48 * 2**20
"""The most that the Gram blocks in flight may hold."""


@dataclass(frozen=True, eq=False)
class Composition:
    """raw and z of every pair, [heads (earlier), heads (later)] for each mode; NaN where a pair does not exist."""

    heads: tuple[HeadId, ...]
    raw: dict[str, FloatArray]
    z: dict[str, FloatArray]
    baseline: float
    """1/√d_model: the score's root-mean-square under the null."""


@dataclass(frozen=True)
class _Factors:
    """The small matrices of all heads: writes W_O [N, d, D] under G_V [N, d, d]; reads for each mode."""

    write: torch.Tensor
    write_gram: torch.Tensor
    read: dict[str, torch.Tensor]
    read_gram: dict[str, torch.Tensor]


def compose(model: Model) -> Generator[float, None, Composition]:
    """All pairs of heads: yields how much is done (0 … 1), returns the Composition. No step is long."""
    heads = model.heads
    factors = yield from _gather(model)
    if factors.write.shape[1] ** 2 > model.config.d_model / 2:
        squares = yield from _by_grams(factors)
    else:
        squares = yield from _by_roots(factors)
    norms = {mode: _gram_norm(factors.read_gram[mode], _outer(factors.read[mode])) for mode in MODES}
    wrote = _gram_norm(factors.write_gram, _outer(factors.write))
    exists = {mode: pairs(heads, mode) for mode in MODES}
    raw, z = {}, {}
    for mode in MODES:
        share = squares[mode].double() / (wrote[:, None] ** 2 * norms[mode][None, :] ** 2)
        deviation = _null_deviation(factors, mode, model.config.d_model)
        raw[mode] = _masked(share.clamp_min(0).sqrt(), exists[mode])
        z[mode] = _masked((share - 1 / model.config.d_model) / deviation, exists[mode])
        yield 1.0
    return Composition(heads, raw, z, 1 / math.sqrt(model.config.d_model))


def pairs(heads: tuple[HeadId, ...], mode: str) -> np.ndarray:
    """Which pairs exist, [earlier, later] of bool: the first head writes before the second reads.

    Heads of one sublayer never compose. A cross-attention head reads keys and values from the context, so only its
    query composes.
    """
    order = [(head.layer, head.kind == "cross") for head in heads]
    return np.array(
        [[first < second and (mode == "q" or not second[1]) for second in order] for first in order], dtype=bool
    )


def _masked(values: torch.Tensor, exists: np.ndarray) -> FloatArray:
    return np.where(exists, values.cpu().numpy(), np.nan).astype(np.float32)


def _gather(model: Model) -> Generator[float, None, _Factors]:
    """Stack every head's factors. A cross head's W_K and W_V read the context: they enter as Gram matrices only."""
    write, write_gram, read, gram = [], [], {m: [] for m in MODES}, {m: [] for m in MODES}  # type: ignore[var-annotated]
    for number, head in enumerate(model.heads):
        if number % 16 == 0:
            yield 0.1 * number / len(model.heads)
        w = model.head(head)
        write.append(w.W_O)
        write_gram.append(w.W_V.T @ w.W_V)
        # What a cross head would read through K and V is the context, never the residual stream: those cells are
        # undefined, and zeros only keep the stacks rectangular.
        inside = head.kind == "self"
        for mode, into, other in (("q", w.W_Q, w.W_K), ("k", w.W_K, w.W_Q), ("v", w.W_V, w.W_O.T)):
            read[mode].append(into.T if inside or mode == "q" else torch.zeros_like(w.W_O))
            gram[mode].append(other.T @ other)
    stacked = {mode: torch.stack(read[mode]) for mode in MODES}
    grams = {mode: torch.stack(gram[mode]) for mode in MODES}
    return _Factors(torch.stack(write), torch.stack(write_gram), stacked, grams)


def _outer(rows: torch.Tensor) -> torch.Tensor:
    """[N, d, D] → the Gram matrices [N, d, d] of the small side."""
    return rows @ rows.transpose(1, 2)


def _gram_norm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """‖A B‖ from AᵀA and BBᵀ, [N, d, d] each: the square root of tr(AᵀA BBᵀ); [N], float64."""
    return (a.double() * b.double().transpose(1, 2)).sum((1, 2)).clamp_min(0).sqrt()


def _null_deviation(factors: _Factors, mode: str, d_model: int) -> torch.Tensor:
    """Standard deviation of the squared score under the null, [N, N], float64."""
    wrote = _spread(factors.write_gram, factors.write, d_model)
    reads = _spread(factors.read_gram[mode], factors.read[mode], d_model)
    return (2 * wrote[:, None] * reads[None, :] / ((d_model - 1) * (d_model + 2))).sqrt()


def _spread(small: torch.Tensor, rows: torch.Tensor, d_model: int) -> torch.Tensor:
    """(tr S² − (tr S)²/D) / (tr S)² of S = rowsᵀ small rows, from [d, d] matrices alone; [N], float64."""
    product = small.double() @ _outer(rows.double())
    trace = product.diagonal(dim1=1, dim2=2).sum(-1)
    square = (product * product.transpose(1, 2)).sum((1, 2))
    return (square / trace**2 - 1 / d_model).clamp_min(0)


def _by_grams(factors: _Factors) -> Generator[float, None, dict[str, torch.Tensor]]:
    """⟨P₁, R₂⟩ for all pairs, D × D Grams compared as vectors in bands of rows: N² D²/2 products a mode.

    A band holds the rows [low, high) from the diagonal on; symmetry doubles what lies right of the band's square.
    """
    n, _, d_model = factors.write.shape
    band = max(8, min(d_model, BLOCK_BYTES // (4 * n * d_model * 2)))
    squares = {mode: factors.write.new_zeros(n, n) for mode in MODES}
    half = {mode: factors.read_gram[mode] @ factors.read[mode] for mode in MODES}
    wrote = factors.write_gram @ factors.write
    for low in range(0, d_model, band):
        high = min(low + band, d_model)
        writes = factors.write[:, :, low:high].transpose(1, 2) @ wrote[:, :, low:]  # [N, rows, D − low]
        writes[:, :, high - low :] *= 2
        for mode in MODES:
            reads = factors.read[mode][:, :, low:high].transpose(1, 2) @ half[mode][:, :, low:]
            squares[mode].addmm_(writes.flatten(1), reads.flatten(1).T)
            del reads
            yield 0.1 + 0.85 * high / d_model
    return squares


def _by_roots(factors: _Factors) -> Generator[float, None, dict[str, torch.Tensor]]:
    """The same through square roots of the small Grams: ‖L₁ᵀ W_O₁ W₂ L₂‖ for all pairs, [N d, D] times [D, N d]."""
    n, d_head, _ = factors.write.shape
    writes = (_root(factors.write_gram) @ factors.write).flatten(0, 1)  # [N d, D]
    at_once = max(1, BLOCK_BYTES // (4 * n * d_head * d_head))
    squares = {mode: factors.write.new_zeros(n, n) for mode in MODES}
    for number, mode in enumerate(MODES):
        reads = _root(factors.read_gram[mode]) @ factors.read[mode]  # [N, d, D]
        for low in range(0, n, at_once):
            yield 0.1 + 0.85 * (number + low / n) / len(MODES)
            product = writes @ reads[low : low + at_once].flatten(0, 1).T  # [N d, some · d]
            blocks = product.view(n, d_head, -1, d_head).square_()
            squares[mode][:, low : low + at_once] = blocks.sum((1, 3))
    return squares


def _root(gram: torch.Tensor) -> torch.Tensor:
    """R with RᵀR = gram; by eigenvalues, since a Cholesky factor does not exist for a singular Gram."""
    values, vectors = torch.linalg.eigh(gram.cpu())
    return (values.clamp_min(0).sqrt()[:, :, None] * vectors.transpose(1, 2)).to(gram.device)
