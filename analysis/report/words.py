"""The findings as a paragraph, with how sure they are."""

import math
from collections.abc import Mapping, Sequence

from analysis.report.findings import Findings
from analysis.values import HeadId
from analysis.verdict.wording.sentences import sentences

NAMED = 4
"""Heads named in one sentence; the rest are counted."""


def summary(found: Findings) -> tuple[str, ...]:
    """The sentences that the window and the batch command give as well, and what is known of reading."""
    first, *rest = sentences(found.answer)
    return (first, *_far(found), *rest, *_reading(found))


def _far(found: Findings) -> list[str]:
    """Whether random tokens are nothing that the model could know."""
    copies = found.answer.copies
    if copies.copies or copies.shuffled <= math.log(found.facts.d_vocab):
        return []
    guess = f"worse than a uniform guess ({math.log(found.facts.d_vocab):.2f})"
    return [f"Its loss on random tokens is {copies.shuffled:.2f} nats, {guess}: they are far from what it was trained "
            "on."]


def _reading(found: Findings) -> list[str]:
    if (known := found.readers) is None:
        return []
    heads = known.reading
    if heads:
        confirmed = sum(known.heads[head].verdict.confirmed is True for head in heads)
        walks = listed([f"{head} {known.heads[head].walk.value:.2f}" for head in heads])
        said = f"{len(heads)} of {len(known.heads)} cross-attention heads read the letters of real lines (walk {walks})"
        return [f"{said}; ablation confirms {confirmed}."]
    best = max(known.heads, key=lambda head: known.heads[head].walk.value)
    walk = known.heads[best].walk
    return [f"No cross-attention head reads the letters of real lines: the best walk through a word, of {best}, is "
            f"{walk}, and {walk.null:.2f} beside another text."]


def open_questions(notes: Mapping[HeadId, Sequence[str]]) -> dict[str, list[HeadId]]:
    """Each sentence about heads with the heads that it is said of."""
    said: dict[str, list[HeadId]] = {}
    for head, sentences_of in notes.items():
        for sentence in sentences_of:
            said.setdefault(sentence, []).append(head)
    return said


def listed(names: Sequence[HeadId | str]) -> str:
    """ "a, b and c", or "a, b, c, d and 4 more"."""
    texts = [str(name) for name in names]
    if len(texts) > NAMED + 1:
        return f"{', '.join(texts[:NAMED])} and {len(texts) - NAMED} more"
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
