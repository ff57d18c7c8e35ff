"""Reading a handwriting data set, and what a malformed one is told."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.handwriting import dataset, files
from analysis.handwriting.dataset import DataSet, Word, check_letters, open_data
from analysis.values import Cancelled, UserError
from tests.shared_data import HANDWRITING, needs_shared


def item(**changes: object) -> dict[str, object]:
    metadata = {"author": "A", "asciiSequence": "hi", "aspectRatio": 2, "pointCount": 2}
    return {
        "metadata": metadata | {key: value for key, value in changes.items() if key != "points"},
        "points": changes.get("points", [[0.5, 0.65, 1], [0.75, 0.15, 0]]),
    }


def test_that_points_are_scaled_and_start_at_zero_on_the_baseline(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([item(), item(asciiSequence="é")], indent=1), encoding="utf-8")
    words = DataSet(tmp_path / "x.json").all()
    assert [word.text for word in words] == ["hi", "é"]
    assert words[0].points.tolist() == [[0, 0, 1], [0.5, -0.5, 0]]


def test_that_a_zip_is_read_past_what_a_mac_adds(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.json.zip", "w") as archive:
        archive.writestr("__MACOSX/._x.json", b"\x00\x05\x16")
        archive.writestr("x.json", json.dumps([item()]))
    assert len(DataSet(tmp_path / "x.json.zip").all()) == 1


def test_that_reading_stops_at_the_limit_before_what_is_broken(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([item(), item(), 3]))
    assert len(DataSet(tmp_path / "x.json").first(2)) == 2


def test_that_reading_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "SLICE_S", -1)  # a tick after every word
    (tmp_path / "x.json").write_text(json.dumps([item()]))

    def cancel(fraction: float = 0.0, /) -> None:
        raise Cancelled

    data = DataSet(tmp_path / "x.json")
    with pytest.raises(Cancelled):
        data.first(1, cancel)
    with pytest.raises(Cancelled):
        data.all(cancel)
    assert len(data.all()) == 1


@needs_shared
def test_that_the_real_data_set_is_read() -> None:
    words = DataSet(HANDWRITING).all()
    assert len(words) == 3500
    assert words[0].text == "hlin"
    assert words[0].points[0, 0] == 0


def test_that_no_more_is_read_than_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([item(), item(asciiSequence="ho"), 3]))
    data = DataSet(tmp_path / "x.json")
    assert [word.text for word in data.first(2)] == ["hi", "ho"]
    assert not data.complete
    for _ in range(2):
        with pytest.raises(UserError, match="Item 2"):
            data.all()
    assert [word.text for word in data.first(2)] == ["hi", "ho"]


def test_that_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(json.dumps([item()]))
    assert open_data(file) is open_data(str(file))
    file.write_text(json.dumps([item(), item()]))
    assert len(open_data(file).all()) == 2


def test_that_a_letter_the_model_does_not_know_is_told_by_item(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([item(), item(asciiSequence="hé")]))
    words = enumerate(DataSet(tmp_path / "x.json").all())
    with pytest.raises(UserError, match=r"Item 1 of x\.json.*'hé' holds 'é', which this model cannot read"):
        check_letters(words, "hi", "x.json")
    check_letters(enumerate(DataSet(tmp_path / "x.json").all()), "hié", "x.json")


BAD_ITEMS: dict[str, tuple[object, str]] = {
    "not an object": (3, "metadata"),
    "no metadata": ({"points": []}, "metadata"),
    "no points": ({"metadata": {"asciiSequence": "a", "aspectRatio": 1}}, "metadata"),
    "text is a number": (item(asciiSequence=7), "asciiSequence"),
    "empty text": (item(asciiSequence=""), "asciiSequence"),
    "ratio is a text": (item(aspectRatio="wide"), "aspectRatio"),
    "ratio is zero": (item(aspectRatio=0), "aspectRatio"),
    "ratio is NaN": (item(aspectRatio=float("nan")), "aspectRatio"),
    "points are empty": (item(points=[]), "rows of three"),
    "points are pairs": (item(points=[[1, 2]]), "rows of three"),
    "points are ragged": (item(points=[[1, 2, 1], [1, 2]]), "rows of three"),
    "points are texts": (item(points=[["a", "b", "c"]]), "rows of three"),
    "points are NaN": (item(points=[[float("nan"), 0, 1]]), "NaN"),
    "points are infinite": (item(points=[[float("inf"), 0, 1]]), "NaN"),
    "points are huge": (item(points=[[1e300, 0, 1]]), "huge"),
    "points are larger than any number": (item(points=[[10**400, 0, 1]]), "rows of three"),
    "points are an object": (item(points={"x": 1}), "rows of three"),
    "points are nested deeper": (item(points=[[[0, 0, 1]]]), "rows of three"),
    "a point is null": (item(points=[[None, 0, 1]]), "NaN|rows of three"),
    "metadata is a text": ({"metadata": "hi", "points": [[0, 0, 1]]}, "metadata"),
    "ratio is endless": (item(aspectRatio=float("inf")), "aspectRatio"),
    "ratio is below zero": (item(aspectRatio=-1), "aspectRatio"),
    "ratio is true": (item(aspectRatio=True), "aspectRatio"),
    "null": (None, "metadata"),
    "a list": ([], "metadata"),
    "pen is half down": (item(points=[[0, 0, 0.5]]), "pen"),
}


@pytest.mark.parametrize("case", BAD_ITEMS)
def test_that_a_bad_item_is_told_by_number_and_reason(case: str, tmp_path: Path) -> None:
    bad, reason = BAD_ITEMS[case]
    (tmp_path / "x.json").write_text(json.dumps([item(), bad]))
    with pytest.raises(UserError, match=rf"Item 1 of x\.json.*{reason}"):
        DataSet(tmp_path / "x.json").all()


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "an object": (b'{"a": 1}', "JSON list"),
    "nothing": (b"", "JSON list"),
    "an empty list": (b"[]", "no handwriting"),
    "not text": (b"\xff\xfe\x00", "not a handwriting data set"),
    "cut inside an item": (json.dumps([item(), item()]).encode()[:-30], "Item 1 .*incomplete"),
    "cut between items": (json.dumps([item(), item()]).encode()[:-1], "after item 1"),
    "a comma too many": (json.dumps([item()]).encode()[:-1] + b",]", "Item 1 .*not valid JSON"),
    "a comma missing": (json.dumps([item()]).encode()[:-1] + b" " + json.dumps(item()).encode() + b"]", "after item 0"),
    "something after the list": (json.dumps([item()]).encode() + b" []", "goes on after"),
    "single quotes": (b"[{'metadata': 1}]", "Item 0 .*not valid JSON"),
    "UTF-16": (json.dumps([item()]).encode("utf-16"), "not a handwriting data set"),
    "zeros": (bytes(100), "JSON list"),
    "a pickle": (pickle.dumps([1, 2]), "handwriting data set"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), "not a handwriting data set"),
    "a number of too many digits": (b"[" + b"9" * 5000 + b"]", "Item 0"),
    "deep": (b"[" * 100_000, "Item 0"),
    "a broken zip": (b"PK\x03\x04" + bytes(50), "damaged zip"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_that_a_bad_file_is_told_in_one_sentence(case: str, tmp_path: Path) -> None:
    content, sentence = BAD_FILES[case]
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        DataSet(tmp_path / "x.json").all()


def zipped(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


GOOD = json.dumps([item()]).encode()


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ([(f"{number}.txt", b"") for number in range(1001)] + [("x.json", GOOD)], "holds 1,002 files"),
        ([("a.json", GOOD), ("b.json", GOOD)], r"holds 2 \.json files"),
        ([("x.json", b"[" + b" " * 2**24)], "unpacks to 16 MB"),
        ([("x.json/", b"")], r"no \.json"),
        ([("__MACOSX/x.json", GOOD), ("._x.json", GOOD)], r"no \.json"),
        ([("x.json", GOOD[:-1])], "after item 0"),
    ],
    ids=["many members", "two data sets", "a bomb", "a folder", "only what a Mac adds", "cut before it was packed"],
)  # fmt: skip
def test_that_a_zip_of_something_else_is_told(
    members: list[tuple[str, bytes]], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=sentence):
        DataSet(zipped(tmp_path / "x.json.zip", *members)).all()


@pytest.mark.parametrize("cut", [3, 30, 60, -22, -60])
def test_that_a_zip_that_is_cut_short_is_told(cut: int, tmp_path: Path) -> None:
    file = zipped(tmp_path / "x.zip", ("x.json", GOOD))
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(UserError, match="damaged zip"):
        DataSet(file).all()


def test_that_a_zip_with_a_wrong_sum_is_told(tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.json", GOOD)
    file.write_bytes(file.read_bytes().replace(b'"hi"', b'"ho"'))
    with pytest.raises(UserError, match="damaged zip"):
        DataSet(file).all()


def test_that_a_zip_that_claims_to_be_encrypted_is_told(tmp_path: Path) -> None:
    file = zipped(tmp_path / "x.zip", ("x.json", GOOD))
    content = bytearray(file.read_bytes())
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(content)
    with pytest.raises(UserError, match="encrypted"):
        DataSet(file).all()


@pytest.mark.parametrize("packed", [False, True])
def test_that_a_file_of_too_much_text_is_told_before_it_is_read(
    packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 10)
    file = tmp_path / "x.json"
    file.write_bytes(GOOD)
    with pytest.raises(UserError, match="more than"):
        DataSet(zipped(tmp_path / "x.zip", ("x.json", GOOD)) if packed else file).all()


def test_that_a_zip_without_json_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(UserError, match=r"no \.json"):
        DataSet(tmp_path / "x.zip").all()


@pytest.mark.parametrize(("name", "sentence"), [("nowhere.json", "does not exist"), (".", "cannot be read")])
def test_that_a_missing_file_or_a_directory_is_told(name: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=sentence):
        DataSet(tmp_path / name).all()


def test_that_handwriting_is_read_without_torch() -> None:
    code = "import sys, analysis.handwriting.codec, analysis.handwriting.dataset; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0


EDITS = st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=3)), min_size=1, max_size=4)


def edited(content: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    changed = bytearray(content)
    for place, what in edits:
        at = place % (len(changed) + 1)
        changed[at : at + 1] = what
    return bytes(changed)


@pytest.mark.parametrize("packed", [False, True])
@given(edits=EDITS, cut=st.one_of(st.none(), st.integers(0, 400)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_that_any_damage_is_read_or_told_in_one_sentence(
    packed: bool, edits: list[tuple[int, bytes]], cut: int | None, tmp_path: Path
) -> None:
    file = tmp_path / "x"
    file.write_bytes(json.dumps([item(), item()]).encode())
    if packed:
        plain = file.read_bytes()
        zipped(file, ("__MACOSX/._x.json", b"x"), ("x.json", plain))
    file.write_bytes(edited(file.read_bytes(), edits)[:cut])
    words: tuple[Word, ...] = ()
    said = "It was read."
    try:
        words = DataSet(file).all()
    except UserError as error:
        said = str(error)
    assert all(np.isfinite(word.points).all() for word in words)
    assert "\n" not in said
    assert said.endswith(".")
