"""What belongs together in lines of handwriting: which tokens write which word, and which characters spell it."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True, eq=False)
class Writing:
    """Words are numbered from 0 in each line; −1: belongs to none. All tensors lie on the CPU."""

    strokes: torch.Tensor
    """int64 [B, T]: the word that a token writes; −1 for WORD, END and PAD."""
    letters: torch.Tensor
    """int64 [B, C]: the word that a character spells; −1 for spaces and padding."""
    text: torch.Tensor
    """bool [B, C]: letters and spaces, up to the last character that is no padding."""

    def __getitem__(self, samples: slice) -> Writing:
        return Writing(self.strokes[samples], self.letters[samples], self.text[samples])

    def own(self, first: int, last: int) -> torch.Tensor:
        """bool [B, last − first, C]: whether the character spells the word that the token writes."""
        strokes = self.strokes[:, first:last, None]
        return (strokes == self.letters[:, None]) & (strokes >= 0)


def writing(tokens: torch.Tensor, context: torch.Tensor, pad: int, word: int, space: int) -> Writing:
    """Tokens [B, T] and context [B, C] as they are encoded: ids from `pad` on write nothing, two WORD tokens end a
    word; `space` (an id, 0 where there is none) stands between words of the text, 0 is padding."""
    strokes = torch.div((tokens == word).cumsum(1) + 1, 2, rounding_mode="floor")
    strokes[tokens >= pad] = -1
    filled = context != 0
    text = filled.flip(1).cumsum(1).flip(1) > 0
    spaces = context == space if space else torch.zeros_like(filled)
    letters = spaces.cumsum(1)
    letters[~text | spaces] = -1
    return Writing(strokes, letters, text)
