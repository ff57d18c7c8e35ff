"""Reading a handwriting data set, and what a malformed one is told."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from analysis.handwriting.dataset import read_words
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
    words = read_words(tmp_path / "x.json")
    assert [word.text for word in words] == ["hi", "é"]
    assert words[0].points.tolist() == [[0, 0, 1], [0.5, -0.5, 0]]


def test_that_a_zip_is_read_past_what_a_mac_adds(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.json.zip", "w") as archive:
        archive.writestr("__MACOSX/._x.json", b"\x00\x05\x16")
        archive.writestr("x.json", json.dumps([item()]))
    assert len(read_words(tmp_path / "x.json.zip")) == 1


def test_that_reading_stops_at_the_limit_before_what_is_broken(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([item(), item(), 3]))
    assert len(read_words(tmp_path / "x.json", limit=2)) == 2


def test_that_reading_can_be_cancelled(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([item()]))

    def cancel(fraction: float = 0.0, /) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_words(tmp_path / "x.json", tick=cancel)


@needs_shared
def test_that_the_real_data_set_is_read() -> None:
    words = read_words(HANDWRITING)
    assert len(words) == 3500
    assert words[0].text == "hlin"
    assert words[0].points[0, 0] == 0


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
    "pen is half down": (item(points=[[0, 0, 0.5]]), "pen"),
}


@pytest.mark.parametrize("case", BAD_ITEMS)
def test_that_a_bad_item_is_told_by_number_and_reason(case: str, tmp_path: Path) -> None:
    bad, reason = BAD_ITEMS[case]
    (tmp_path / "x.json").write_text(json.dumps([item(), bad]))
    with pytest.raises(UserError, match=rf"Item 1 of x\.json.*{reason}"):
        read_words(tmp_path / "x.json")


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "an object": (b'{"a": 1}', "JSON list"),
    "nothing": (b"", "JSON list"),
    "an empty list": (b"[]", "no handwriting"),
    "not text": (b"\xff\xfe\x00", "not a handwriting data set"),
    "cut inside an item": (json.dumps([item(), item()]).encode()[:-30], "Item 1 .*incomplete"),
    "cut between items": (json.dumps([item(), item()]).encode()[:-1], "after item 1"),
    "deep": (b"[" * 100_000, "Item 0"),
    "a broken zip": (b"PK\x03\x04" + bytes(50), "damaged zip"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_that_a_bad_file_is_told_in_one_sentence(case: str, tmp_path: Path) -> None:
    content, sentence = BAD_FILES[case]
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        read_words(tmp_path / "x.json")


def test_that_a_zip_without_json_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(UserError, match=r"no \.json"):
        read_words(tmp_path / "x.zip")


@pytest.mark.parametrize(("name", "sentence"), [("nowhere.json", "does not exist"), (".", "cannot be read")])
def test_that_a_missing_file_or_a_directory_is_told(name: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=sentence):
        read_words(tmp_path / name)


def test_that_handwriting_is_read_without_torch() -> None:
    code = "import sys, analysis.handwriting.codec, analysis.handwriting.dataset; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0
