"""What other packages add, found by their entry points in a fresh interpreter; what is broken harms nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.plugins import PLACES, _problem, discover
from tests.plugin_packages import BROKEN, BROKEN_VIEW, SCORE, example, install, install_example

ROOT = Path(__file__).parents[2]
CATALOGUE = """
import json
from analysis.session.session import Session
catalogue = Session("cpu").catalogue()
print(json.dumps({"notes": catalogue.plugin_notes, "formats": catalogue.formats, "others":
    {kind: [info.key for info in getattr(catalogue, kind)] for kind in ("views", "scores", "prompts")}}))
"""
SCORES = """
import json
from analysis.session.session import Session
from analysis.values import HeadId, Selection
session = Session("cpu")
session.samples = 2
session.open("demo:textbook")
shown = session.figure("mosaic", Selection(HeadId(0, 2), options=(("mosaic_score", "sharpness"),)))
card = session.figure("head_card", Selection(HeadId(0, 2)))
print(json.dumps({"title": shown.title, "values": shown.values.tolist(), "rows": [row.cells[0] for row in card.rows],
                  "keys": [info.key for info in session.catalogue().scores]}))
"""


def run(code: str, *folders: Path) -> dict[str, Any]:
    """What the code prints as JSON, with packages installed in the folders."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, folders))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_that_the_example_of_the_document_is_a_score_in_the_table_of_heads(tmp_path: Path) -> None:
    found = run(SCORES, install_example(tmp_path))
    assert "sharpness" in found["keys"]
    assert found["title"] == "Sharpness, all heads"
    assert "Sharpness" in found["rows"]
    values = [value for row in found["values"] for value in row]
    assert all(0 < value <= 1 for value in values)
    assert max(values) > 0.8  # L0H2 gives all to the previous token


def test_that_the_example_has_at_most_thirty_lines() -> None:
    assert sum(len(text.splitlines()) for text in example()) <= 30


def test_that_every_broken_score_is_left_out_and_named_with_its_reason(tmp_path: Path) -> None:
    before = run(CATALOGUE)
    points = {"headscope.scores": {name: name for name in BROKEN} | {"lost": "no_such_module"}}
    after = run(CATALOGUE, install(tmp_path, "headscope-broken", points, **BROKEN))
    assert after["others"] == before["others"]
    assert before["notes"] == []
    said = {note.split(": ")[0]: note.partition(": left out: ")[2] for note in after["notes"]}
    reasons = {
        "no_import": "ModuleNotFoundError: No module named 'a_library_that_is_nowhere'",
        "ends_python": "SystemExit: 3",
        "lost": "ModuleNotFoundError: No module named 'no_such_module'",
        "no_score": "no_score defines no SCORE",
        "wrong_type": "it is of type SimpleNamespace, not analysis.measures.scores.Score",
        "wrong_info": "its info cannot be None",
        "not_whole": "TypeError: ScoreInfo.__init__() missing 6 required positional arguments",
        "computes_nothing": "TypeError: a score has either `measure`",
        "wrong_field": "its order cannot be 'first'",
        "taken": "the key 'induction' is taken",
    }
    assert said.keys() == {f"headscope-broken 1.0, headscope.scores {name}" for name in reasons}
    for name, reason in reasons.items():
        assert said[f"headscope-broken 1.0, headscope.scores {name}"].startswith(reason)


def test_that_every_kind_is_found_as_an_object_or_in_a_module(tmp_path: Path) -> None:
    source = f"""{SCORE}
from analysis.loading.formats import Format
from analysis.prompts import PromptSource
from analysis.studies import Study
from analysis.values import PromptInfo, StudyInfo, ViewInfo
from analysis.views import View
FORMAT = Format('mine', 'My family', lambda checkpoint: None, print)
PROMPT = PromptSource(PromptInfo('mine', 'Mine', 'Mine.'), print)
STUDY = Study(StudyInfo('mine', 'Mine'), print)
ANY_NAME = View(ViewInfo('mine', 'card', 'Mine', 'Mine.'), print)
SCORE = Score(INFO('mine'), weigh=print)
"""
    points = {f"headscope.{kind}": {"mine": "my_package"} for kind in ("scores", "formats", "prompts", "studies")}
    points["headscope.views"] = {"mine": "my_package:ANY_NAME"}
    found = run(CATALOGUE, install(tmp_path, "my-package", points, my_package=source))
    assert all("mine" in keys for keys in found["others"].values())
    assert "My family" in found["formats"]
    kinds = ("formats", "prompts", "scores", "studies", "views")
    assert found["notes"] == [f"my-package 1.0, headscope.{kind} mine: in use." for kind in kinds]


