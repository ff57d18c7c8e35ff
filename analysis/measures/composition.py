"""How strongly earlier heads compose with later ones: all pairs, with an exact null.

Definitions (Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits"), Frobenius norms:

    Q: ‖OV₁ QK₂‖ / (‖OV₁‖ ‖QK₂‖)      K: ‖OV₁ QK₂ᵀ‖ / (‖OV₁‖ ‖QK₂‖)      V: ‖OV₁ OV₂‖ / (‖OV₁‖ ‖OV₂‖)

in [0, 1]. Each squared numerator is an inner product of two D × D Gram matrices, ⟨P₁, R₂⟩, with P₁ = OV₁ᵀ OV₁ (what
head 1 writes) and R₂ = M₂ M₂ᵀ (what head 2 reads), so all pairs are one matrix product of [heads, D²] with [D², heads].

Raw: these factors are the weights alone, as in that paper. Folded: each with the gains of the norms that it passes, the
later head's with that of what it reads and of its queries and keys, the earlier one's with that of what it writes (and,
where norms follow every write, with those of all norms up to where it is read). Divisions by a length stay out: the
score has no length. Rotations stay out too: they depend on the distance.

Null: with a Haar-random rotation between the two factors the squared score has mean exactly 1 / D and the variance
2 (tr S² − (tr S)²/D) (tr T² − (tr T)²/D) / ((D − 1)(D + 2)), S = P₁, T = R₂; z compares the squared score with these.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from analysis.measures.gains import gain, own_norm, reading, sublayer_norms, writing
from analysis.model.model import Model
from analysis.values import FloatArray, HeadId, Kind
from analysis.values.work import Work

MODES = ("q", "k", "v")
BLOCK_BYTES = 48 * 2**20
"""The most that the Gram blocks in flight may hold."""


@dataclass(frozen=True, eq=False)
class Composition:
    """raw and z of every pair for each mode; NaN where a pair does not exist."""

    heads: tuple[HeadId, ...]
    raw: dict[str, Float[FloatArray, "earlier later"]]
    z: dict[str, Float[FloatArray, "earlier later"]]
    baseline: float
    """1/√d_model: the score's root-mean-square under the null."""


@dataclass(frozen=True)
class _Factors:
    """All heads' factors: what is written is write_gramᐟ² write, what is read is read read_gramᐟ² for each mode."""

    write: torch.Tensor  # [N, d, D]
    write_gram: torch.Tensor  # [N, d, d]
    read: dict[str, torch.Tensor]  # [N, D, d]
    read_gram: dict[str, torch.Tensor]  # [N, d, d]


def compose(model: Model, folded: bool = False) -> Work[Composition]:
    """All pairs of heads: yields how much is done (0 … 1), returns the Composition. No step is long."""
    heads = model.heads
    factors = yield from _gather(model, folded)
    wrote, wrote_spread = (each[:, None] for each in _moments(factors.write_gram, factors.write, model.config.d_model))
    if folded and model.config.norm_place == "after":
        squares, wrote, wrote_spread = yield from _through_norms(model, factors)
    elif factors.write.shape[1] ** 2 > model.config.d_model / 2:
        squares = yield from _by_grams(factors)
    else:
        squares = yield from _by_roots(factors)
    raw, z, exists = {}, {}, {mode: pairs(heads, mode) for mode in MODES}
    for mode in MODES:
        yield 0.96, None
        read, read_spread = _moments(factors.read_gram[mode], factors.read[mode].mT, model.config.d_model)
        share = squares[mode].double() / (wrote * read[None, :])
        raw[mode] = _masked(share.clamp_min(0).sqrt(), exists[mode])
        deviation = (2 * wrote_spread * read_spread[None, :] / _freedom(model.config.d_model)).sqrt()
        z[mode] = _masked((share - 1 / model.config.d_model) / deviation, exists[mode])
    return Composition(heads, raw, z, 1 / math.sqrt(model.config.d_model))


def _freedom(d_model: int) -> int:
    return (d_model - 1) * (d_model + 2)


def factor_bytes(model: Model) -> int:
    """What the factors of all heads take while they are composed."""
    config = model.config
    return 4 * len(model.heads) * config.d_head * (5 * config.d_model + config.d_context) + BLOCK_BYTES


