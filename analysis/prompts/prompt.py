"""A prompt: token ids for a batch of samples, with what is known of their structure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from analysis.handwriting.lines import Writing
from analysis.model.model import Model


def past_the_end(model: Model, tokens: torch.Tensor) -> torch.Tensor:
    """Which next tokens pad a line of handwriting after its end, bool [B, T − 1] for tokens [B, T].

    Models are trained to write none of them, so no loss counts them.
    """
    codec, following = model.vocabulary.codec, tokens[:, 1:]
    return torch.zeros_like(following, dtype=torch.bool) if codec is None else following == codec.pad


def before_the_end(model: Model, tokens: torch.Tensor) -> torch.Tensor:
    """Which positions are not past the end of their line, bool [B, T]."""
    return torch.cat([torch.ones_like(tokens[:, :1], dtype=torch.bool), ~past_the_end(model, tokens)], dim=1)


@dataclass(frozen=True, eq=False)
class Prompt:
    """tokens int64 [B, T] on the CPU; context int64 [B, C] for cross-attention."""

    tokens: torch.Tensor
    context: torch.Tensor | None
    description: str
    period: int | None = None
    """Length L of the piece that is repeated; None when nothing repeats by construction."""
    start: int = 0
    """Position of the first token of the first copy."""
    cycle: int = 1
    """Tokens in one unit: 2 for handwriting (θ, r)."""
    writing: Writing | None = None
    """Which tokens write which word of the context, for lines of real handwriting."""
    settled: tuple[tuple[str, str], ...] = ()
    """Options that came out otherwise than they were asked for (a length that was cut)."""

    def __getitem__(self, samples: slice) -> Prompt:
        """Some samples."""
        context = None if self.context is None else self.context[samples]
        writing = None if self.writing is None else self.writing[samples]
        return replace(self, tokens=self.tokens[samples], context=context, writing=writing)

    @property
    def second(self) -> tuple[int, int]:
        """[low, high): the second copy's positions from its second token on, where a follower has been seen.

        With a BOS the same range shifted by one. Raises ValueError when nothing repeats.
        """
        if self.period is None:
            raise ValueError("this prompt has no second copy")
        return self.start + self.period + 1, self.start + 2 * self.period
