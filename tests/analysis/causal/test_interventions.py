"""Changes in the forward pass, held against a plain pass a change, and against models built by hand."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from analysis.causal.effects import Effects, effects
from analysis.causal.interventions import Ablate, Cut, Experiment, Ideal, ablations, place
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt
from analysis.prompts.repeated_random import draw
from analysis.values import HeadId, UserError
from analysis.values.work import finish

from ..handmade import CROSSED, SMALL, induction_model, random_model
from ..test_transformer import SHAPES
from .slow import slow_losses

NEAR = 1e-5


def run(model: Model, prompt: Prompt, *experiments: Experiment) -> Effects:
    return finish(effects(model, prompt, experiments))


def random_prompt(model: Model, samples: int = 2, length: int = 5) -> Prompt:
    generator = torch.Generator().manual_seed(3)
    piece = torch.randint(0, model.config.d_vocab, (samples, length), generator=generator)
    context = torch.randint(0, 12, (samples, 7), generator=generator) if model.config.cross_layers else None
    return Prompt(torch.cat((piece[:, :1], piece, piece), 1), context, "random", length, 1)


def one(*changes: Ablate | Cut | Ideal, frozen: bool = False) -> Experiment:
    return Experiment(changes, frozen)


def changes_for(model: Model) -> list[Experiment]:
    """One of everything that the model allows, alone and together."""
    first, late = HeadId(0, 1), HeadId(2, 2)
    found = [one(Ablate(first, how), frozen=frozen) for how in ("zero", "mean", "resample") for frozen in (False, True)]
    found += [one(Cut(first, late, into)) for into in ("q", "k", "v")]
    found += [one(Ideal(HeadId(1, 3), "previous")), one(Ideal(late, "induction"), frozen=True)]
    found += [
        one(Ablate(HeadId(1, 0)), Ablate(HeadId(1, 1), "mean"), Cut(first, HeadId(1, 2)), Ideal(late, "induction")),
        one(Cut(first, late, "k"), Cut(HeadId(0, 3), late, "k"), Cut(HeadId(1, 1), late, "k"), frozen=True),
        one(Cut(first, late, "q"), Cut(first, late, "k"), Cut(first, HeadId(1, 1), "v"), Ablate(first, "resample")),
        one(),
    ]
    if model.config.cross_layers:
        crossed = HeadId(0, 2, "cross"), HeadId(2, 1, "cross")
        found += [one(Ablate(crossed[0], "mean")), one(Ablate(crossed[1], "resample"), frozen=True)]
        found += [one(Cut(first, crossed[1], "q")), one(Cut(crossed[0], late, "k")), one(Cut(late, crossed[1], "q"))]
        found += [one(Ideal(first, "previous"), Ablate(crossed[0]))]
    return found


@pytest.mark.parametrize("name", SHAPES)
def test_that_every_change_equals_a_plain_pass_of_its_own(name: str) -> None:
    model = random_model(SHAPES[name], spread=0.3 if SHAPES[name].norm != "none" else 0.15)
    prompt, experiments = random_prompt(model), changes_for(model)
    found = run(model, prompt, *experiments)
    np.testing.assert_allclose(found.clean, slow_losses(model, prompt, one()), atol=NEAR)
    for number, experiment in enumerate(experiments):
        wanted = slow_losses(model, prompt, experiment)
        np.testing.assert_allclose(found.losses[number], wanted, atol=NEAR, err_msg=str(experiment))
        if experiment.changes:
            assert np.abs(wanted - found.clean).max() > 1e-4, f"{experiment} shows nothing"


def test_that_ablating_every_head_equals_a_plain_pass_for_each() -> None:
    model = random_model(CROSSED, spread=0.3)
    prompt = random_prompt(model, samples=3)
    found = run(model, prompt, *ablations(model, "mean"))
    assert len(found.losses) == len(model.heads) == 20
    for number, experiment in enumerate(found.experiments):
        np.testing.assert_allclose(found.losses[number], slow_losses(model, prompt, experiment), atol=NEAR)


def test_that_small_batches_and_groups_of_samples_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = random_model(CROSSED, spread=0.3)
    prompt, experiments = random_prompt(model, samples=6), [e for e in changes_for(model) if "resample" not in str(e)]
    whole = run(model, prompt, *experiments)
    monkeypatch.setattr("analysis.causal.clean.CLEAN_BYTES", 1)
    monkeypatch.setattr("analysis.causal.effects.ROW_BYTES", 1)
    parts = run(model, prompt, *experiments)
    np.testing.assert_allclose(parts.losses, whole.losses, atol=NEAR)
    np.testing.assert_allclose(parts.clean, whole.clean, atol=NEAR)


# ---- the circuit built by hand -----------------------------------------------------------------------------------

PREVIOUS, INDUCTION, IDLE = HeadId(0, 0), HeadId(1, 0), HeadId(1, 1)
LENGTH = 20


def repeated(samples: int = 3) -> Prompt:
    """Random tokens twice. The first query of each copy is left out of what is asserted: at position 0 there is no
    token before, so the handmade previous-token head carries the token itself there."""
    model, generator = induction_model(), torch.Generator().manual_seed(0)
    piece = torch.stack([draw(model.vocabulary, LENGTH, generator) for _ in range(samples)])
    return Prompt(piece.repeat(1, 2), None, "repeated", LENGTH, 0)


def copies(lost: np.ndarray) -> tuple[float, float]:
    """Mean loss on the first and the second copy, without their first queries."""
    return float(lost[..., 1 : LENGTH - 1].mean()), float(lost[..., LENGTH + 1 : 2 * LENGTH - 1].mean())


def test_that_the_circuit_dies_with_either_head_or_the_k_edge_between_them() -> None:
    changes = one(Ablate(PREVIOUS)), one(Ablate(INDUCTION)), one(Cut(PREVIOUS, INDUCTION, "k"))
    found = run(induction_model(), repeated(), *changes)
    clean_first, clean_second = copies(found.clean)
    assert clean_second < 0.01 < 3 < clean_first
    for number, experiment in enumerate(changes):
        # Without its circuit the model guesses: at best evenly among all 60 tokens, or among those it has seen.
        assert copies(found.losses[number])[1] == pytest.approx(np.log(60), abs=0.2), str(experiment)
        assert copies(found.losses[number])[1] > 0.85 * clean_first, str(experiment)


def test_that_the_other_edges_and_the_idle_heads_do_nothing() -> None:
    changes = [one(Cut(PREVIOUS, INDUCTION, "q")), one(Ablate(IDLE)), one(Ablate(HeadId(0, 1), "mean"))]
    changes += [one(Cut(HeadId(0, 1), INDUCTION, into)) for into in ("q", "k", "v")]
    changes += [one(Cut(PREVIOUS, IDLE, "k"))]
    found = run(induction_model(), repeated(), *changes)
    for number, experiment in enumerate(changes):
        np.testing.assert_allclose(found.losses[number], found.clean, atol=1e-6, err_msg=str(experiment))


def test_that_perfect_patterns_change_nothing_in_perfect_heads() -> None:
    changes = one(Ideal(PREVIOUS, "previous")), one(Ideal(INDUCTION, "induction"))
    changes = (*changes, one(Ideal(PREVIOUS, "previous"), Ideal(INDUCTION, "induction")))
    found = run(induction_model(), repeated(), *changes)
    kept = np.arange(2 * LENGTH - 1) % LENGTH != 0
    for number, experiment in enumerate(changes):
        wanted = found.clean[:, kept]
        np.testing.assert_allclose(found.losses[number][:, kept], wanted, atol=1e-4, err_msg=str(experiment))


def test_that_a_perfect_pattern_of_the_other_kind_breaks_the_circuit() -> None:
    found = run(induction_model(), repeated(), one(Ideal(INDUCTION, "previous")))
    assert copies(found.losses[0])[1] > 3


def test_that_frozen_patterns_save_the_induction_head_from_the_loss_of_the_previous_token_head() -> None:
    """The previous-token head serves the pattern alone, so with patterns frozen it is not missed."""
    found = run(induction_model(), repeated(), one(Ablate(PREVIOUS), frozen=True), one(Ablate(INDUCTION), frozen=True))
    assert copies(found.losses[0])[1] < 0.01
    assert copies(found.losses[1])[1] > 3


def test_that_an_ideal_pattern_repairs_the_head_that_lost_its_key() -> None:
    found = run(induction_model(), repeated(), one(Cut(PREVIOUS, INDUCTION, "k"), Ideal(INDUCTION, "induction")))
    assert copies(found.losses[0])[1] < 0.01


# ---- memory, order, words ----------------------------------------------------------------------------------------


class Short:
    """Raises as torch does when memory runs out, for batches of more than `most` rows, or after `after` batches."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
        from analysis.causal.decoder import Changed

        self.most, self.after, self.rows = most, 10**9, list[int]()
        final = Changed.final

        def limited(decoder):
            rows = len(decoder.experiments) * len(decoder.tokens)
            self.rows.append(rows)
            self.most = 0 if len(self.rows) > self.after else self.most
            if rows > self.most:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return (yield from final(decoder))

        monkeypatch.setattr(Changed, "final", limited)