FAILING = f"""{SCORE}
import torch
from analysis.loading.formats import Format
from analysis.prompts.repeated_random import repeated_random_spec
def fails(*anything): raise ZeroDivisionError("nothing left")
MEASURED = Score(replace(INFO('measured'), title='Measured'), repeated_random_spec(length=50, repeats=2), fails)
WEIGHED = Score(replace(INFO('weighed'), title='Weighed'), weigh=fails)
WRONG = Score(replace(INFO('wrong'), title='Wrong'), repeated_random_spec(length=50, repeats=2),
              lambda block: (torch.zeros(3), torch.zeros(2)))
ASKS = Score(replace(INFO('asks'), title='Asks'), applies=fails, weigh=fails)
FORMAT = Format('failing', 'Failing', fails, fails, order=0)
"""
RUN = """
import json
from analysis.session.session import Session
from analysis.values.work import finish
session = Session("cpu")
session.samples = 2
facts = session.open("demo:textbook")
table = finish(session.complete("scores"))
print(json.dumps({"family": facts.family, "problems": table.problems,
                  "known": sorted(key for key, of in table.values.items() if (of["self"] == of["self"]).any())}))
"""


def test_that_scores_and_formats_that_fail_at_work_keep_nothing_else_from_working(tmp_path: Path) -> None:
    before = run(RUN)
    points = {"headscope.scores": {name: f"failing:{name}" for name in ("MEASURED", "WEIGHED", "WRONG", "ASKS")},
              "headscope.formats": {"failing": "failing"}}
    after = run(RUN, install(tmp_path, "failing", points, failing=FAILING))
    assert "induction" in before["known"]
    assert after["known"] == before["known"]
    assert after["family"] == before["family"]
    assert sorted(words.partition(" cannot be computed (")[0] for words in after["problems"]) == [
        "Asks", "Measured", "Weighed", "Wrong"
    ]
    assert "Weighed cannot be computed (ZeroDivisionError: nothing left)." in after["problems"]


def test_that_of_two_packages_with_one_key_the_first_is_used(tmp_path: Path) -> None:
    for name in ("one", "two"):
        source = f"{SCORE}SCORE = Score(INFO('same'), weigh=print)"
        install(tmp_path, name, {"headscope.scores": {name: f"{name}_module"}}, **{f"{name}_module": source})
    found = run(CATALOGUE, tmp_path)
    assert found["others"]["scores"].count("same") == 1
    assert found["notes"] == [
        "one 1.0, headscope.scores one: in use.", "two 1.0, headscope.scores two: left out: the key 'same' is taken."
    ]


def test_that_a_view_in_no_panel_is_left_out(tmp_path: Path) -> None:
    points = {"headscope.views": {"nowhere": "nowhere"}}
    found = run(CATALOGUE, install(tmp_path, "no-panel", points, nowhere=BROKEN_VIEW))
    assert found["notes"] == ["no-panel 1.0, headscope.views nowhere: left out: its panel cannot be 'cellar'."]


@pytest.mark.parametrize("kind", PLACES)
def test_that_every_plain_field_of_a_plugin_is_checked(kind: str) -> None:
    good = discover(kind)[0]
    info = getattr(good, "info", good)
    assert _problem(kind, good, set()) == ""
    for name in ("key", "title", "order"):
        wrong = replace(info, **{name: object()})
        assert f"its {name} cannot be" in _problem(kind, wrong if info is good else replace(good, info=wrong), set())
