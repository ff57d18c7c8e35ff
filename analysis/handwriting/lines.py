"""In lines of handwriting, which tokens write which word, and which characters spell it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from analysis.handwriting.codec import StrokeCodec


@dataclass(frozen=True, eq=False)
class Writing:
    """Words are numbered from 0 in each line; −1: belongs to none. All tensors lie on the CPU."""

    strokes: torch.Tensor
    """int64 [B, T]: the word that a token writes; −1 for WORD, END and PAD."""
    letters: torch.Tensor
    """int64 [B, C]: the word that a character spells; −1 for spaces and padding."""
    text: torch.Tensor
    """bool [B, C]: letters and spaces, up to the last character that is not padding."""

    def __getitem__(self, samples: slice) -> Writing:
        return Writing(self.strokes[samples], self.letters[samples], self.text[samples])

    def own(self, first: int, last: int) -> torch.Tensor:
        """bool [B, last − first, C]: whether the character spells the word that the token writes."""
        strokes = self.strokes[:, first:last, None]
        return (strokes == self.letters[:, None]) & (strokes >= 0)


def writing(codec: StrokeCodec, tokens: torch.Tensor, context: torch.Tensor) -> Writing:
    """Lines as they are encoded: tokens [B, T], two WORD tokens between words; context [B, C], a space between them."""
    strokes = torch.div((tokens == codec.word).cumsum(1) + 1, 2, rounding_mode="floor")
    strokes[tokens >= codec.pad] = -1
    space = codec.alphabet.find(" ") + 1  # 0, which is padding, where the alphabet has none
    text = (context != 0).flip(1).cumsum(1).flip(1) > 0
    spaces = text & (context == space) & (space > 0)
    letters = spaces.cumsum(1)
    letters[~text | spaces] = -1
    return Writing(strokes, letters, text)
