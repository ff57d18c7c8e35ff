"""What the answer says of the models that come with the program, against what ablation of whole sets does to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.causal.effects import effects
from analysis.causal.interventions import Ablate, Experiment
from analysis.session.session import Session
from analysis.values import Asked, HeadId
from analysis.values.work import finish
from analysis.verdict.wording.facts import Answer

PLACE = Path(__file__).parents[2] / "resources" / "demo"


def without(heads: set[HeadId]) -> Experiment:
    return Experiment(tuple(Ablate(head, "mean") for head in sorted(heads)))


@pytest.mark.parametrize("path", sorted(PLACE.glob("*.safetensors")), ids=lambda path: path.stem)
def test_that_the_heads_that_the_answer_names_are_those_that_copying_needs(path: Path) -> None:
    session = Session("cpu")
    session.samples, session.asked = 8, Asked(samples=8)
    session.open(str(path))
    found: Answer = finish(session.complete("answer"))
    assert found.whole
    assert found.copies.copies
    induction = {facts.head for facts in found.called("induction")}
    assert induction
    assert all(found.heads[head].confirmed in ("alone", "in a group") for head in induction)
    feeding = {one.earlier for one in found.circuits if one.into == "k" and one.later in induction}
    assert any("previous-token" in found.heads[head].words for head in feeding)
    # On plain repeats too: without these heads the second copy is as hard as the first; without others it stays easy.
    idle = {facts.head for facts in found.heads.values() if not facts.effect} - feeding
    removed = finish(effects(session.model, session.scoring_prompt(), [without(induction), without(idle)]))
    without_them, without_others = removed.gain(removed.losses).mean(1)
    gain = float(removed.gain(removed.clean).mean())
    assert without_them < 0.1 * gain
    assert without_others > 0.8 * gain
