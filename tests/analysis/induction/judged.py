"""What an answer says of a model, held against what is known of the model: one line for each thing that differs."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.verdict.wording.facts import Answer, HeadFacts
from tests.zoo.truth import Truth

WORDS = {
    "anti_induction": "anti-induction", "attends_without_copying": "attends but does not copy", "gates": "gates",
    "duplicate": "duplicate", "previous": "previous-token", "first": "first token", "positional": "positional copying",
}  # fmt: skip
"""The zoo's words that the answer has as well."""


def differences(found: Answer, truth: Truth) -> list[str]:
    """Empty where the answer is right."""
    heads = {str(head): facts for head, facts in found.heads.items()}
    return [*_copies(found, truth), *missed(heads, truth), *false(heads, truth), *_words(heads, truth),
            *_circuits(found, truth), *_groups(found, heads, truth)]  # fmt: skip


def missed(heads: dict[str, HeadFacts], truth: Truth) -> Iterator[str]:
    for head in truth.induction:
        if "induction" not in heads[head].words:
            yield f"{head} is no induction: {heads[head].text}, share {heads[head].share}"
        elif head in truth.offsets and {k for k in truth.offsets[head] if k > 0} != set(heads[head].offsets):
            yield f"{head} looks at {heads[head].offsets}, not {truth.offsets[head]}"


def false(heads: dict[str, HeadFacts], truth: Truth) -> Iterator[str]:
    for head, facts in heads.items():
        if "induction" in facts.words and head not in (*truth.induction, *truth.unclear):
            yield f"{head} is called {facts.text}"


def _copies(found: Answer, truth: Truth) -> Iterator[str]:
    if found.copies.copies != truth.copies:
        yield f"copies: {found.copies.copies}, {found.copies.gain.signed}"


def _words(heads: dict[str, HeadFacts], truth: Truth) -> Iterator[str]:
    for head, words in truth.words.items():
        for word in words:
            if word in WORDS and head in heads and WORDS[word] not in heads[head].words:
                yield f"{head} is not {WORDS[word]} but {heads[head].text}"


def _circuits(found: Answer, truth: Truth) -> Iterator[str]:
    edges = {f"{one.later} {one.into} {one.earlier}" for one in found.circuits}
    for edge in truth.circuit:
        if edge not in edges:
            yield f"no circuit {edge} among {sorted(edges)}"


def _groups(found: Answer, heads: dict[str, HeadFacts], truth: Truth) -> Iterator[str]:
    groups = [set(map(str, group.heads)) for group in found.groups]
    for heads_together in truth.groups:
        if not any(set(heads_together) <= group for group in groups):
            yield f"no group of {heads_together} among {groups}"
        for head in heads_together:
            if heads[head].confirmed not in ("in a group", "alone"):
                yield f"{head} is confirmed: {heads[head].confirmed}"
    for head in truth.backups:
        if "backup" not in heads[head].words:
            yield f"{head} is no backup but {heads[head].text}"
