"""What the verdict says of the models that come with the program, against what ablation does to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.session.head_case import case
from analysis.session.session import Session
from analysis.verdict.ablation import removal, remove
from analysis.verdict.evidence import Evidence
from analysis.verdict.verdict import judge

PLACE = Path(__file__).parents[2] / "resources" / "demo"


def result(work):  # type: ignore[no-untyped-def]
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize("path", sorted(PLACE.glob("*.safetensors")), ids=lambda path: path.stem)
def test_that_the_heads_that_a_verdict_names_are_those_that_ablation_confirms(path: Path) -> None:
    session = Session("cpu")
    session.samples = 16
    session.open(str(path))
    for _ in session.finishing("scores", "composition"):
        pass
    evidence: Evidence = result(session.loaded.studies.complete(session, session.studies["evidence"], None))
    heads = evidence.heads
    found = result(remove(session.model, session.scoring_prompt(), [(head,) for head in heads]))
    verdicts = {h: judge(case(session, h, evidence, removal(found, n))) for n, h in enumerate(heads)}
    induction = {head for head, verdict in verdicts.items() if verdict.word == "induction"}
    confirmed = tuple(head for head, verdict in verdicts.items() if verdict.confirmed)
    assert induction
    assert induction <= set(confirmed)
    assert any(verdicts[head].word == "previous-token" for head in confirmed)
    # Without the confirmed heads the second copy is as hard as the first; without all others it is easy still.
    others = tuple(head for head in heads if head not in confirmed)
    found = result(remove(session.model, session.scoring_prompt(), [confirmed, others]))
    without_confirmed, without_others = found.gain(found.losses).mean(1)
    gain = float(found.gain(found.clean).mean())
    assert without_confirmed < 0.05 * gain
    assert without_others > 0.8 * gain
