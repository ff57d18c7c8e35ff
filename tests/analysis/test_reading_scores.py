"""How cross-attention reads: heads built by hand, and a plain loop over the patterns of random ones."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.handwriting.codec import PUBLIC
from analysis.handwriting.lines import writing
from analysis.measures.scores.reading._lines import LINES
from analysis.measures.scoring import Scoring, standard_error
from analysis.model.model import Config, Model
from analysis.model.vocabulary import strokes
from analysis.plugins import discover
from analysis.prompts.handwriting import PROMPT
from analysis.prompts.prompt import Prompt
from analysis.session.session import Session
from analysis.values import HeadId, PromptSpec, ScoreTable, as_options
from tests.shared_data import CHECKPOINT, HANDWRITING, needs_shared

from .handmade import CROSSED, SHARP, model_of, random_model
from .plain import Plain

KEYS = ("monotonicity", "letter_walk", "own_word", "entropy")
WORDS = ("nine", "tee", "or", "a", "stone")


def data_set(folder: Path, words: tuple[str, ...] = WORDS) -> str:
    """A data set of these words, every letter an arch of six points."""
    items = []
    for number, word in enumerate(words):
        x = np.arange(6 * len(word)) * 0.05
        points = np.column_stack([x, 0.65 + 0.1 * np.sin(x * (40 + number)), np.ones_like(x)])
        items.append({"metadata": {"asciiSequence": word, "aspectRatio": 1, "author": "n"}, "points": points.tolist()})
    path = folder / "words.json"
    path.write_text(json.dumps(items))
    return str(path)


def score(model: Model, samples: int = 4) -> ScoreTable:
    scores = [score for score in discover("scores") if score.info.key in KEYS]
    fewer = PromptSpec(LINES.source, as_options({"samples": str(samples)}))
    job = Scoring(model, [replace(score, prompt=fewer) for score in scores], {"handwriting": PROMPT})
    list(job.run())
    assert not job.problems
    return job.table()


def reader(n_ctx: int, reads: dict[int, torch.Tensor], data: str) -> Model:
    """One layer whose cross-attention head h looks from position i at character reads[h][i]; −1: at all alike."""
    n_letters, heads = 20, len(reads)
    config = Config(
        n_layers=1, n_heads=heads, n_kv_heads=heads, d_model=n_ctx, d_head=n_ctx, d_vocab=PUBLIC.size, n_ctx=n_ctx,
        norm="none", cross_layers=(0,), d_context=n_letters, n_ctx_context=n_letters,
        d_vocab_context=len(PUBLIC.alphabet) + 1,
    )  # fmt: skip
    tensors = {name: torch.zeros(shape) for name, shape in config.required().items()}
    tensors["pos.W_pos"][:] = torch.eye(n_ctx)
    tensors["context.W_pos"][:] = torch.eye(n_letters)
    tensors["L0.cross.W_K"][:, :, :n_letters] = torch.eye(n_letters)
    for head, letters in reads.items():
        for position, letter in enumerate(letters.tolist()):
            if letter >= 0:
                tensors["L0.cross.W_Q"][head, position, letter] = SHARP * n_ctx**0.5
    return replace(model_of(config, tensors, strokes(PUBLIC.size)), data=data)


def test_that_heads_built_to_walk_turn_back_rest_or_look_everywhere_score_as_they_are_built(tmp_path: Path) -> None:
    data = data_set(tmp_path, ("nine", "tone"))
    two_words = PromptSpec("handwriting", as_options({"count": "2", "samples": "2"}))
    first = PROMPT.make(reader(64, {0: torch.zeros(64, dtype=torch.int64)}, data), two_words)
    assert first.writing is not None
    # The letter that stands where the stroke does: "nine tone", or "tone nine", is nine characters long.
    line = first.writing.strokes[0]
    place = torch.zeros(64, dtype=torch.int64)
    for word in (0, 1):
        members = torch.nonzero(line == word).flatten()
        place[members] = 5 * word + torch.arange(len(members)) * 4 // len(members)
    turned = torch.where(place < 4, 3 - place, 13 - place)
    everywhere, padding, second = torch.full((64,), -1), torch.full((64,), 15), torch.full((64,), 1)
    model = reader(64, dict(enumerate((place, 8 - place, turned, everywhere, padding, second))), data)
    scores = [score for score in discover("scores") if score.info.key in KEYS]
    job = Scoring(model, [replace(score, prompt=two_words) for score in scores], {"handwriting": PROMPT})
    list(job.run())
    table = job.table()

    def of(key: str) -> list[float]:
        return [table.value(key, HeadId(0, head, "cross")) for head in range(6)]

    walks, backwards, turns, uniform, rests, stays = of("monotonicity")
    assert walks > 0.98
    assert backwards < -0.98
    assert 0.5 < turns < walks  # from word to word it goes forward
    assert uniform == pytest.approx(0, abs=1e-6)
    assert math.isnan(rests)  # never looks at the text
    assert math.isnan(stays)  # never looks at anything else
    walks, backwards, turns, uniform, rests, stays = of("letter_walk")
    assert walks > 0.95
    assert turns < -0.95
    assert uniform == pytest.approx(0, abs=1e-6)
    assert math.isnan(rests)
    np.testing.assert_allclose(of("own_word"), [1, 0, 1, 4 / 20, 0, 0.5], atol=0.03)
    np.testing.assert_allclose(of("entropy"), [0, 0, 0, 1, 0, 0], atol=0.01)


def plainly(key: str, pattern: np.ndarray, line: Prompt) -> float:
    """The score of one line's pattern [T, C] by loops over strokes and characters."""
    tokens, context = line.tokens[0].tolist(), line.context[0].tolist()  # type: ignore[union-attr]
    space = PUBLIC.alphabet.index(" ") + 1
    length = max(place + 1 for place, letter in enumerate(context) if letter)
    word_of_letter = [-1 if context[j] == space else context[:j].count(space) for j in range(length)]
    word_of_stroke = {i: tokens[:i].count(PUBLIC.word) // 2 for i, t in enumerate(tokens) if t < PUBLIC.pad}
    if key == "entropy":
        each = [-sum(p * math.log(p) for p in pattern[i]) / math.log(len(context)) for i in word_of_stroke]
        return float(np.mean(each))
    spelled = {i: [j for j in range(length) if word_of_letter[j] == w] for i, w in word_of_stroke.items()}
    if key == "own_word":
        return float(np.mean([sum(pattern[i, js]) for i, js in spelled.items() if js]))
    triples = []
    for i, word in word_of_stroke.items():
        mates = [k for k, other in word_of_stroke.items() if other == word]
        for j in range(length) if key == "monotonicity" else spelled[i]:
            u = i if key == "monotonicity" else place_in(i, mates)
            v = j if key == "monotonicity" else place_in(j, spelled[i])
            triples.append((u, v, pattern[i, j]))
    u, v, weight = np.array(triples).T
    covariance = np.cov(u, v, aweights=weight)
    return float(covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1]))


