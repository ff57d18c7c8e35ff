"""Averages over lines, against loops over the patterns of a plain decoder; and heads whose answer is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from analysis.handwriting.alignment import letters_of
from analysis.handwriting.codec import PUBLIC
from analysis.measures.averaging import REACH, LetterMeans
from analysis.prompts.handwriting import PROMPT
from analysis.prompts.prompt import Prompt
from analysis.session.session import Session
from analysis.studies.handwriting.averages import STUDY, AveragesOptions, PositionMeans
from analysis.values import HeadId, PromptSpec, UserError, as_options
from tests.analysis.handmade import CROSSED, random_model
from tests.analysis.plain import Plain
from tests.analysis.test_reading_scores import data_set, reader, writing_model
from tests.analysis.test_views import session_of

LINES = 4
Patterns = list[dict[str, np.ndarray]]


def result(session: Session, what: AveragesOptions) -> Any:
    """Runs the study to its end; the fractions rise to 1."""
    work, told = STUDY.run(session, what), [0.0]
    with torch.no_grad():
        while True:
            try:
                told.append(next(work)[0])
            except StopIteration as end:
                assert told == sorted(told)
                assert told[-1] == 1
                return end.value


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return session_of(writing_model(data_set(tmp_path, ("nine", "ee", "ten", "a", "stone"))))


@pytest.fixture
def prompt(session: Session) -> Prompt:
    return PROMPT.make(session.model, PromptSpec("handwriting", as_options({"samples": str(LINES)})))


@pytest.fixture
def patterns(session: Session, prompt: Prompt) -> Patterns:
    found = []
    for tokens, context in zip(prompt.tokens.tolist(), prompt.context.tolist(), strict=True):  # type: ignore[union-attr]
        plain = Plain(session.model)
        plain.logits(tokens, context)
        found.append(plain.patterns)
    return found


def places(session: Session, prompt: Prompt, patterns: Patterns) -> list[list[int]]:
    """The place in the text of every token, by the rule whose parts are tested on their own."""
    crossed = [[pattern for name, pattern in line.items() if "X" in name] for line in patterns]
    reading = torch.from_numpy(np.array([np.mean(heads, axis=0) for heads in crossed]))
    assert prompt.writing is not None
    return letters_of(PUBLIC, prompt.tokens, prompt.writing, reading).tolist()


def written(prompt: Prompt) -> Iterator[tuple[int, int]]:
    """(line, token) of every pen movement."""
    for line, tokens in enumerate(prompt.tokens.tolist()):
        yield from ((line, i) for i, token in enumerate(tokens) if token < PUBLIC.pad)


def test_that_means_by_distance_and_letter_are_those_of_plain_loops(
    session: Session, prompt: Prompt, patterns: Patterns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.studies.handwriting.averages.TOKENS_AT_ONCE", 90)  # two lines at once
    monkeypatch.setattr("analysis.studies.handwriting.averages.BLOCK_BYTES", 4 * 2 * 4 * 44 * 13)  # of 13 queries
    means = result(session, AveragesOptions(LINES, None))
    assert isinstance(means, LetterMeans)
    assert means.n_lines == LINES
    place, ids = places(session, prompt, patterns), prompt.context.tolist()  # type: ignore[union-attr]
    for head in (HeadId(0, 1), HeadId(2, 3)):
        at, each = means.of(head), [line[str(head)] for line in patterns]
        profile = []
        for lag in range(prompt.tokens.shape[1]):
            cells = [each[line][i, i - lag] for line, i in written(prompt) if i >= lag]
            profile.append(np.mean(cells) if cells else np.nan)
        np.testing.assert_allclose(means.lags[at], profile, atol=1e-5)
        sums: dict[tuple[int, int], list[tuple[float, float]]] = {}
        for line in range(LINES):
            name = [-1 if p < 0 else ids[line][p] for p in place[line]]
            for i in range(len(name)):
                earlier = [j for j in range(i) if place[line][j] not in (-1, place[line][i])]
                for letter in {name[j] for j in earlier} if name[i] >= 0 else ():
                    keys = [j for j in earlier if name[j] == letter]
                    cell = sum(each[line][i, keys]), sum(profile[i - j] for j in keys)
                    sums.setdefault((name[i], letter), []).append(cell)
        assert len(sums) > 20
        known = np.argwhere(np.isfinite(means.attention[at]))
        assert {tuple(cell) for cell in known.tolist()} == set(sums)
        for cell, values in sums.items():
            found = means.attention[at][cell], means.chance[at][cell]
            np.testing.assert_allclose(found, np.mean(values, axis=0), atol=1e-5)
        n, e = PUBLIC.alphabet.index("n") + 1, PUBLIC.alphabet.index("e") + 1
        pairs = {line for line in range(LINES) if {n, e} <= set(ids[line])}
        assert 0 < means.lines[0][n, e] <= len(pairs)


def test_that_attention_to_its_own_occurrence_is_kept_apart(
    session: Session, prompt: Prompt, patterns: Patterns
) -> None:
    means, head = result(session, AveragesOptions(LINES, None)), HeadId(1, 2)
    place, ids = places(session, prompt, patterns), prompt.context.tolist()  # type: ignore[union-attr]
    e, own = PUBLIC.alphabet.index("e") + 1, []
    for line in range(LINES):
        for i, p in enumerate(place[line]):
            if p >= 0 and ids[line][p] == e:
                own.append(sum(patterns[line][str(head)][i, [j for j in range(i + 1) if place[line][j] == p]]))
    assert means.own[means.of(head), e] == pytest.approx(np.mean(own), abs=1e-5)


def test_that_reading_by_letter_and_by_offset_are_those_of_plain_loops(
    session: Session, prompt: Prompt, patterns: Patterns
) -> None:
    means = result(session, AveragesOptions(LINES, None))
    place, ids = places(session, prompt, patterns), prompt.context.tolist()  # type: ignore[union-attr]
    head = HeadId(2, 1, "cross")
    cells: dict[tuple[int, int], list[tuple[float, float]]] = {}
    offsets: dict[int, list[float]] = {offset: [] for offset in range(-REACH, REACH + 1)}
    for line in range(LINES):
        length = max(j for j, letter in enumerate(ids[line]) if letter) + 1
        for i, p in enumerate(place[line]):
            row = patterns[line][str(head)][i, :length]
            for letter in set(ids[line][:length]) if p >= 0 else ():
                there = [j for j in range(length) if ids[line][j] == letter]
                even = row.sum() * len(there) / length
                cells.setdefault((ids[line][p], letter), []).append((row[there].sum(), even))
            for offset, values in offsets.items() if p >= 0 else ():
                values += [row[p + offset]] if 0 <= p + offset < length else []
    at = 12 + means.of(head)  # after three layers of four self-attention heads
    for cell, wanted in cells.items():
        found = means.attention[at][cell], means.chance[at][cell]
        np.testing.assert_allclose(found, np.mean(wanted, axis=0), atol=1e-5)
    wanted_offsets = [np.mean(values) for values in offsets.values()]
    np.testing.assert_allclose(means.offsets[means.of(head)], wanted_offsets, atol=1e-5)


def test_that_a_mean_by_position_is_over_the_lines_that_reach_it(
    session: Session, prompt: Prompt, patterns: Patterns
) -> None:
    for head in (HeadId(1, 2), HeadId(2, 0, "cross")):
        means = result(session, AveragesOptions(LINES, None, head))
        assert isinstance(means, PositionMeans)
        for i in range(prompt.tokens.shape[1]):
            rows = [patterns[line][str(head)][i] for line, token in written(prompt) if token == i]
            wanted = np.mean(rows, axis=0) if rows else np.full(means.values.shape[1], np.nan)
            np.testing.assert_allclose(means.values[i], wanted, atol=1e-5)


def test_that_a_head_that_reads_the_letter_before_is_seen_to(tmp_path: Path) -> None:
    data = data_set(tmp_path, ("nine", "tone"))
    blank = reader(64, {0: torch.full((64,), -1)}, data)
    prompt = PROMPT.make(blank, PromptSpec("handwriting", as_options({"samples": "1"})))
    assert prompt.writing is not None
    strokes = prompt.writing.strokes[0]
    place = torch.full((64,), -1)
    for word in (0, 1, 2):
        members = torch.nonzero(strokes == word).flatten()
        place[members - 1] = 5 * word + torch.arange(len(members)) * 4 // len(members)  # read one token ahead
    model = reader(64, {0: place, 1: place, 2: place, 3: (place - 1).clamp_min(0)}, data)
    means = result(session_of(model), AveragesOptions(1, None))
    walks, behind = means.offsets[0], means.offsets[3]
    assert walks[REACH] > 0.65
    assert walks[REACH] + walks[REACH + 1] > 0.9  # a letter's last token reads the next one
    assert behind[REACH - 1] > 0.6
    assert behind[REACH + 1] < 0.05
    n, e, t = (PUBLIC.alphabet.index(letter) + 1 for letter in "net")
    assert means.attention[4 + 0][n, n] > 0.65
    assert means.attention[4 + 3][e, n] > 0.6  # "ne" in nine and tone
    assert np.isnan(means.attention[4][t, PUBLIC.alphabet.index("z") + 1])


def test_that_models_and_data_that_do_not_serve_are_refused_in_a_sentence(session: Session) -> None:
    with pytest.raises(UserError, match="No handwriting is open"):
        result(session_of(replace(session.model, data=None)), AveragesOptions(2, None))
    with pytest.raises(UserError, match="not pen movements"):
        result(session_of(random_model(CROSSED)), AveragesOptions(2, None))
    with pytest.raises(UserError, match="no head L7H0"):
        result(session, AveragesOptions(2, None, HeadId(7, 0)))


