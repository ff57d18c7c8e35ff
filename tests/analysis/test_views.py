"""Views as plain functions of a session: what they compute, and what they say when they cannot."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.figures.curves import Curves
from analysis.figures.figure import Figure
from analysis.figures.heatmap import Heatmap
from analysis.figures.scatter import Scatter
from analysis.figures.table import Table
from analysis.measures.circuits import full_qk
from analysis.prompts.repeated_random import repeated_random_spec
from analysis.session.loaded import Loaded
from analysis.session.session import Session
from analysis.values import Certificate, HeadId, ModelFacts, NotReady, PromptSpec, Selection, UserError, as_options

from .handmade import CROSSED, SMALL, Tensors, induction_model, model_of, random_model

ELSEWHERE = {
    "ink": r"not pen movements.*\.$",
    "reading": r"reads no letters.*\.$",
    "averages": r"writes no letters.*\.$",
    "induction": r"not pen movements.*\.$",
    "induction_lags": r"(not pen movements|where nothing repeats).*\.$",
    "compare_first": r"Nothing is pinned.*\.$",
    "compare_second": r"Nothing is pinned.*\.$",
    "compare_difference": r"Nothing is pinned.*\.$",
    "training": r"Choose a folder.*\.$",
}
"""Views of other models, and views that wait for something to be chosen; and what they say."""


def session_of(model) -> Session:
    """A session around a model that comes from no file."""
    session = Session("cpu")
    c = model.config
    facts = ModelFacts(
        "",
        "handmade",
        "0" * 64,
        "handmade",
        (),
        c.n_layers,
        c.n_heads,
        c.n_kv_heads,
        c.d_model,
        c.d_head,
        c.d_vocab,
        c.n_ctx,
        0,
        c.positions,
        model.heads,
        "cpu",
        "float32",
        Certificate(True, ()),
    )
    checkpoint = Tensors({name: model.weights[name] for name in model.weights})
    session._loaded = Loaded(checkpoint, facts, None, model)  # type: ignore[arg-type]
    session.samples = 3
    session.set_prompt(repeated_random_spec(length=20, samples=3))
    return session


@pytest.fixture
def session() -> Session:
    return session_of(random_model(CROSSED, spread=0.5))


def scored(session: Session) -> Session:
    for job in session.start_jobs():
        for _ in job:
            pass
    return session


def looked(session: Session, view: str, selection: Selection) -> Figure:
    """The figure once every study that the view asks for has come to its end."""
    for _ in range(4):
        figure = None
        with suppress(NotReady):
            figure = session.look(view, selection)
        jobs = session.new_jobs()
        for job in jobs:
            list(job)
        if figure is not None and not jobs:
            return figure
    raise AssertionError(f"{view} is never ready")


def every_selection(session: Session) -> Iterator[Selection]:
    for head in (HeadId(0, 1), HeadId(1, 0), HeadId(2, 3, "cross")):
        for sample in (0, 2, None):
            for norm in ("raw", "folded"):
                yield Selection(head, HeadId(0, 0), sample, as_options({"norm": norm}))


def test_that_every_view_draws_every_head_or_says_in_a_sentence_why_not(session: Session) -> None:
    scored(session)
    for selection in every_selection(session):
        for key, view in session.views.items():
            if key == "ov_eigenvalues" and selection.head.kind == "cross":
                with pytest.raises(UserError, match=r"no eigenvalues.*\.$"):
                    session.look(key, selection)
                continue
            if key in ELSEWHERE:
                with pytest.raises(UserError, match=ELSEWHERE[key]):
                    session.look(key, selection)
                continue
            figure = looked(session, key, selection)
            assert figure.title
            assert figure.provenance.sha256 == "0" * 64
            assert view.info.title in figure.provenance.definition
            if isinstance(figure, Heatmap):
                assert not figure.values.flags.writeable
                assert figure.rows.name
                assert figure.cols.name
                assert figure.scale.label


def test_that_a_head_that_the_model_does_not_have_is_refused_in_a_sentence_by_every_view_of_a_head(
    session: Session,
) -> None:
    """As when a head of the model before is asked for while another one is being opened."""
    scored(session)
    nowhere = HeadId(9, 0)
    for key, view in session.views.items():
        for fact, selection in (("head", Selection(nowhere)), ("pair", Selection(session.model.heads[-1], nowhere))):
            if fact in view.info.depends:
                with pytest.raises(UserError, match="no head L9H0"):
                    session.look(key, selection)


def test_that_a_pattern_is_the_attention_of_the_sample_or_the_mean(session: Session) -> None:
    head = HeadId(2, 1, "cross")
    each = [session.look("pattern", Selection(head, sample=sample)) for sample in range(3)]
    mean = session.look("pattern", Selection(head, sample=None))
    assert isinstance(mean, Heatmap)
    assert mean.values.shape == (40, 10)
    np.testing.assert_allclose(mean.values, np.mean([f.values for f in each], axis=0), atol=1e-5)  # type: ignore[union-attr]
    np.testing.assert_allclose(mean.values.sum(1), 1.0, atol=1e-5)
    assert each[1].rows.labels == session.prompt_facts.labels[1]  # type: ignore[union-attr]
    assert each[1].cols.labels == session.prompt_facts.context_labels[1]  # type: ignore[union-attr]


def test_that_a_mean_over_groups_is_the_mean_over_all(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    together = session.pattern(HeadId(1, 1), None)
    spectrum = session.spectrum(None)
    losses = session.losses(None)
    monkeypatch.setattr("analysis.session.prompt_runs.GROUP_BYTES", 1)
    session._cache.clear()
    assert len(session._groups()) == 3
    torch.testing.assert_close(session.pattern(HeadId(1, 1), None), together)
    torch.testing.assert_close(session.spectrum(None), spectrum)
    torch.testing.assert_close(session.losses(None), losses)


def test_that_the_lag_spectrum_has_the_mean_of_every_diagonal(session: Session) -> None:
    figure = session.look("lags", Selection(HeadId(0, 0), sample=None))
    pattern = session.pattern(HeadId(1, 2), None).numpy()
    assert isinstance(figure, Heatmap)
    row = figure.rows.labels.index("L1H2")
    wanted = [np.diagonal(pattern, -lag).mean() for lag in range(40)]
    np.testing.assert_allclose(figure.values[row], wanted, atol=1e-5)
    assert figure.rows.heads[row] == HeadId(1, 2)


def test_that_scores_and_composition_are_awaited(session: Session) -> None:
    for view in ("mosaic", "composition", "partners"):
        with pytest.raises(NotReady, match=r"being (scored|computed)"):
            session.look(view, Selection(HeadId(0, 0)))


def test_that_the_mosaic_holds_the_score_of_each_head_in_its_cell() -> None:
    session = scored(session_of(random_model(CROSSED)))
    figure = session.look("mosaic", Selection(HeadId(2, 3, "cross"), options=as_options({"mosaic_score": "first"})))
    assert isinstance(figure, Heatmap)
    assert figure.values.shape == (3, 8)
    assert figure.cell_heads[2][7] == HeadId(2, 3, "cross")
    assert figure.cell_heads[1][7] is None  # layer 1 has no cross-attention
    assert np.isnan(figure.values[1, 7])
    assert figure.values[2, 7] == np.float32(session.study("scores")[0].value("first", HeadId(2, 3, "cross")))  # type: ignore[union-attr]
    assert figure.marked == (2, 7)


def test_that_the_handmade_circuit_shows_in_every_picture_of_it() -> None:
    session = scored(session_of(induction_model()))
    options = as_options({"composition": "k", "composition_as": "z"})
    pairs = session.look("composition", Selection(HeadId(1, 0), HeadId(0, 0), options=options))
    assert isinstance(pairs, Heatmap)
    assert np.unravel_index(np.nanargmax(pairs.values), pairs.values.shape) == pairs.marked
    assert pairs.rows.heads[pairs.marked[0]] == HeadId(0, 0)  # type: ignore[index]
    partners = session.look("partners", Selection(HeadId(1, 0)))
    assert isinstance(partners, Table)
    assert partners.rows[0].cells[0] == "K input from"
    assert partners.rows[1].head == HeadId(0, 0)
    card = session.look("head_card", Selection(HeadId(1, 0)))
    assert isinstance(card, Table)
    assert {row.cells[0]: row.cells[1] for row in card.rows}["Induction"] == "1.00"
    loss = session.look("loss", Selection(HeadId(1, 0)))
    assert isinstance(loss, Curves)
    assert loss.series[0].y[21:].max() < 0.01 < 1 < loss.series[0].y[:18].min()
    tokens = session.look("ov_tokens", Selection(HeadId(1, 0)))
    assert isinstance(tokens, Heatmap)
    np.testing.assert_allclose(tokens.values, 10 * np.eye(60), atol=1e-5)
    eigenvalues = session.look("ov_eigenvalues", Selection(HeadId(1, 0)))
    assert isinstance(eigenvalues, Scatter)
    assert "= 1.00" in eigenvalues.note


def test_that_only_the_block_on_show_of_a_large_vocabulary_is_computed() -> None:
    session = session_of(random_model(replace(SMALL, d_vocab=3000)))
    options = as_options({"first_row": "2990", "first_col": "100"})
    figure = session.look("qk_tokens", Selection(HeadId(1, 1), options=options))
    assert isinstance(figure, Heatmap)
    assert figure.values.shape == (640, 640)
    assert (figure.rows.first, figure.cols.first) == (2360, 100)
    w, one = session.model.weights, session.model.head(HeadId(1, 1))
    wanted = w["embed.W_E"][2360:3000] @ one.W_Q @ one.W_K.T @ w["embed.W_E"][100:740].T
    np.testing.assert_allclose(figure.values, wanted.numpy(), atol=1e-3)


@pytest.mark.parametrize("view", ["qk_residual", "qk_tokens", "qk_singular"])
def test_that_a_rotary_model_s_qk_says_at_which_lag_it_is(view: str) -> None:
    session = session_of(random_model(replace(SMALL, positions="rotary", rotary_dim=8)))
    figure = session.look(view, Selection(HeadId(1, 1), options=as_options({"lag": "3"})))
    assert "lag 3" in figure.note


GEMMA = replace(
    SMALL, positions="rotary", rotary_dim=8, norm="rms", norm_place="around", qk_norm=True, embed_scale=3.0,
    attention_scale=0.25, attention_cap=5.0, logit_cap=9.0,
)


@pytest.mark.parametrize(("options", "words"), [
    ({}, "raw weights"),
    ({"norm": "folded"}, "gains of norms, q/k norms too, folded in, their division by the length left out"),
    ({"norm": "folded", "norm_lengths": "own"}, "q/k norms too, folded in, each row divided by its own lengths"),
])  # fmt: skip
def test_that_a_circuit_says_which_gains_it_has_and_what_is_left_out(options: dict[str, str], words: str) -> None:
    session = session_of(random_model(GEMMA))
    figure = session.look("qk_tokens", Selection(HeadId(1, 1), options=as_options(options | {"lag": "3"})))
    assert isinstance(figure, Heatmap)
    assert words in figure.note
    assert "lag 3, before the scores' cap" in figure.note
    assert figure.scale.label == "score ÷ 0.25"
    values = session.look("ov_tokens", Selection(HeadId(1, 1), options=as_options(options)))
    assert "before the logits' cap" in values.note
    wanted = full_qk(session.model, HeadId(1, 1), bool(options), 3, "norm_lengths" in options).block()
    np.testing.assert_allclose(figure.values, wanted, rtol=1e-4)


def test_that_a_model_without_norms_has_nothing_to_fold_and_says_so() -> None:
    session = session_of(random_model(replace(SMALL, norm="none")))
    figure = session.look("qk_tokens", Selection(HeadId(1, 1), options=as_options({"norm": "folded"})))
    assert figure.note.startswith("raw weights, for there are no norms")


def test_that_composition_is_folded_on_demand_and_says_what_z_is_against() -> None:
    session = session_of(random_model(GEMMA))
    shown = {}
    for norm, words in (("raw", "raw weights"), ("folded", "gains of the norms folded in")):
        options = as_options({"norm": norm, "composition": "k"})
        figure = looked(session, "composition", Selection(HeadId(1, 1), options=options))
        assert isinstance(figure, Heatmap)
        assert words in figure.note
        z = figure.values[np.isfinite(figure.values)]
        assert f"not a trained model: {(z > 2).mean():.0%} of this model's pairs exceed 2" in figure.note
        shown[norm] = z
        partners = looked(session, "partners", Selection(HeadId(1, 1), options=options))
        assert isinstance(partners, Table)
        assert words in partners.note
        assert partners.rows[1].cells[-1].endswith(" of 48")
    assert np.abs(shown["raw"] - shown["folded"]).max() > 0.1


def test_that_a_mean_over_samples_does_not_name_tokens(session: Session) -> None:
    figure = session.look("pattern", Selection(HeadId(0, 0), sample=None))
    assert isinstance(figure, Heatmap)
    assert figure.rows.labels == ()


def test_that_a_refused_prompt_leaves_the_present_one(session: Session) -> None:
    before = session.prompt_facts
    with pytest.raises(UserError):
        session.set_prompt(PromptSpec("repeated_random", as_options({"length": "x"})))
    with pytest.raises(UserError, match="no prompt source"):
        session.set_prompt(PromptSpec("nothing"))
    assert session.prompt_facts is before
    with pytest.raises(UserError, match="no sample 3"):
        session.look("pattern", Selection(HeadId(0, 0), sample=3))


def test_that_a_model_without_effect_draws_without_warnings() -> None:
    config = replace(SMALL, norm="none")
    model = model_of(config, {name: torch.zeros(shape) for name, shape in config.required().items()})
    session = scored(session_of(model))
    for key in session.views.keys() - ELSEWHERE.keys():
        looked(session, key, Selection(HeadId(1, 1)))
