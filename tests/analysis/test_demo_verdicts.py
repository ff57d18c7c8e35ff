"""What the verdict says of the models that come with the program, against what ablation does to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.session.head_case import case
from analysis.session.session import Session
from analysis.values.work import finish
from analysis.verdict.ablation import ablate_sets, ablation_effect
from analysis.verdict.evidence import Evidence
from analysis.verdict.verdict import judge

PLACE = Path(__file__).parents[2] / "resources" / "demo"


@pytest.mark.parametrize("path", sorted(PLACE.glob("*.safetensors")), ids=lambda path: path.stem)
def test_that_the_heads_that_a_verdict_names_are_those_that_ablation_confirms(path: Path) -> None:
    session = Session("cpu")
    session.samples = 16
    session.open(str(path))
    for key in ("scores", "composition"):
        finish(session.complete(key))
    evidence: Evidence = finish(session.complete("evidence"))
    heads = evidence.heads
    found = finish(ablate_sets(session.model, session.scoring_prompt(), [(head,) for head in heads]))
    verdicts = {h: judge(case(session, h, evidence, ablation_effect(found, n))) for n, h in enumerate(heads)}
    induction = {head for head, verdict in verdicts.items() if verdict.word == "induction"}
    confirmed = tuple(head for head, verdict in verdicts.items() if verdict.confirmed)
    assert induction
    assert induction <= set(confirmed)
    assert any(verdicts[head].word == "previous-token" for head in confirmed)
    # Without the confirmed heads the second copy is as hard as the first; without all others it is easy still.
    others = tuple(head for head in heads if head not in confirmed)
    found = finish(ablate_sets(session.model, session.scoring_prompt(), [confirmed, others]))
    without_confirmed, without_others = found.gain(found.losses).mean(1)
    gain = float(found.gain(found.clean).mean())
    assert without_confirmed < 0.05 * gain
    assert without_others > 0.8 * gain
