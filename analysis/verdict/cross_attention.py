"""Whether a cross-attention head reads: does it walk through the letters of the word that is being written?

The walk is the score of that name, line by line of real handwriting. Its control is the same ink beside the text of
another line, where a head that goes by position walks as well. Ablation is asked on both, too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from analysis.causal.effects import Effects, effects
from analysis.causal.interventions import Ablate, Experiment, How
from analysis.handwriting.lines import Writing
from analysis.measures.patterns import blocks
from analysis.measures.scores.reading._lines import correlation
from analysis.measures.scores.reading.letter_walk import measure
from analysis.measures.scoring import BLOCK_BYTES, TOKENS_AT_ONCE
from analysis.model.model import Model
from analysis.model.transformer import forward
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, HeadId
from analysis.values.work import Work, part
from analysis.verdict import chance
from analysis.verdict.measured import Measured, mean_of
from analysis.verdict.wording.facts import EFFECT

HOW: How = "mean"
"""What a head's output is set to: the mean keeps what it always says, and takes away what it says of this token."""
WALK = 0.7
"""The correlation from which a stroke's place explains half of the variance of what is read."""

RULE = (
    "Asked of lines of real handwriting, and of the same ink beside the text of another line.",
    f"reader: within words, the place of a stroke and that of the letter it reads correlate by at least {WALK:g}, and "
    "by more than beside another text.",
    "none: nothing of the kind.",
    "“More” means that the 95 % interval over lines (Student's t, longer where they are skewed) lies above, and "
    f"that the paired lines differ at a false-discovery rate of {chance.LEVEL:.0%} over all cross heads "
    "(Benjamini–Hochberg).",
    f"Of models with random weights at most {chance.LEVEL:.0%} have a head called reader.",
    f"confirmed: with its output set to its mean, a token costs at least {EFFECT:g} nats more, the interval stays "
    f"above 0, also at a false-discovery rate of {chance.LEVEL:.0%} over all cross heads, and it costs less beside "
    "another text. Asked only where the model does better beside its own text.",
)


@dataclass(frozen=True)
class AblationEffect:
    """What the head's absence does to the loss, in nats; positive: the loss rises."""

    own: Measured
    """Beside the lines' own text."""
    other: float
    """Beside another text."""
    specific: Measured
    """The first beyond the second."""

    @property
    def confirms(self) -> bool:
        return self.own.real and self.own.value >= EFFECT and self.specific.real


@dataclass(frozen=True)
class Verdict:
    """The word, whether ablation confirms it (None: not known, or not asked), and disagreements."""

    word: str
    confirmed: bool | None
    doubts: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.confirmed is None:
            return self.word
        return f"{self.word}, {'confirmed' if self.confirmed else 'unconfirmed'}"


@dataclass(frozen=True, eq=False)
class ReadingEvidence:
    """What is known of all cross heads; `gain`: how much more a token costs beside another line's text, in nats."""

    walks: dict[HeadId, Measured]
    gain: Measured


def with_control(lines: Prompt) -> Prompt:
    """The lines, and then the same ink again, each with the text of the line before it."""
    assert lines.context is not None
    assert lines.writing is not None
    ink, spelled, text = lines.writing.strokes, lines.writing.letters, lines.writing.text
    twice = Writing(torch.cat([ink, ink]), _and_before(spelled), _and_before(text))
    return replace(lines, tokens=lines.tokens.repeat(2, 1), context=_and_before(lines.context), writing=twice)


def _and_before(rows: torch.Tensor) -> torch.Tensor:
    return torch.cat([rows, rows.roll(1, 0)])