def multiplications(model: Model) -> int:
    """About how many it takes to compose all pairs in one mode."""
    return int((len(model.heads) * model.config.d_head) ** 2 * model.config.d_model)


def pairs(heads: tuple[HeadId, ...], mode: str) -> Bool[np.ndarray, "earlier later"]:
    """Which pairs exist: the first head writes before the second reads.

    Heads of one sublayer never compose. A cross-attention head reads keys and values from the context, so only its
    query composes.
    """
    order = [(head.layer, head.kind == "cross") for head in heads]
    return np.array(
        [[first < second and (mode == "q" or not second[1]) for second in order] for first in order], dtype=bool
    )


def _masked(values: torch.Tensor, exists: np.ndarray) -> FloatArray:
    return np.where(exists, values.cpu().numpy(), np.nan).astype(np.float32)


def _gather(model: Model, folded: bool) -> Work[_Factors]:
    """Stack the factors of all heads, sublayer by sublayer, in the order in which they write."""
    stacks: dict[str, list[torch.Tensor]] = {key: [] for key in ("write", "write_gram", *MODES, *map(_gram, MODES))}
    for number, (layer, kind) in enumerate(dict.fromkeys((head.layer, head.kind) for head in model.heads)):
        yield 0.1 * number / model.config.n_layers / 2, None
        w_q, w_k, w_v, w_o = _weights(model, layer, kind, folded)
        stacks["write"].append(w_o)
        stacks["write_gram"].append(w_v.mT @ w_v)
        for mode, read, other in (("q", w_q, w_k), ("k", w_k, w_q), ("v", w_v, w_o.mT)):
            # What a cross head reads through K and V is the context, never the residual stream: those cells are
            # undefined, and zeros only keep the stacks rectangular.
            stacks[mode].append(read if kind == "self" or mode == "q" else torch.zeros_like(w_q))
            stacks[_gram(mode)].append(other.mT @ other)
    whole = {key: torch.cat(pieces) for key, pieces in stacks.items()}
    grams = {mode: whole[_gram(mode)] for mode in MODES}
    return _Factors(whole["write"], whole["write_gram"], {mode: whole[mode] for mode in MODES}, grams)


def _weights(model: Model, layer: int, kind: Kind, folded: bool) -> tuple[torch.Tensor, ...]:
    """W_Q, W_K, W_V [H, D or d_context, d] and W_O [H, d, D] of all heads of a sublayer."""
    n = model.config.n_heads
    if not folded:
        at = f"L{layer}.{'attn' if kind == 'self' else 'cross'}."
        return tuple(spread_heads(model.weights[at + name], n) for name in ("W_Q", "W_K", "W_V", "W_O"))
    same = [HeadId(layer, index, kind) for index in range(n)]
    reads = (torch.stack([reading(model, head, into, folded) for head in same]) for into in MODES)
    return *reads, torch.stack([writing(model, head, folded) for head in same])


def _gram(mode: str) -> str:
    return mode + " gram"


