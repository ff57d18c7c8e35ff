"""How a cross-attention head reads: stroke by character."""

import math

import numpy as np
import torch

from analysis.figures.axis import Axis, Scale
from analysis.figures.heatmap import Heatmap
from analysis.handwriting.lines import Writing, writing
from analysis.measures.patterns import PatternBlock
from analysis.measures.scores.reading import monotonicity
from analysis.measures.scores.reading._lines import correlation
from analysis.prompts.prompt import Prompt
from analysis.session.session import Session
from analysis.values import Selection, Tick, UserError, ViewInfo
from analysis.views import View
from analysis.views._shared import numpy
from analysis.views.attention.pattern import FAINTEST, SCALE


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """Attention of every stroke (down, the mean of its θ and its r) to every character of the text (across).

    Padding is left out; the note says how much of the attention rests on it. Raises UserError for a head that reads no
    letters, a prompt that is not handwriting, and for a mean over samples, whose strokes stand for other letters.
    """
    head, sample, model = selection.head, selection.sample, session.model
    codec, prompt = model.vocabulary.codec, session.prompt
    if head.kind != "cross" or codec is None or prompt.context is None:
        raise UserError(f"{head} reads no letters; choose a cross-attention head (L0X1) of a handwriting model.")
    if sample is None:
        raise UserError("Strokes of different lines stand for different letters; show one sample, or look at Averages.")
    pattern = session.pattern(head, sample, tick)
    line = prompt[sample : sample + 1]
    assert line.context is not None
    belongs = writing(codec, line.tokens, line.context)
    places = codec.decode(prompt.tokens[sample].numpy()).places  # [n, 2]
    n_letters = int(belongs.text.sum())
    if not len(places) or not n_letters:
        raise UserError("This sample holds no stroke, or no text to read; choose another one.")
    values = numpy(pattern)[places].mean(1)[:, :n_letters]
    log = selection.option(SCALE.key, SCALE.default) == "log"
    return Heatmap(
        f"{head} reads", values,
        Axis("stroke", len(places), _strokes(places, belongs), tokens=tuple(places[:, 0].tolist())),
        Axis("character", n_letters, session.prompt_facts.context_labels[sample][:n_letters]),
        Scale("log", FAINTEST, 1.0, "attention") if log else Scale("sequential", 0.0, 1.0, "attention"),
        note=f"sample {sample}; {_words(pattern, line, belongs)}",
    )


def _strokes(places: np.ndarray, belongs: Writing) -> tuple[str, ...]:
    words = belongs.strokes[0].numpy()[places[:, 0]]
    return tuple(f"{number} (word {word + 1})" for number, word in enumerate(words.tolist()))


def _words(pattern: torch.Tensor, line: Prompt, belongs: Writing) -> str:
    """How much of the attention rests on padding, and how far the head walks along this line."""
    resting = 1 - float(pattern[belongs.strokes[0] >= 0][:, belongs.text[0]].sum(1).mean())
    block = PatternBlock(0, "cross", 0, pattern[None, None], Prompt(line.tokens, line.context, "", writing=belongs))
    sums, counts = monotonicity.measure(block)
    walk = float(correlation(sums / counts, line))
    return f"{resting:.0%} rests on padding" + (f"; monotonicity {walk:.2f}" if math.isfinite(walk) else "")


VIEW = View(
    ViewInfo(
        "reading", "attention", "Reading",
        "Which character of the text each stroke reads, for a cross-attention head; a diagonal is a head that walks "
        "along the text.",
        (SCALE,),
        frozenset({"head", "sample", "prompt"}),
        15,
        formula="A[i, j]: stroke i, character j",
    ),
    compute,
)
