"""Which letter a stroke belongs to. The data say which word; within it, the model's attention to the text decides.

Rule: every word's strokes take the path through its letters that gathers most attention (Σ ln of it), where a pen line
begins at the first letter and then stays or goes on to the next one, and may go on anywhere in the word after the pen
was lifted (dots and crosses are drawn last), at a price of PRICE nats. Attention is the mean over all cross-attention
heads, of the tokens that predict the stroke: the one before its θ, and its θ.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from analysis.handwriting.codec import StrokeCodec
from analysis.handwriting.lines import Writing
from analysis.values import FloatArray

Ints = NDArray[np.int64]
NOWHERE = -1
PRICE = 3.0
FLOOR = 1e-6
"""Attention below this counts as this much: one blank stroke must not decide the path."""


def letters_of(codec: StrokeCodec, tokens: torch.Tensor, lines: Writing, reading: torch.Tensor) -> torch.Tensor:
    """The place in the text that every token writes: int64 [B, T], from 0, −1 for none.

    WORD tokens write the space after their word. `reading` [B, T, C] is the attention to the letters.
    """
    found = torch.full_like(tokens, NOWHERE)
    for line, row in enumerate(tokens.cpu().numpy()):
        words, text = lines.strokes[line].numpy(), lines.letters[line].numpy()
        found[line] = torch.from_numpy(_of_line(codec, row, words, text, reading[line].cpu().numpy()))
        found[line, tokens[line].cpu() == codec.word] = _spaces(codec, tokens[line].cpu(), lines.letters[line])
    return found


def _of_line(codec: StrokeCodec, tokens: Ints, words: Ints, text: Ints, reading: FloatArray) -> Ints:
    found = np.full(len(tokens), NOWHERE, np.int64)
    decoded = codec.decode(tokens)
    angles = decoded.places[:, 0]
    read = (reading[np.maximum(angles - 1, 0)] + reading[angles]) / 2
    for word in range(int(words.max(initial=NOWHERE)) + 1):
        strokes, letters = np.flatnonzero(words[angles] == word), np.flatnonzero(text == word)
        if len(strokes) and len(letters):
            path = letters[best_path(read[np.ix_(strokes, letters)], decoded.polar[strokes, 2] == 0)]
            found[decoded.places[strokes]] = path[:, None]
    return found


def _spaces(codec: StrokeCodec, tokens: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
    """For each WORD token of a line the place of the space that it stands for; −1 where the text has none."""
    n_words = int(text.max()) + 1
    ends = torch.tensor([int(torch.nonzero(text == word).max()) + 1 if (text == word).any() else NOWHERE
                         for word in range(max(0, n_words - 1))] + [NOWHERE])  # fmt: skip
    number = torch.arange(int((tokens == codec.word).sum())) // 2
    return ends[number.clamp_max(len(ends) - 1)]


def best_path(read: NDArray[np.floating[Any]], lifted: NDArray[np.bool_]) -> Ints:
    """The letter of every stroke, [n], from attention [n strokes, m letters] and whether the pen is up, [n] (Viterbi).

    The first stroke belongs to the first letter.
    """
    n, m = read.shape
    gain = np.log(np.maximum(read, FLOOR))
    came, places = np.zeros((n, m), np.int64), np.arange(m)
    total = np.where(places == 0, gain[0], -np.inf)
    for stroke in range(1, n):
        stepped = np.concatenate([[-np.inf], total[:-1]])
        came[stroke] = np.where(stepped > total, places - 1, places)
        best = np.maximum(stepped, total)
        if lifted[stroke] or lifted[stroke - 1]:
            source = int(total.argmax())
            leaps = total[source] - PRICE > best
            came[stroke][leaps], best = source, np.maximum(best, total[source] - PRICE)
        total = best + gain[stroke]
    path = np.empty(n, np.int64)
    path[-1] = int(total.argmax())
    for stroke in range(n - 1, 0, -1):
        path[stroke - 1] = came[stroke, path[stroke]]
    return path
