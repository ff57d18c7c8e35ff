"""A figure says how it was made, and that is enough to make it again: as JSON, and as Python that runs."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from analysis.figures.curves import Curves
from analysis.figures.figure import Figure
from analysis.figures.formats import arrays_of
from analysis.figures.heatmap import Heatmap
from analysis.loading.demos import DEMOS
from analysis.session.provenance import MOST_TOKENS
from analysis.session.recipe import as_python
from analysis.session.session import Session
from analysis.values import Asked, HeadId, PromptSpec, Selection, UserError, as_options
from analysis.values.origin import from_json, to_json

ROOT = Path(__file__).parents[2]
LAST = HeadId(1, 0)
VIEWS = sorted(Session("cpu").views)


@pytest.fixture(scope="module")
def session() -> Session:
    made = Session("cpu")
    made.samples = 2
    made.open(None)
    made.set_prompt(PromptSpec("repeated_random", as_options({"length": "12", "samples": "3", "seed": "4"})))
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two checkpoints of one model."""
    made = tmp_path_factory.mktemp("checkpoints")
    for step in (1, 2):
        shutil.copy(DEMOS[0].path, made / f"step_{step}.safetensors")
    return str(made)


def chosen(view: str, folder: str) -> Selection:
    """A selection for which the view has a figure."""
    head = HeadId(1, 0, "cross") if view == "reading" else LAST
    options = {"norm": "folded", "compare_head": "L0H0", "training_folder": folder}
    return Selection(head, HeadId(0, 0), 1, as_options(options))


def made_by(code: str) -> Figure:
    """The figure of a snippet, which has drawn it into axes of a window that tests do not have."""
    space: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch, matplotlib.rc_context():
        patch.setattr(plt, "show", lambda: None)
        plt.switch_backend("Agg")
        exec(compile(code, "snippet", "exec"), space)
        space["drawing"].canvas.draw()
        assert len(space["axes"].get_children()) > len(space["axes"].figure.add_subplot().get_children())
        plt.close("all")
    return cast(Figure, space["figure"])


@pytest.mark.parametrize("view", VIEWS)
def test_that_the_python_of_every_view_gives_the_same_numbers(
    session: Session, view: str, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = session.figure(view, chosen(view, folder))
    code = as_python(figure)
    again = made_by(code)
    assert not re.match(r"[A-Z]\w*\(", capsys.readouterr().out or "A(")  # Numbers, not the figure's repr.
    assert type(again) is type(figure)
    assert again.title == figure.title
    here, there = arrays_of(figure), arrays_of(again)
    assert list(here) == list(there)
    for name in here:
        np.testing.assert_array_equal(here[name], there[name])


def test_that_the_python_runs_by_itself(session: Session) -> None:
    figure = session.figure("pattern", Selection(LAST, sample=None))
    assert isinstance(figure, Heatmap)
    code = as_python(figure)
    code += "import json; print(figure.values.tolist() == json.load(open(0)))\n"
    given = json.dumps(figure.values.tolist())
    environment = {**os.environ, "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, input=given, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "True"


def test_that_the_python_notices_another_checkpoint(session: Session) -> None:
    figure = session.figure("pattern", Selection(LAST))
    code = as_python(figure).replace(figure.provenance.sha256, "0" * 64)
    with pytest.raises(AssertionError, match="another checkpoint"):
        made_by(code)


def test_that_a_figure_without_a_recipe_has_no_python() -> None:
    with pytest.raises(UserError, match="nothing to copy"):
        as_python(Curves("t", np.empty(0, np.float32), (), "x", "y"))


def test_that_no_name_in_a_file_can_write_code(session: Session) -> None:
    figure = session.figure("pattern", Selection(LAST))
    code = as_python(replace(figure, title="t\nraise SystemExit('run')"))
    assert code.splitlines()[0].startswith("# t raise SystemExit")
    made_by(code)


@pytest.mark.parametrize("view", VIEWS)
def test_that_the_recipe_of_every_view_comes_back_from_json(session: Session, view: str, folder: str) -> None:
    figure = session.figure(view, chosen(view, folder))
    text = to_json([(figure.title, figure.note, figure.provenance)])
    assert text.isascii()
    assert from_json(text) == [figure.provenance]


def test_that_a_recipe_holds_the_tokens_and_their_digest(session: Session) -> None:
    recipe = session.figure("pattern", Selection(LAST, sample=1)).provenance.recipe
    assert recipe is not None
    tokens = session.prompt.tokens.tolist()
    assert recipe.tokens == (tuple(tokens[1]),)
    assert recipe.prompt == session.prompt_facts.spec
    assert session.prompt.context is not None
    hashed = hashlib.sha256()
    for ids in (np.array(tokens, "<i8"), session.prompt.context.numpy().astype("<i8")):
        hashed.update(str(list(ids.shape)).encode() + ids.tobytes())
    assert recipe.prompt_sha256 == hashed.hexdigest()
    mean = session.figure("pattern", Selection(LAST, sample=None)).provenance.recipe
    assert mean is not None
    assert mean.tokens == tuple(map(tuple, tokens))
    assert len(tokens) * len(tokens[0]) <= MOST_TOKENS


def test_that_weights_alone_name_no_prompt(session: Session) -> None:
    provenance = session.figure("qk_residual", Selection(LAST)).provenance
    assert provenance.recipe is not None
    assert (provenance.recipe.prompt, provenance.recipe.tokens, provenance.prompt) == (None, (), "")
    assert dict(provenance.recipe.selection.options) == {"lag": "0", "norm": "raw"}


def test_that_a_figure_of_the_answer_says_how_the_model_was_asked() -> None:
    session = Session("cpu")
    session.open(None)
    usual = session.figure("reach", Selection(LAST))
    assert usual.provenance.recipe is not None
    assert usual.provenance.recipe.asked is None
    session.ask(Asked(length=16, samples=9, seed=2, tokens="0:120"))
    figure = session.figure("reach", Selection(LAST))
    assert from_json(to_json([(figure.title, figure.note, figure.provenance)])) == [figure.provenance]
    assert f"session.ask({session.asked!r})" in as_python(figure)
    assert session.figure("qk_residual", Selection(LAST)).provenance.recipe.asked is None  # type: ignore[union-attr]
