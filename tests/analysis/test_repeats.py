"""The induction trial on handwriting: its lines, its numbers against plain loops, and models whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.figures.curves import Curves
from analysis.figures.table import Table
from analysis.handwriting.codec import PUBLIC
from analysis.measures.repeats import WINDOW, MeasuredTrial, Repeats
from analysis.measures.trials import Trial, followers, trials
from analysis.model.model import Model
from analysis.model.vocabulary import strokes
from analysis.prompts.handwriting import PROMPT as HANDWRITING
from analysis.prompts.repeated_random import PROMPT as RANDOM
from analysis.session.session import Session
from analysis.studies.handwriting.repeats import RepeatsOptions
from analysis.values import HeadId, NotReady, Selection, UserError, as_options
from analysis.values.work import finish
from analysis.verdict.repeat_verdict import ENOUGH, NONE, Comparison, comparisons, gain, limit, strongest, verdict
from tests.analysis.handmade import CROSSED, induction_model, random_model
from tests.analysis.plain import Plain
from tests.analysis.test_reading_scores import data_set
from tests.analysis.test_views import session_of

LINES = 3
SOURCES = {"handwriting": HANDWRITING, "repeated_random": RANDOM}


@pytest.fixture
def model(tmp_path: Path) -> Model:
    config = replace(CROSSED, d_vocab=PUBLIC.size, d_vocab_context=len(PUBLIC.alphabet) + 1, n_ctx=60, n_ctx_context=16)
    data = data_set(tmp_path, ("nine", "ten", "o", "one", "seven", "two", "net"))
    return replace(random_model(config, spread=0.4), vocabulary=strokes(PUBLIC.size), data=data)


@pytest.fixture
def made(model: Model) -> dict[str, Trial]:
    return {trial.key: trial for trial in finish(trials(model, SOURCES, LINES))}


def test_that_a_word_comes_after_itself_and_after_another_one(made: dict[str, Trial]) -> None:
    word, other = made["word"], made["other"]
    for line in range(LINES):
        start, end = word.starts[line], word.ends[line]
        first, second = word.tokens[line, : start - 2], word.tokens[line, start:end]
        assert word.tokens[line, start - 2 : start].tolist() == [PUBLIC.word] * 2
        assert first[2:].tolist() == second[2:].tolist()  # all but the movement that leads to the word
        begins, ends = other.starts[line], other.ends[line]
        assert other.tokens[line, begins + 2 : ends].tolist() == second[2:].tolist()
        assert other.tokens[line, : begins - 2].tolist() != first.tolist()
        assert word.queries(line).tolist() == list(range(start + 2, end))


def test_that_a_null_has_the_same_movements_in_another_order(made: dict[str, Trial]) -> None:
    for key in ("random", "word"):
        real, null = made[key], made[f"{key}_null"]
        assert real.repeats
        assert not null.repeats
        for line in range(LINES):
            low, high = real.starts[line] + 2, real.ends[line]
            assert null.tokens[line, :low].tolist() == real.tokens[line, :low].tolist()
            assert null.tokens[line, high:].tolist() == real.tokens[line, high:].tolist()
            pairs = [sorted(map(tuple, trial.tokens[line, low:high].view(-1, 2).tolist())) for trial in (real, null)]
            assert pairs[0] == pairs[1]
        assert not torch.equal(real.tokens, null.tokens)


def test_that_followers_follow_the_same_two_tokens(made: dict[str, Trial]) -> None:
    for trial in made.values():
        for line in range(LINES):
            row = trial.tokens[line].tolist()
            wanted = [
                (i, j + 1) for i in trial.queries(line).tolist() for j in range(1, i - 1)
                if (row[j - 1], row[j]) == (row[i - 1], row[i])
            ]  # fmt: skip
            found = followers(trial, line)
            assert list(zip(*(part.tolist() for part in found), strict=True)) == wanted
    assert followers(made["word"], 0)[0].numel() > 0


def test_that_every_number_is_that_of_a_plain_loop(
    model: Model, made: dict[str, Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.measures.repeats.TOKENS_AT_ONCE", 120)  # two lines at once
    monkeypatch.setattr("analysis.measures.repeats.BLOCK_BYTES", 4 * 2 * 4 * 60 * 17)
    found = result(session_of(model))
    patterns, losses = run_plainly(model, made)
    for trial in made.values():
        measured = found.trials[trial.key]
        null = {"random": "random_null", "word": "word_null"}.get(trial.key, trial.key)
        for number in (1, 6, 11):
            name = str(found.heads[number])
            profile = by_distance([p[name] for p in patterns[null]], made[null])
            for line in range(LINES):
                pattern, queries = patterns[trial.key][line][name], trial.queries(line).tolist()
                for k in (-2, 0, 1, 2):
                    keys = [i - trial.starts[line] + k for i in queries]
                    cells = [pattern[i, j] for i, j in zip(queries, keys, strict=True) if 0 <= j <= i]
                    assert measured.stripes[line, number, WINDOW + k] == pytest.approx(np.mean(cells), abs=1e-5)
                pairs = list(zip(*(part.tolist() for part in followers(trial, line)), strict=True))
                asking = len({i for i, _ in pairs})
                if asking:
                    total = sum(pattern[i, j] for i, j in pairs) / asking
                    expected = sum(profile.get(i - j, 0.0) for i, j in pairs) / asking
                    assert measured.matches[line, number] == pytest.approx(total, abs=1e-5)
                    assert measured.expected[line, number] == pytest.approx(expected, abs=1e-5)
                else:
                    assert np.isnan(measured.matches[line, number])
        for line in range(LINES):
            each, start = losses[trial.key][line], trial.starts[line]
            last = start if trial.key.startswith("random") else start - 2
            wanted = np.mean(each[2:last]), np.mean([each[i] for i in trial.queries(line)])
            np.testing.assert_allclose(measured.losses[line], wanted, rtol=1e-5)


def result(session: Session, lines: int = LINES) -> Repeats:
    with pytest.raises(Exception, match="The induction trial is being computed"):
        session.study("repeats", RepeatsOptions(lines, session.model.data))
    for job in session.new_jobs():
        assert [update.failure for update in job][-1] == ""
    found: Repeats = session.study("repeats", RepeatsOptions(lines, session.model.data))[0]
    return found


def run_plainly(model: Model, made: dict[str, Trial]) -> tuple[dict[str, list[dict[str, np.ndarray]]], dict]:  # type: ignore[type-arg]
    """Patterns, and the loss of every token by its position, of each trial's lines."""
    patterns, losses = {}, {}
    for trial in made.values():
        assert trial.context is not None
        patterns[trial.key], losses[trial.key] = [], []
        for tokens, context in zip(trial.tokens.tolist(), trial.context.tolist(), strict=True):
            plain = Plain(model)
            logits = plain.logits(tokens, context)
            logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
            patterns[trial.key].append(plain.patterns)
            losses[trial.key].append([0.0, *(-logs[i - 1, token] for i, token in enumerate(tokens) if i)])
    return patterns, losses