def place_in(member: int, members: list[int]) -> float:
    return 2 * members.index(member) / (len(members) - 1) - 1 if len(members) > 1 else 0.0


def writing_model(data: str) -> Model:
    config = replace(CROSSED, d_vocab=PUBLIC.size, d_vocab_context=len(PUBLIC.alphabet) + 1, n_ctx_context=16, n_ctx=44)
    return replace(random_model(config, spread=0.4), vocabulary=strokes(PUBLIC.size), data=data)


def test_that_every_score_equals_a_plain_loop_over_patterns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.measures.scoring.BLOCK_BYTES", 4 * 4 * 16 * 4 * 33)  # blocks of 33 queries
    model = writing_model(data_set(tmp_path))
    table = score(model, 4)
    lines = PROMPT.make(model, PromptSpec(LINES.source, as_options({"samples": "4"})))
    assert lines.tokens.shape[1] == 44  # cut: the last word of some lines is not written to its end
    wanted: dict[tuple[str, HeadId], list[float]] = {}
    for sample in range(4):
        one = replace(lines, tokens=lines.tokens[sample : sample + 1], context=lines.context[sample : sample + 1])  # type: ignore[index]
        plain = Plain(model)
        plain.logits(one.tokens[0].tolist(), one.context[0].tolist())
        for head in (head for head in model.heads if head.kind == "cross"):
            for key in KEYS:
                wanted.setdefault((key, head), []).append(plainly(key, plain.patterns[str(head)], one))
    assert len(wanted) == 4 * 8
    for (key, head), values in wanted.items():
        assert table.value(key, head) == pytest.approx(np.mean(values), abs=2e-5), (key, head)
        assert table.error(key, head) == pytest.approx(np.std(values, ddof=1) / 2, abs=2e-5), (key, head)


def test_that_strokes_and_letters_know_their_word() -> None:
    ink, between = [PUBLIC.first_angle, 3], [PUBLIC.word, PUBLIC.word]
    tokens = torch.tensor([[*ink, *ink, *between, *ink, *between, *ink, PUBLIC.end, PUBLIC.pad]])
    context = torch.from_numpy(PUBLIC.encode_text("no to|a", 10))[None]
    assert context[0, 5] == 0  # not of the alphabet, but between letters
    found = writing(PUBLIC, tokens, context)
    assert found.strokes[0].tolist() == [0, 0, 0, 0, -1, -1, 1, 1, -1, -1, 2, 2, -1, -1]
    assert found.letters[0].tolist() == [0, 0, -1, 1, 1, 1, 1, -1, -1, -1]
    assert found.text[0].tolist() == [True] * 7 + [False] * 3
    assert found.own(0, 14)[0].sum(1).tolist() == [2] * 4 + [0, 0, 4, 4, 0, 0, 0, 0, 0, 0]  # word 2 has no letters


def test_that_without_a_data_set_or_cross_attention_the_scores_are_undefined_and_nothing_fails() -> None:
    for model in (random_model(CROSSED), replace(writing_model(""), data=None)):
        table = score(model)
        for key in KEYS:
            assert np.isnan(table.values[key]["cross"]).all()
            assert np.isnan(table.values[key]["self"]).all()


def test_that_a_standard_error_leaves_undefined_samples_out() -> None:
    each = torch.tensor([[1.0, 1.0], [3.0, math.nan], [math.nan, math.nan]], dtype=torch.float64)
    error = standard_error(each)
    assert float(error[0]) == pytest.approx(1.0)
    assert math.isnan(float(error[1]))


@needs_shared
def test_that_the_upper_heads_of_the_real_model_walk_along_the_text() -> None:
    session = Session("cpu")
    session.open(str(CHECKPOINT), data=str(HANDWRITING))
    table = score(session.model, 3)
    walks = table.values["monotonicity"]["cross"], table.values["letter_walk"]["cross"]
    assert walks[0][2:].min() > 0.8
    assert walks[1][3].min() > 0.7
    assert walks[1][0].max() < 0.4  # the first layer does not yet know which letter is written
