"""A data set and a model: which one is used, and what is said of one that cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.handwriting.finding import find_data
from analysis.session.session import Session
from analysis.values import PromptSpec, UserError, as_options
from tests.analysis.handmade import SMALL, random_model
from tests.analysis.handwriting.writing import COARSE, data_set, items, saved, writer


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return saved(writer(), tmp_path / "demo.safetensors")


def test_that_the_data_set_called_like_the_checkpoint_wins(tmp_path: Path, checkpoint: Path) -> None:
    given, before = data_set(tmp_path / "given.json"), data_set(tmp_path / "before.json")
    other = data_set(tmp_path / "a.json.zip")
    assert find_data(checkpoint, COARSE, None) == (str(other), "")
    assert find_data(checkpoint, COARSE, None, str(before)) == (str(before), "")
    named = data_set(tmp_path / "demo.json")
    assert find_data(checkpoint, COARSE, None, str(before)) == (str(named), "")
    assert find_data(checkpoint, COARSE, str(given), str(before)) == (str(given), "")


def test_that_what_merely_lies_beside_is_passed_over_when_it_cannot_be_read(tmp_path: Path, checkpoint: Path) -> None:
    (tmp_path / "demo.json").write_text("{}")
    (tmp_path / "a.json.zip").write_bytes(b"PK and no more")
    data_set(tmp_path / "b.json.zip", ["NO"])  # letters that the model does not know
    good = data_set(tmp_path / "c.json.zip")
    assert find_data(checkpoint, COARSE, None) == (str(good), "")
    path, words = find_data(checkpoint, COARSE, str(tmp_path / "b.json.zip"))
    assert path == str(good)
    assert "'N', which this model cannot read" in words


def test_that_handwriting_is_the_first_prompt_where_it_is_at_hand(tmp_path: Path, checkpoint: Path) -> None:
    session = Session("cpu")
    session.open(str(checkpoint))
    assert session.set_prompt(None).spec.source == "repeated_random"
    data_set(tmp_path / "demo.json")
    facts = session.open(str(checkpoint))
    assert facts.handwriting
    prompt = session.set_prompt(None)
    assert (prompt.spec.source, prompt.handwriting) == ("handwriting", True)
    assert prompt.description == "“the cat the” and others from demo.json"


def test_that_a_data_set_is_opened_for_the_model_and_kept_for_the_next(tmp_path: Path, checkpoint: Path) -> None:
    session = Session("cpu")
    session.open(str(checkpoint))
    session.set_prompt(None)
    path = data_set(tmp_path / "words.json", ["so", "it", "is"])
    prompt = session.set_data(str(path))
    assert prompt.description == "“so it is” and others from words.json"
    session.open(str(saved(writer(), tmp_path / "other.safetensors")))
    assert session.model.data == str(path)


BAD_SETS = {
    "an item late in the set": ([*items(), {"metadata": {}}], "Item 5 of bad.json"),
    "a letter late in the set": (items(["the", "cat", "the", "dog", "Ω"]), "Item 4 of bad.json.*'Ω'"),
    "no list": ({}, "JSON list"),
}


@pytest.mark.parametrize("case", BAD_SETS)
def test_that_a_refused_data_set_changes_nothing(case: str, tmp_path: Path, checkpoint: Path) -> None:
    content, words = BAD_SETS[case]
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(content))
    session = Session("cpu")
    session.open(str(checkpoint), data=str(data_set(tmp_path / "good.json")))
    before = session.set_prompt(None)
    with pytest.raises(UserError, match=words):
        session.set_data(str(bad))
    assert session.prompt_facts == before
    assert session.model.data == str(tmp_path / "good.json")
    assert session.set_prompt(None).description.endswith("good.json")


def test_that_a_model_of_another_kind_says_so_and_opens_all_the_same(tmp_path: Path) -> None:
    path, data = saved(random_model(SMALL), tmp_path / "m.safetensors"), data_set(tmp_path / "words.json")
    session = Session("cpu")
    facts = session.open(str(path), data=str(data))
    assert facts.heads
    assert "m.safetensors does not read handwriting" in facts.data_problem
    assert session.open(str(path)).data_problem == ""
    session.set_prompt(None)
    with pytest.raises(UserError, match="does not read handwriting"):
        session.set_data(str(data))


def test_that_a_bad_data_set_keeps_no_model_from_opening(tmp_path: Path, checkpoint: Path) -> None:
    (tmp_path / "bad.json").write_text("[")
    session = Session("cpu")
    facts = session.open(str(checkpoint), data=str(tmp_path / "bad.json"))
    assert facts.heads
    assert "Item 0 of bad.json" in facts.data_problem
    assert session.set_prompt(None).spec.source == "repeated_random"


def test_that_the_rest_of_the_words_is_read_as_a_job(tmp_path: Path, checkpoint: Path) -> None:
    session = Session("cpu")
    session.open(str(checkpoint), data=str(data_set(tmp_path / "words.json", ["a"] * 60)))
    job = next(job for job in session.start_jobs() if job.key == "handwriting")
    assert list(job)[-1].done
    data_set(tmp_path / "words.json", [*["a"] * 60, "Ω"])
    session.open(str(checkpoint), data=str(tmp_path / "words.json"))
    job = next(job for job in session.start_jobs() if job.key == "handwriting")
    assert "Item 60" in list(job)[-1].failure


def batch(*arguments: Path | str) -> int:
    return main([*map(str, arguments), "--samples", "2", "--device", "cpu"])


def test_that_the_batch_command_takes_a_data_set_or_says_why_not(
    tmp_path: Path, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = data_set(tmp_path / "words.json")
    assert batch(checkpoint, "--data", data, "--out", tmp_path / "out") == 0
    other = saved(random_model(SMALL), tmp_path / "m.safetensors")
    assert batch(other, "--data", data, "--out", tmp_path / "out2") == 2
    data.write_text(json.dumps([*items(["a"] * 40), 3]))
    assert batch(checkpoint, "--data", data, "--out", tmp_path / "out2") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "does not read handwriting" in lines[0]
    assert "Item 40 of words.json" in lines[1]
    assert not (tmp_path / "out2").exists()


def test_that_a_broken_set_beside_the_checkpoint_does_not_stop_the_batch_command(
    tmp_path: Path, checkpoint: Path
) -> None:
    (tmp_path / "demo.json").write_text(json.dumps([*items(["a"] * 40), 3]))
    assert batch(checkpoint, "--out", tmp_path / "out") == 0


def test_that_the_head_count_can_be_weighed_with_other_data_than_is_shown(tmp_path: Path, checkpoint: Path) -> None:
    session = Session("cpu")
    session.open(str(checkpoint), data=str(data_set(tmp_path / "words.json")))
    spec = PromptSpec("handwriting", as_options({"data": str(data_set(tmp_path / "others.json", ["so"]))}))
    assert session.set_prompt(spec).description.endswith("others.json")
    assert session.set_prompt(None).description.endswith("words.json")