@torch.no_grad()
def gather_reading(model: Model, both: Prompt) -> Work[ReadingEvidence]:
    """`both` are lines with their control."""
    n, size = len(both.tokens), max(1, TOKENS_AT_ONCE // both.tokens.shape[1])
    walks, losses = [], []
    for low in range(0, n, size):
        piece, middle, end = both[low : low + size], min(1, (low + size / 2) / n), min(1, (low + size) / n)
        run = yield from part(forward(model, piece.tokens, piece.context), low / n, middle)
        sums = torch.zeros(model.config.n_layers, len(piece.tokens), model.config.n_heads, 6, dtype=torch.float64)
        for block in blocks(model, run, piece, largest=BLOCK_BYTES, kinds={"cross"}):
            sums[block.layer] += measure(block)[0].cpu()
            yield middle, None
        walks.append(correlation(sums, piece).nan_to_num().transpose(0, 1).numpy())  # one that reads nothing: 0
        losses.append((yield from part(run.losses(), middle, end)).float().cpu().numpy())
    own, other = np.split(np.concatenate(walks).astype(np.float32), 2)  # [lines, layers, heads]
    heads = [head for head in model.heads if head.kind == "cross"]
    q = chance.adjusted(np.array([chance.one_sided((own - other)[:, head.layer, head.index]) for head in heads]))
    found = {}
    for number, head in enumerate(heads):
        null = float(other[:, head.layer, head.index].mean())
        found[head] = replace(mean_of(own[:, head.layer, head.index], null), q=float(q[number]))
    beside_own, beside_other = _halves(both, np.concatenate(losses))
    return ReadingEvidence(found, mean_of(beside_other - beside_own))


def _halves(both: Prompt, losses: FloatArray) -> tuple[FloatArray, FloatArray]:
    """losses [2 lines, T − 1] → means over the tokens that write words, [lines], beside their own text and another."""
    assert both.writing is not None
    inked = (both.writing.strokes[:, 1:] >= 0).numpy()
    own, other = np.split(np.where(inked, losses, 0).sum(1) / np.maximum(inked.sum(1), 1), 2)
    return own.astype(np.float32), other.astype(np.float32)


def ablate_readers(model: Model, both: Prompt, heads: Sequence[HeadId]) -> Work[Effects]:
    """Ablate each of these heads in a pass of its own."""
    return effects(model, both, tuple(Experiment((Ablate(head, HOW),)) for head in heads))


def without_reading(both: Prompt, found: Effects, number: int = 0, family: int = 1) -> AblationEffect:
    """Read off one experiment. `family`: cross-attention heads of the model; those that are not here count as though
    they did nothing."""
    own, other = _halves(both, found.losses[number] - found.clean)
    return AblationEffect(_change_of(own, family), float(other.mean()), _change_of(own - other, family))


def _change_of(samples: FloatArray, family: int) -> Measured:
    found = chance.changes(samples, family)
    return Measured(float(found.mean), float(found.low), float(found.high), q=float(found.q))


def reads(walk: Measured) -> bool:
    return walk.value >= WALK and walk.real


def judge_reader(walk: Measured, gain: Measured, ablation: AblationEffect | None) -> Verdict:
    """The rule of this module's RULE."""
    if math.isnan(walk.low):
        return Verdict("none", None, (f"Fewer than {chance.MINIMUM} lines give no interval, and no word.",))
    read, helps, doubts = reads(walk), gain.real and gain.value >= EFFECT, []
    if walk.value >= WALK and not read:
        doubts.append(f"It walks as well beside another text ({walk.null:.2f}): it goes by position.")
    if not helps:
        doubts.append(f"The whole model does no better beside its own text ({gain.signed} nats): nothing to confirm.")
    elif ablation is not None and ablation.confirms != read:
        words = f"a token costs {ablation.own.signed} nats more without it"
        words += f", {ablation.other:+.2f} beside another text"
        by_chance = "no more for its own text than by chance"
        why = f"less than the {EFFECT:g} that confirm" if ablation.own.value < EFFECT else by_chance
        doubts.append(f"It walks through the letters, but {words}: {why}." if read else
                      f"No walk of its own, yet {words}.")
    confirmed = ablation.confirms if ablation is not None and read and helps else None
    return Verdict("reader" if read else "none", confirmed, tuple(doubts))