def test_that_a_batch_too_large_is_halved_once_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    model, prompt = random_model(SMALL), random_prompt(random_model(SMALL), samples=4)
    whole = run(model, prompt, *ablations(model))
    short = Short(monkeypatch, most=8)
    halved = run(model, prompt, *ablations(model))
    assert short.rows[0] == 16
    assert max(short.rows[1:]) == 8
    np.testing.assert_allclose(halved.losses, whole.losses, atol=NEAR)
    assert halved.notes == ("memory was short: 8 × 11 tokens at once",)
    assert whole.notes == ()


def test_that_a_second_failure_stops_with_size_and_remedy_and_results_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    model, prompt = random_model(SMALL), random_prompt(random_model(SMALL), samples=4)
    short = Short(monkeypatch, most=8)
    short.after = 3  # after the third batch memory is shorter still
    found = run(model, prompt, *ablations(model))
    assert short.rows == [16, 8, 8, 8]
    assert re.match(r"Memory ran out at 8 × 11 tokens on cpu.*fewer or shorter samples.*Device\.$", found.problem)
    assert not np.isnan(found.losses[8:]).any()  # the last layer came first
    assert np.isnan(found.losses[:8]).all()


def test_that_another_error_is_not_taken_for_short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(decoder):
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr("analysis.causal.decoder.Changed.final", broken)
    model = random_model(SMALL)
    with pytest.raises(RuntimeError, match="shapes"):
        run(model, random_prompt(model), *ablations(model))


