"""The prompt as it is written: strokes, the text beside them, and how each stroke reads the text."""

import numpy as np

from analysis.figures.ink import Ink
from analysis.session.session import Session
from analysis.values import FloatArray, HeadId, Selection, Tick, UserError, ViewInfo
from analysis.views import View
from analysis.views._shared import numpy


def compute(session: Session, selection: Selection, tick: Tick) -> Ink:
    """The strokes of one sample, with the attention of its tokens to the letters [T, C].

    Letters are read by the selected head if it is a cross-attention head, else by the mean of those of its layer.
    Raises UserError for a prompt that is not handwriting, and for a mean over samples.
    """
    prompt, facts, sample = session.prompt, session.prompt_facts, selection.sample
    codec = session.model.vocabulary.codec
    if codec is None:
        raise UserError("The tokens of this model are not pen movements; look at the tokens instead.")
    if sample is None:
        raise UserError("A mean over samples has no ink: every sample is written differently; show one sample.")
    if not 0 <= sample < facts.n_samples:
        raise UserError(f"The prompt has no sample {sample}: choose 0 to {facts.n_samples - 1}.")
    decoded = codec.decode(prompt.tokens[sample].numpy())
    if not decoded.words:
        raise UserError("This sample holds no pen movement (an angle θ followed by a radius r); choose another one.")
    letters = _letters(session, sample)
    reading, reader = _reading(session, selection.head, sample, len(letters), tick)
    return Ink(
        f"Handwriting, sample {sample}", decoded.strokes().astype(np.float32), decoded.polar[:, 2] == 1,
        decoded.places, decoded.words, facts.labels[sample], letters, reading, reader, note=facts.description,
    )


def _letters(session: Session, sample: int) -> tuple[str, ...]:
    """The text without the padding at its end."""
    context, facts = session.prompt.context, session.prompt_facts
    if context is None or not facts.context_labels:
        return ()
    used = np.flatnonzero(context[sample].numpy())
    return facts.context_labels[sample][: used[-1] + 1 if len(used) else 0]


def _reading(
    session: Session, head: HeadId, sample: int, n_letters: int, tick: Tick
) -> tuple[FloatArray, str]:
    """Attention to the letters [T, C], and whose it is; [0, C] for a layer without cross-attention."""
    every = [one for one in session.model.heads if one.kind == "cross" and one.layer == head.layer]
    heads = [head] if head.kind == "cross" else every
    if not heads or not n_letters:
        return np.zeros((0, n_letters), np.float32), ""
    mean = np.mean([numpy(session.pattern(one, sample, tick))[:, :n_letters] for one in heads], axis=0)
    return mean, f"{heads[0]}" if len(heads) == 1 else f"the mean of {heads[0]}–{heads[-1].label.rpartition('X')[2]}"


VIEW = View(
    ViewInfo(
        "ink", "ink", "Ink", "The strokes of the prompt, and the attention of each to the letters of the text.", (),
        frozenset({"head", "sample", "prompt"}), 10,
        formula="stroke: max of A[i, θ] and A[i, r];  letter: A[i, letter]",
    ),
    compute,
)
