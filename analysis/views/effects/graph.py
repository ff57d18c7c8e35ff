"""Heads and the edges between them; the selected edge is cut, and the loss moves."""

from typing import cast

import numpy as np

from analysis.causal.interventions import Cut, Experiment, Into
from analysis.figures.curves import Curves
from analysis.figures.graph import Graph
from analysis.measures.composition import Composition
from analysis.session.session import Session
from analysis.values import FloatArray, HeadId, IntArray, NotReady, ScoreTable, Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views.composition.composition import MODE, NORM, composed, folded_words, z_words
from analysis.views.effects._before_after import before_after

MOST = 400
"""The strongest edges that the threshold can be dragged down to; none is left out for a small z."""
AT_FIRST = 10
"""How many edges are shown at first."""


def compute(session: Session, selection: Selection, tick: Tick) -> Graph:
    """All heads, the strongest edges by composition z, and the loss with and without the selected one."""
    composition = composed(session, selection)
    mode = cast(Into, selection.option(MODE.key, MODE.default))
    edges, z, marked = _edges(composition, mode, selection)
    below, words = None, "click an edge to cut it; drag the threshold"
    if marked is not None and not session.loaded.facts.weights_only:
        assert selection.pair is not None
        below, words = _cut(session, selection.pair, selection.head, mode)
    scores = session.found("scores") or ScoreTable({}, {})
    values = np.array([scores.value("induction", head) for head in composition.heads], np.float32)
    first = float(z[min(AT_FIRST, len(z)) - 1]) if len(z) else 0.0
    words += f"; {folded_words(session, selection)}; {z_words(composition.z[mode])}"
    return Graph(
        f"{mode.upper()}-composition graph", composition.heads, edges, z, "z", first, values, "induction",
        marked, below, note=words if len(z) else "no edge composes more than a random rotation",
        selected=composition.heads.index(selection.head) if selection.head in composition.heads else None,
    )


def _edges(composition: Composition, mode: str, selection: Selection) -> tuple[IntArray, FloatArray, int | None]:
    """The strongest edges [n, 2] with their z, strongest first, and the selected one among them."""
    z = np.nan_to_num(composition.z[mode], nan=-np.inf)
    heads, flat = composition.heads, z.ravel()
    order = np.argsort(-flat, kind="stable")[:MOST]
    order = order[flat[order] > 0]
    marked = None
    if selection.pair in heads and selection.head in heads:
        wanted = heads.index(selection.pair) * len(heads) + heads.index(selection.head)
        if np.isfinite(flat[wanted]) and flat[wanted] > 0:
            order = order if wanted in order else np.append(order, wanted)
            marked = int(np.flatnonzero(order == wanted)[0])
    return np.stack(np.divmod(order, len(heads)), axis=1), flat[order].astype(np.float32), marked


def _cut(session: Session, earlier: HeadId, later: HeadId, mode: Into) -> tuple[Curves | None, str]:
    words = f"{earlier} cut from {mode.upper()} of {later}"
    try:
        found, _ = session.study("experiments", (Experiment((Cut(earlier, later, mode),)),))
    except NotReady:
        return None, f"{words}…"
    curves = before_after(session, found, words, "edge cut", f"{mode.upper()} edge alone")
    return curves, words


VIEW = View(
    ViewInfo(
        "graph", "effects", "Graph",
        "Heads in the order in which they write, and who feeds whom; click an edge to cut it and see the loss.",
        (MODE, NORM), frozenset({"head", "pair", "prompt", "scores", "composition", "experiments"}), 50,
        formula="z of composition above the threshold, one line an edge",
    ),
    compute,
)
