"""Does the model copy what it has seen? Lines whose second half repeats the first, and lines where it does not.

Every line is two parts: random strokes twice, a real word twice in the same ink, or two different words. Of the first
two there is a null: the second part's movements shuffled, so that nothing follows as it did before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from analysis.handwriting.codec import StrokeCodec
from analysis.model.model import Model
from analysis.prompts import PromptSource
from analysis.prompts.prompt import Prompt
from analysis.prompts.repeated_random import repeated_random_spec
from analysis.values import PromptSpec, UserError, as_options
from analysis.values.work import Work

RANDOM_TOKENS = 100
"""In one copy of random strokes, about as long as half a real word."""


@dataclass(frozen=True, eq=False)
class Trial:
    """Lines of two parts. `starts` is where the second part begins, `ends` where it ends.

    The two parts begin `starts` tokens apart, so the token after a query's counterpart in the first part is at distance
    starts − 1. The first movement of the second part is never a query: it leads from the first part.
    """

    key: str
    title: str
    tokens: Int[Tensor, "lines tokens"]
    context: Int[Tensor, "lines context"] | None
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    repeats: bool
    """Whether the second part is the first again, in order."""

    def queries(self, line: int) -> Int[Tensor, " queries"]:
        """The positions in the second part that count."""
        return torch.arange(self.starts[line] + 2, self.ends[line])


def trials(model: Model, sources: dict[str, PromptSource], n_lines: int, seed: int = 0) -> Work[list[Trial]]:
    """Random strokes and their null; with a data set also words, their null, and other words.

    Stops after every line. Raises UserError when the model does not read handwriting.
    """
    if model.vocabulary.codec is None:
        raise UserError("The tokens of this model are not pen movements; look at its scores instead.")
    draw = np.random.default_rng(seed)
    spec = repeated_random_spec(length=RANDOM_TOKENS, repeats=2, samples=n_lines, seed=seed)
    random = sources["repeated_random"].make(model, spec)
    assert random.period is not None
    length = random.tokens.shape[1]
    same = Trial("random", "random strokes", random.tokens, random.context,
                 (random.start + random.period,) * n_lines, (length,) * n_lines, True)  # fmt: skip
    found = [same, shuffled(same, draw)]
    if model.data is None:
        return found
    word, other = yield from _words(model, sources["handwriting"], n_lines)
    return [*found, word, shuffled(word, draw), other]


def shuffled(trial: Trial, draw: np.random.Generator) -> Trial:
    """The same lines with the movements of the second part in another order, the first of them left in its place."""
    tokens = trial.tokens.clone()
    for line in range(len(tokens)):
        low, high = trial.starts[line] + 2, trial.ends[line]
        movements = tokens[line, low:high].view(-1, 2)
        tokens[line, low:high] = movements[torch.from_numpy(draw.permutation(len(movements)))].flatten()
    return replace(trial, key=trial.key + "_null", title=trial.title + ", shuffled", tokens=tokens, repeats=False)


def _words(model: Model, source: PromptSource, n_lines: int) -> Work[tuple[Trial, Trial]]:
    """Words after themselves, and the same words after another one; as many as fit into what the model reads."""
    texts = _texts(model, source, 3 * n_lines)
    twice: list[Prompt] = []
    after: list[Prompt] = []
    for other, word in pairwise(texts):
        yield len(twice) / n_lines, None
        lines = [_line(model, source, f"{first} {word}") for first in (word, other)]
        if all(_fits(model, line) for line in lines) and word != other:
            twice.append(lines[0])
            after.append(lines[1])
        if len(twice) == n_lines:
            break
    if len(twice) < 2:
        raise UserError("No two words of the data set fit into the model's context.")
    codec = model.vocabulary.codec
    assert codec is not None
    return (
        _trial(codec, "word", "same word again", twice, True),
        _trial(codec, "other", "another word", after, False),
    )


def _texts(model: Model, source: PromptSource, count: int) -> list[str]:
    """The first words of the data set, as they are spelled."""
    codec = model.vocabulary.codec
    assert codec is not None
    spec = PromptSpec("handwriting", as_options({"count": "1", "samples": str(min(count, 512))}))
    context = source.make(model, spec).context
    if context is None:
        raise UserError("This model takes no text; real words need a model that does.")
    return ["".join(codec.alphabet[letter - 1] for letter in row if letter) for row in context.tolist()]


def _line(model: Model, source: PromptSource, text: str) -> Prompt:
    return source.make(model, PromptSpec("handwriting", as_options({"write": "text", "text": text, "samples": "1"})))


def _fits(model: Model, line: Prompt) -> bool:
    """Whether both words are there to their ends (END has a place behind them)."""
    codec = model.vocabulary.codec
    assert codec is not None
    tokens = line.tokens[0]
    return len(tokens) < model.config.n_ctx and int((tokens == codec.word).sum()) == 2


def _trial(codec: StrokeCodec, key: str, title: str, lines: Sequence[Prompt], repeats: bool) -> Trial:
    """Lines of one prompt each, padded to the longest."""
    tokens = torch.nn.utils.rnn.pad_sequence([line.tokens[0] for line in lines], True, codec.pad)
    contexts = [line.context[0] for line in lines if line.context is not None]
    starts = tuple(int(torch.nonzero(row == codec.word).max()) + 1 for row in tokens)
    ends = tuple(int(torch.nonzero(row < codec.pad).max()) + 1 for row in tokens)
    return Trial(key, title, tokens, torch.stack(contexts), starts, ends, repeats)


def followers(trial: Trial, line: int) -> tuple[Int[Tensor, " pairs"], Int[Tensor, " pairs"]]:
    """(queries, keys) of a line: every key that follows an earlier occurrence of the query and the token before it.

    Two tokens: a movement, or its end and the next one's beginning; single angles and radii recur all the time.
    """
    row, queries = trial.tokens[line], trial.queries(line)
    same = (row[queries, None] == row) & (row[queries - 1, None] == row.roll(1))
    same[:, 0] = False
    places = torch.arange(len(row))
    same &= places < queries[:, None] - 1  # its follower is another token than the query, and in sight
    at, earlier = torch.nonzero(same, as_tuple=True)
    return queries[at], earlier + 1