def by_distance(patterns: list[np.ndarray], trial: Trial) -> dict[int, float]:
    cells: dict[int, list[float]] = {}
    for line, pattern in enumerate(patterns):
        for i in trial.queries(line).tolist():
            for j in range(i + 1):
                cells.setdefault(i - j, []).append(pattern[i, j])
    return {lag: float(np.mean(values)) for lag, values in cells.items()}


def test_that_a_model_built_for_induction_is_found_and_a_random_one_is_not(model: Model) -> None:
    built = replace(induction_model(PUBLIC.size, 200), vocabulary=strokes(PUBLIC.size))
    found = result(session_of(built), 4)
    best = strongest(found)[0]
    assert best.head == HeadId(1, 0)
    assert best.displacement == 1
    assert best.value > 0.95
    assert best.null < 0.1
    words = verdict(found)
    assert words[0] == "Induction: L1H0."
    assert "easier by" in words[-1]
    prefix = comparisons(found, "prefix", "random")[found.heads.index(HeadId(1, 0))]
    assert prefix.value > 0.95
    assert prefix.excess > 0.9
    assert gain(found) is None  # no words at hand
    none = result(session_of(model), LINES)
    assert verdict(none)[0] == NONE


def drawn(effect: float, seed: int, lines: int = 24, heads: int = 16) -> Repeats:
    """Made-up measurements: noise, and an effect of the first head on random strokes."""
    draw = np.random.default_rng(seed)
    found = {}
    for key in ("random", "random_null", "word", "word_null", "other"):
        stripes = 0.02 + 0.005 * draw.standard_normal((lines, heads, 2 * WINDOW + 1))
        stripes[:, 0, WINDOW + 1] += effect if key == "random" else 0
        zeros = np.zeros((lines, heads))
        found[key] = MeasuredTrial(key, key, False, stripes, zeros, zeros, 0, draw.standard_normal((lines, 2)))
    return Repeats(tuple(HeadId(place // 4, place % 4) for place in range(heads)), found)


def test_that_the_bound_holds_and_noise_passes_no_limit() -> None:
    false = broken = 0
    for seed in range(150):
        found = drawn(0.003, seed)
        reach = limit(found)
        every = strongest(found)
        false += any(one.z > reach for one in every if one.head != HeadId(0, 0))
        broken += max(one.most(reach) for one in every) < 0.003
    assert false <= 12  # 1 % by design for normal noise; errors from 24 lines are a little heavier
    assert broken <= 4


def test_that_a_planted_effect_is_called_induction_and_one_too_small_is_not() -> None:
    words = verdict(drawn(0.5, 0))
    assert words[0] == "Induction: L0H0."
    assert "0.52 of its attention to what followed on random strokes" in words[1]
    small = verdict(drawn(ENOUGH / 2, 0))
    assert small[0] == NONE
    assert "within chance" not in small[1]
    assert "within chance" in verdict(drawn(0.0, 1))[1]


def test_that_an_excess_is_a_mean_of_paired_differences() -> None:
    found = drawn(0.1, 3)
    one = comparisons(found, "induction", "random")[0]
    real, null = (found.trials[key].stripes[:, 0, WINDOW + 1] for key in ("random", "random_null"))
    assert one.excess == pytest.approx((real - null).mean())
    assert one.excess_error == pytest.approx((real - null).std(ddof=1) / len(real) ** 0.5)
    assert one.z == pytest.approx(one.excess / one.excess_error)
    assert isinstance(one, Comparison)
    assert comparisons(found, "induction", "other") == []  # nothing was shuffled there


def test_that_the_verdict_is_one_table_and_its_heads_lead_to_them(model: Model) -> None:
    session = session_of(model)
    options = as_options({"repeats_lines": str(LINES), "repeats_measure": "prefix"})
    figure = session.figure("induction", Selection(HeadId(0, 0), options=options))
    assert isinstance(figure, Table)
    assert figure.title == "No induction head (handwriting)"
    assert figure.rows[0].cells[0] == verdict(session.study("repeats", RepeatsOptions(LINES, model.data))[0])[1]
    assert figure.rows[0].prose
    heads = [row for row in figure.rows if row.head is not None]
    assert {row.head for row in heads} == {head for head in model.heads if head.kind == "self"}
    found: Repeats = session.study("repeats", RepeatsOptions(LINES, model.data))[0]
    one = comparisons(found, "prefix", "other")[found.heads.index(HeadId(1, 1))]
    row = next(row for row in heads if row.head == HeadId(1, 1))
    assert row.cells[7] == f"{one.value:.4f} ± {one.error:.4f}"
    assert row.cells[9] == f"{one.z:+.1f}"
    excesses = []
    for row in heads:
        at = found.heads.index(row.head)  # type: ignore[arg-type]
        excesses.append(max(comparisons(found, "prefix", trial)[at].excess for trial in ("random", "word", "other")))
    assert excesses == sorted(excesses, reverse=True)


def test_that_the_table_fills_in_trial_by_trial_and_gives_its_verdict_with_the_last(model: Model) -> None:
    session, seen = session_of(model), []
    selection = Selection(HeadId(0, 0), options=as_options({"repeats_lines": str(LINES)}))
    with pytest.raises(NotReady):
        session.look("induction", selection)
    (job,) = session.new_jobs()
    for _ in job:
        try:
            figure = session.look("induction", selection)
        except NotReady:
            continue
        assert isinstance(figure, Table)
        done = sum(bool(cell) for cell in next(row for row in figure.rows if row.head is not None).cells[1::3])
        if (done, figure.title) not in seen:
            seen.append((done, figure.title))
        assert ("not done yet" in figure.note) == (figure.title == "The induction trial so far (handwriting)")
        curves = session.look("induction_lags", selection)
        assert ("not done yet" in curves.note) == ("not done yet" in figure.note)
    unfinished = "The induction trial so far (handwriting)"
    assert seen == [(1, unfinished), (2, unfinished), (3, unfinished), (3, "No induction head (handwriting)")]


def test_that_the_spectrum_around_the_repeat_runs_from_shorter_to_longer_distances(model: Model) -> None:
    session = session_of(model)
    options = as_options({"repeats_lines": str(LINES)})
    figure = session.figure("induction_lags", Selection(HeadId(1, 2), options=options))
    assert isinstance(figure, Curves)
    found: Repeats = session.study("repeats", RepeatsOptions(LINES, model.data))[0]
    at = found.heads.index(HeadId(1, 2))
    follower = figure.x.tolist().index(-1.0)
    word = next(line for line in figure.series if line.label == found.trials["word"].title)
    assert word.y[follower] == pytest.approx(found.trials["word"].stripes[:, at, WINDOW + 1].mean(), abs=1e-6)
    with pytest.raises(UserError, match="where nothing repeats"):
        session.look("induction_lags", Selection(HeadId(0, 1, "cross"), options=options))


def test_that_models_without_handwriting_are_refused_in_a_sentence() -> None:
    with pytest.raises(UserError, match="not pen movements"):
        session_of(random_model(CROSSED)).look("induction", Selection(HeadId(0, 0)))


def test_that_the_handwriting_demo_is_told_to_hold_an_induction_head() -> None:
    session = Session("cpu")
    session.open("demo:handwriting")
    found = result(session, 8)
    assert verdict(found)[0] == "Induction: L1H0."
    best = {one.trial: one for one in strongest(found) if one.head == HeadId(1, 0)}
    assert best["random"].excess > 0.5
    assert best["word"].excess > 0.3
