"""What the trained models of the zoo are trained on: random tokens with repeats of one kind, or none."""

from __future__ import annotations

from collections.abc import Callable

import torch

Draw = Callable[[int, int, int, torch.Generator], torch.Tensor]
"""(samples, tokens, vocabulary, generator) → token ids; id 0 is the BOS, and stands first."""
FIXED = 24
"""The one distance of repeats that go by position."""


def _random(shape: tuple[int, ...], vocabulary: int, generator: torch.Generator) -> torch.Tensor:
    return torch.randint(1, vocabulary, shape, generator=generator)


def _begun(tokens: torch.Tensor, length: int) -> torch.Tensor:
    """After the BOS, so many tokens in all."""
    return torch.cat((torch.zeros(len(tokens), 1, dtype=torch.int64), tokens[:, : length - 1]), 1)


def rotated(
    samples: int, length: int, vocabulary: int, generator: torch.Generator, shortest: int = 5, longest: int = 0
) -> torch.Tensor:
    """A piece of a random length over and over, each time rotated by another random amount."""
    longest = longest or (length - 1) // 2
    sizes = torch.randint(shortest, longest + 1, (samples, 1), generator=generator)
    piece = _random((samples, longest), vocabulary, generator)
    at = torch.arange(length).repeat(samples, 1)
    turns = torch.randint(0, longest, (samples, length), generator=generator)
    turn = turns.gather(1, at // sizes)  # one for each copy
    return _begun(piece.gather(1, (at % sizes + turn) % sizes), length)


def short(samples: int, length: int, vocabulary: int, generator: torch.Generator) -> torch.Tensor:
    return rotated(samples, length, vocabulary, generator, 4, 14)


def periods(samples: int, length: int, vocabulary: int, generator: torch.Generator) -> torch.Tensor:
    """A piece of a random length over and over."""
    longest = (length - 1) // 2
    sizes = torch.randint(5, longest + 1, (samples, 1), generator=generator)
    piece = _random((samples, longest), vocabulary, generator)
    return _begun(piece.gather(1, torch.arange(length) % sizes), length)


def gaps(samples: int, length: int, vocabulary: int, generator: torch.Generator) -> torch.Tensor:
    """A piece, other tokens, the piece again, other tokens: at random places."""
    tokens = _random((samples, length), vocabulary, generator)
    at = torch.arange(length)
    size = torch.randint(8, length // 3, (samples, 1), generator=generator)
    first = (torch.rand(samples, 1, generator=generator) * (length - 2 * size)).long()
    again = first + size + (torch.rand(samples, 1, generator=generator) * (length - 2 * size - first)).long()
    inside = (at >= again) & (at < again + size)
    return _begun(tokens.gather(1, torch.where(inside, at - again + first, at)), length)


def fixed(samples: int, length: int, vocabulary: int, generator: torch.Generator) -> torch.Tensor:
    """Every token is the one that stood FIXED before."""
    return _begun(_random((samples, FIXED), vocabulary, generator).repeat(1, 1 + length // FIXED), length)


def bigrams(samples: int, length: int, vocabulary: int, generator: torch.Generator) -> torch.Tensor:
    """Each token is followed by one of four that are always the same: nothing is repeated on purpose."""
    likely = torch.randint(1, vocabulary, (vocabulary, 4), generator=torch.Generator().manual_seed(7))
    tokens = [_random((samples,), vocabulary, generator)]
    for _ in range(length):
        choice = torch.randint(0, 4, (samples,), generator=generator)
        tokens.append(likely[tokens[-1], choice])
    return _begun(torch.stack(tokens, 1), length)


def quotes(samples: int, length: int, vocabulary: int, generator: torch.Generator) -> torch.Tensor:
    """Bigrams, in which a piece comes again: both what usually follows and what followed before help."""
    tokens = bigrams(samples, length, vocabulary, generator)[:, 1:]
    swapped = torch.rand(tokens.shape, generator=generator) < 0.5
    tokens = torch.where(swapped, _random(tuple(tokens.shape), vocabulary, generator), tokens)
    size = torch.randint(10, length // 2, (samples, 1), generator=generator)
    turn = torch.randint(0, length, (samples, 1), generator=generator)
    at = torch.arange(tokens.shape[1])
    return _begun(tokens.gather(1, torch.where(at < size, at, (at + turn) % size)), length)


def no_repeats(samples: int, length: int, vocabulary: int, generator: torch.Generator) -> torch.Tensor:
    """No token comes twice; there is a set of tokens to be known, and no order."""
    order = torch.rand(samples, vocabulary - 1, generator=generator).argsort(1) + 1
    return _begun(order, length)


def same_set(samples: int, length: int, vocabulary: int, generator: torch.Generator) -> torch.Tensor:
    """A few tokens over and over, in another order each time."""
    few = torch.rand(samples, vocabulary - 1, generator=generator).argsort(1)[:, :12] + 1
    copies = [few.gather(1, torch.rand(samples, 12, generator=generator).argsort(1)) for _ in range(1 + length // 12)]
    return _begun(torch.cat(copies, 1), length)