def spread_heads(weight: Float[Tensor, " groups *more"], n_heads: int) -> Float[Tensor, " {n_heads} *more"]:
    """A weight repeated for the query heads that share it."""
    return weight if len(weight) == n_heads else weight.repeat_interleave(n_heads // len(weight), dim=0)


def _moments(small: torch.Tensor, rows: torch.Tensor, d_model: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Of S = rowsᵀ small rows, from [d, d] matrices alone: tr S and (tr S² − (tr S)²/D) / (tr S)²; [N], float64.

    tr S is the squared norm of the circuit; the second enters the variance of the null.
    """
    product = small.double() @ (rows @ rows.mT).double()
    trace = product.diagonal(dim1=1, dim2=2).sum(-1)
    square = (product * product.mT).sum((1, 2))
    return trace, (square / trace**2 - 1 / d_model).clamp_min(0)


def _by_grams(factors: _Factors) -> Work[dict[str, torch.Tensor]]:
    """⟨P₁, R₂⟩ for all pairs, D × D Grams compared as vectors in bands of rows: N² D²/2 products a mode.

    A band holds the rows [low, high) from the diagonal on; symmetry doubles what lies right of the band's square.
    """
    n, _, d_model = factors.write.shape
    band = max(8, min(d_model, BLOCK_BYTES // (4 * n * d_model * 2)))
    squares = {mode: factors.write.new_zeros(n, n) for mode in MODES}
    half = {mode: factors.read_gram[mode] @ factors.read[mode].mT for mode in MODES}
    wrote = factors.write_gram @ factors.write
    for low in range(0, d_model, band):
        high = min(low + band, d_model)
        writes = factors.write[:, :, low:high].mT @ wrote[:, :, low:]  # [N, rows, D − low]
        writes[:, :, high - low :] *= 2
        for mode in MODES:
            reads = factors.read[mode][:, low:high] @ half[mode][:, :, low:]
            squares[mode].addmm_(writes.flatten(1), reads.flatten(1).T)
            del reads
            yield 0.1 + 0.85 * high / d_model, None
    return squares


def _by_roots(factors: _Factors) -> Work[dict[str, torch.Tensor]]:
    """The same through square roots of the small Grams: ‖L₁ᵀ W_O₁ W₂ L₂‖ for all pairs, [N d, D] times [D, N d]."""
    n, d_head, _ = factors.write.shape
    writes = (_root(factors.write_gram) @ factors.write).flatten(0, 1)  # [N d, D]
    at_once = max(1, BLOCK_BYTES // (4 * n * d_head * d_head))
    squares = {mode: factors.write.new_zeros(n, n) for mode in MODES}
    for number, mode in enumerate(MODES):
        reads = _root(factors.read_gram[mode]) @ factors.read[mode].mT  # [N, d, D]
        for low in range(0, n, at_once):
            yield 0.1 + 0.85 * (number + low / n) / len(MODES), None
            product = writes @ reads[low : low + at_once].flatten(0, 1).T  # [N d, some · d]
            blocks = product.view(n, d_head, -1, d_head).square_()
            squares[mode][:, low : low + at_once] = blocks.sum((1, 3))
    return squares


def _through_norms(model: Model, factors: _Factors) -> Work[tuple[dict[str, torch.Tensor], torch.Tensor, torch.Tensor]]:
    """Where a norm follows every write: squares, and the moments of what each head wrote, all [N, N].

    What is written passes one more norm from each sublayer to the next, so pairs of sublayers are taken one by one.
    """
    n, norms = model.config.n_heads, sublayer_norms(model.config)
    places = [norms.index(own_norm(head)) for head in model.heads[::n]]  # of each sublayer of heads
    size, roots = len(model.heads), {mode: _root(factors.read_gram[mode]) @ factors.read[mode].mT for mode in MODES}
    squares = {mode: factors.write.new_zeros(size, size) for mode in MODES}
    wrote, spread = (torch.ones(size, size, dtype=torch.float64, device=factors.write.device) for _ in range(2))
    for first, place in enumerate(places):
        rows, passed = slice(first * n, (first + 1) * n), place + 1
        write, root = factors.write[rows], _root(factors.write_gram[rows])
        for second in range(first + 1, len(places)):
            yield 0.1 + 0.85 * (first + second / len(places)) / len(places), None
            for norm in norms[passed : places[second]]:
                write = gain(model, norm).of(write)
            cols, passed = slice(second * n, (second + 1) * n), places[second]
            trace, own_spread = _moments(factors.write_gram[rows], write, model.config.d_model)
            wrote[rows, cols], spread[rows, cols] = trace[:, None], own_spread[:, None]
            for mode in MODES:
                product = (root @ write).flatten(0, 1) @ roots[mode][cols].flatten(0, 1).T
                squares[mode][rows, cols] = product.view(n, len(root[0]), n, -1).square().sum((1, 3))
    return squares, wrote, spread


def _root(gram: torch.Tensor) -> torch.Tensor:
    """R with RᵀR = gram; by eigenvalues, since a Cholesky factor does not exist for a singular Gram."""
    values, vectors = torch.linalg.eigh(gram.cpu())
    return (values.clamp_min(0).sqrt()[:, :, None] * vectors.mT).to(gram.device)