def test_that_results_come_while_it_runs_and_progress_never_falls() -> None:
    model = random_model(SMALL)
    told, partial = [], []
    for fraction, found in effects(model, random_prompt(model, samples=8), ablations(model)):
        told.append(fraction)
        partial += [found] if found is not None else []
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert np.isnan(partial[0].losses).any()
    assert not np.isnan(partial[-1].losses[:, :4]).any()
    assert not np.isnan(partial[0].losses[-1, :4]).any()  # the last layer comes first


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Ablate(HeadId(7, 0)), "no head L7H0"),
        (Cut(HeadId(1, 0), HeadId(1, 2)), "writes only after"),
        (Cut(HeadId(0, 0), HeadId(2, 0, "cross"), "k"), "only its Q edge"),
        (Ideal(HeadId(0, 1, "cross"), "previous"), "choose a self-attention head"),
    ],
)
def test_that_what_cannot_be_changed_is_refused_in_a_sentence(change: Ablate | Cut | Ideal, words: str) -> None:
    model = random_model(CROSSED)
    with pytest.raises(UserError, match=words):
        run(model, random_prompt(model), one(change))


def test_that_resampling_needs_another_sample() -> None:
    model = random_model(SMALL)
    with pytest.raises(UserError, match="at least 2 samples"):
        run(model, random_prompt(model, samples=1), one(Ablate(HeadId(0, 0), "resample")))


def test_that_places_sort_as_heads_write() -> None:
    heads = random_model(CROSSED).heads
    assert sorted(heads, key=place) == list(heads)
