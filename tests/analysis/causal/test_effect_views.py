"""The pictures of effects, on the circuit built by hand and where there is nothing to see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.figures.curves import Curves
from analysis.figures.graph import Graph
from analysis.figures.heatmap import Heatmap
from analysis.figures.table import Table
from analysis.prompts.repeated_random import repeated_random_spec
from analysis.session.session import Session
from analysis.values import Asked, HeadId, NotReady, Selection, UserError, as_options
from analysis.verdict.wording.sentences import sentences

from ..handmade import SMALL, induction_model, random_model
from ..test_views import looked, scored, session_of

PREVIOUS, INDUCTION = HeadId(0, 0), HeadId(1, 0)


@pytest.fixture(scope="module")
def circuit() -> Session:
    session = scored(session_of(induction_model()))
    session.set_prompt(repeated_random_spec(length=20, samples=8))
    return session


def test_that_the_mosaic_marks_the_two_heads_of_the_circuit_and_hatches_the_idle_ones(circuit: Session) -> None:
    figure = looked(circuit, "ablation", Selection(INDUCTION))
    assert isinstance(figure, Heatmap)
    assert figure.values[0, 0] > 3 < figure.values[1, 0]
    np.testing.assert_allclose(figure.values[:, 1], 0, atol=1e-6)
    assert figure.faint is not None
    assert figure.faint.tolist() == [[False, True], [False, True]]
    assert "hatched: not significant" in figure.note
    assert "8 samples of the prompt" in figure.note
    assert "output set to zero; 8 samples of the prompt" in figure.note
    assert "the head card asks of random tokens whose second copy is rotated" in figure.note
    assert figure.marked == (1, 0)
    assert figure.cell_heads[0][1] == HeadId(0, 1)


def test_that_the_mosaic_with_frozen_patterns_leaves_the_induction_head_alone(circuit: Session) -> None:
    options = as_options({"ablate": "mean", "ablate_patterns": "frozen"})
    figure = looked(circuit, "ablation", Selection(INDUCTION, options=options))
    assert isinstance(figure, Heatmap)
    assert figure.values[1, 0] > 3
    assert abs(figure.values[0, 0]) < 0.1
    assert "set to its mean, patterns frozen" in figure.note


def test_that_the_loss_without_the_head_is_drawn_beside_the_whole_model_s(circuit: Session) -> None:
    figure = looked(circuit, "ablation_loss", Selection(INDUCTION))
    assert isinstance(figure, Curves)
    clean, without = figure.series
    assert (clean.label, without.label) == ("whole model", "without L1H0")
    assert clean.y[21:].max() < 0.01 < 3 < without.y[21:].min()
    assert figure.marks == ((20.0, "copy 2"),)
    assert "copy 2 +4.0" in figure.note


def test_that_attribution_names_the_induction_head(circuit: Session) -> None:
    figure = looked(circuit, "attribution", Selection(PREVIOUS))
    assert isinstance(figure, Heatmap)
    assert np.unravel_index(figure.values.argmax(), figure.values.shape) == (1, 0)
    assert figure.faint is not None
    assert not figure.faint[1, 0]


@pytest.fixture(scope="module")
def answered() -> Session:
    """The circuit, asked on enough samples to claim something."""
    session = session_of(induction_model())
    session.samples, session.asked = 8, Asked(samples=8)
    return session


def test_that_the_circuit_is_found_and_confirmed_by_cutting_it(answered: Session) -> None:
    figure = answered.figure("circuits", Selection(INDUCTION))
    assert isinstance(figure, Table)
    first = figure.rows[0]
    assert first.cells[0] == "L0H0 → K of L1H0"
    assert float(first.cells[1].split()[0]) > 3
    assert first.pair == (PREVIOUS, INDUCTION)
    assert "At least one of them costs 0.05 nats or more, interval above 0." in first.tip
    found, whole = answered.study("answer")
    assert whole
    assert [row.pair for row in figure.rows] == [(one.earlier, one.later) for one in found.circuits]


def test_that_the_answer_is_given_in_sentences_and_head_by_head(answered: Session) -> None:
    figure = answered.figure("answer", Selection(PREVIOUS))
    assert isinstance(figure, Table)
    found, _ = answered.study("answer")
    assert figure.title == "Which heads do induction"
    assert tuple(row.cells[0] for row in figure.rows if row.prose) == sentences(found)
    named = {row.head: row.cells for row in figure.rows if row.head}
    assert named[INDUCTION][0] == "L1H0: induction, strong — confirmed alone"
    assert named[INDUCTION][1] == f"{found.heads[INDUCTION].share.value:.2f}"
    assert named[PREVIOUS][0].startswith("L0H0: previous-token")


def test_that_the_gain_is_drawn_over_the_lengths_that_were_asked(answered: Session) -> None:
    figure = answered.figure("reach", Selection(PREVIOUS))
    assert isinstance(figure, Curves)
    found, _ = answered.study("answer")
    assert figure.x.tolist() == [length for length, _ in found.copies.by_length]
    gain, low, high = (line.y for line in figure.series)
    assert gain.tolist() == pytest.approx([one.value for _, one in found.copies.by_length])
    assert (low <= gain).all()
    assert (gain <= high).all()
    assert figure.marks == ((float(found.copies.length), "heads are asked here"),)


def test_that_the_selected_edge_of_the_graph_is_cut(circuit: Session) -> None:
    options = as_options({"composition": "k"})
    figure = looked(circuit, "graph", Selection(INDUCTION, PREVIOUS, options=options))
    assert isinstance(figure, Graph)
    assert figure.marked is not None
    assert [figure.nodes[node] for node in figure.edges[figure.marked]] == [PREVIOUS, INDUCTION]
    assert figure.below is not None
    assert figure.below.series[1].y[21:].min() > 3
    assert figure.node_values[figure.nodes.index(INDUCTION)] > 0.95
    q = looked(circuit, "graph", Selection(INDUCTION, PREVIOUS, options=as_options({"composition": "q"})))
    assert isinstance(q, Graph)
    if q.below is not None:
        assert q.below.series[1].y[21:].max() < 0.01


def test_that_a_graph_without_a_selected_edge_says_what_to_do(circuit: Session) -> None:
    figure = looked(circuit, "graph", Selection(INDUCTION))
    assert isinstance(figure, Graph)
    assert figure.below is None
    assert "click an edge" in figure.note


def test_that_no_circuit_is_found_in_random_weights_and_the_table_says_so() -> None:
    session = session_of(random_model(SMALL))
    session.samples, session.asked = 8, Asked(samples=8)
    figure = session.figure("circuits", Selection(HeadId(0, 0)))
    assert isinstance(figure, Table)
    assert figure.rows == ()
    assert "No edge into a head that copies" in figure.note


def test_that_a_mosaic_on_its_way_is_drawn_without_hatching() -> None:
    session = session_of(random_model(SMALL))
    session.set_prompt(repeated_random_spec(length=20, samples=8))
    with pytest.raises(NotReady, match="Ablating every head"):
        session.look("ablation", Selection(HeadId(0, 0)))
    (job,) = session.new_jobs()
    while True:
        next(job)
        try:
            figure = session.look("ablation", Selection(HeadId(0, 0)))
        except NotReady:
            continue
        break
    assert isinstance(figure, Heatmap)
    assert figure.faint is None
    assert np.isnan(figure.values[0]).all()
    assert np.isfinite(figure.values[2]).all()


def test_that_few_samples_are_no_ground_for_hatching() -> None:
    session = session_of(random_model(SMALL))
    figure = looked(session, "ablation", Selection(HeadId(0, 0)))
    assert isinstance(figure, Heatmap)
    assert figure.faint is None
    assert "fewer than 8 samples: too few" in figure.note


def test_that_a_prompt_without_repeats_is_measured_on_all_its_tokens() -> None:
    session = session_of(random_model(SMALL))
    session.set_prompt(repeated_random_spec(length=20, repeats=1, samples=3))
    mosaic = looked(session, "ablation", Selection(HeadId(0, 0)))
    loss = looked(session, "ablation_loss", Selection(HeadId(0, 0)))
    assert isinstance(mosaic, Heatmap)
    assert isinstance(loss, Curves)
    assert mosaic.note.startswith("all tokens")
    assert np.isfinite(mosaic.values).all()
    assert loss.marks == ()


def test_that_the_score_by_source_says_who_wrote_the_keys(circuit: Session) -> None:
    figure = looked(circuit, "score_sources", Selection(INDUCTION, sample=None))
    assert isinstance(figure, Heatmap)
    assert figure.rows.labels == figure.cols.labels == ("token", "position", "L0H0", "L0H1")
    assert np.unravel_index(figure.values.argmax(), figure.values.shape) == (0, 2)
    assert figure.note.startswith("queries i, keys i − L + 1, 8 samples; score ")
    assert "keys: L0H0 100%; queries: token 100%" in figure.note
    assert "norms" not in figure.note  # there are none


def test_that_the_score_by_source_of_one_pair_or_of_a_prompt_without_repeats_says_which(circuit: Session) -> None:
    options = as_options({"score_pair": "one", "score_query": "25", "score_key": "6"})
    figure = looked(circuit, "score_sources", Selection(INDUCTION, sample=2, options=options))
    assert figure.note.startswith("query 25, key 6; score ")
    assert "keys: L0H0 100%" in figure.note
    hidden = as_options({"score_pair": "one", "score_query": "6", "score_key": "25"})
    with pytest.raises(UserError, match="no score to explain"):
        circuit.figure("score_sources", Selection(INDUCTION, sample=2, options=hidden))
    session = session_of(random_model(replace(SMALL, attention_cap=3.0)))
    session.set_prompt(repeated_random_spec(length=20, repeats=1, samples=3))
    figure = looked(session, "score_sources", Selection(INDUCTION))
    assert figure.note.startswith("last query, strongest key; score ")
    assert figure.note.endswith("scales of the norms fixed; before the cap")


def test_that_no_edge_of_the_graph_is_left_out_for_a_small_z(circuit: Session) -> None:
    figure = looked(circuit, "graph", Selection(INDUCTION, options=as_options({"composition": "k"})))
    z = circuit.study("composition")[0].z["k"]
    assert isinstance(figure, Graph)
    assert len(figure.edges) == (z > 0).sum()
    share = (z[np.isfinite(z)] > 2).mean()
    assert f"not a trained model: {share:.0%} of this model's pairs exceed 2" in figure.note


def test_that_composition_on_the_prompt_marks_the_circuit_alone(circuit: Session) -> None:
    options = as_options({"composition": "k", "measured_as": "share"})
    figure = looked(circuit, "measured_composition", Selection(INDUCTION, PREVIOUS, options=options))
    assert isinstance(figure, Heatmap)
    assert figure.marked == (0, 2)
    assert figure.values[0, 2] == pytest.approx(1, abs=1e-3)
    assert np.nansum(figure.values) == pytest.approx(1, abs=1e-3)
    assert np.isnan(figure.values[2, 0])
