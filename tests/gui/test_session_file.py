"""Session files: what is written is read, and nothing that a disk or a person puts there does harm."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.values import UserError
from gui.session import session_file
from gui.session.session_file import FORMAT, LARGEST, read, write

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
SECTIONS = {"selection": {"head": "L1H6", "options": {"scale": "log"}}, "unknown": [1, None, "é"]}
AGAIN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)


def test_that_what_is_written_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.headscope", SECTIONS, "1.2")
    assert read(tmp_path / "a.headscope") == SECTIONS
    assert json.loads((tmp_path / "a.headscope").read_text("utf-8"))["headscope"] == FORMAT


@AGAIN
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_that_any_sections_come_back(tmp_path: Path, sections: dict[str, object]) -> None:
    path = tmp_path / "a.headscope"
    write(path, sections, "")
    assert read(path) == sections


def test_that_a_letter_that_no_file_can_hold_does_not_keep_the_rest_from_being_saved(tmp_path: Path) -> None:
    write(tmp_path / "a.headscope", {"name": "a\udcffb", "other": 1}, "")
    assert read(tmp_path / "a.headscope") == {"name": "a?b", "other": 1}


@pytest.mark.parametrize("content", [
    b"", b"\0" * 50, b"{", b"\xff\xfe{}", b"null", b"[]", b"1", b'"x"', b"{}", b'{"headscope": 1}',
    b'{"headscope": 1, "sections": []}', b'{"headscope": true, "sections": {}}', b'{"headscope": "1", "sections": {}}',
    b'{"headscope": 0, "sections": {}}', b'{"headscope": 1.0, "sections": {}}', b'{"headscope": -1, "sections": {}}',
    b'{"headscope": 1, "sections": {"a": NaN}}', b'{"headscope": 1, "sections": {"a": -Infinity}}',
    b'{"headscope": 1, "sections": ' + b'{"a":' * 100_000, b"[" * 100_000,
    b'{"headscope": 1, "sections": {"a": ' + b"9" * 5000 + b"}}",
], ids=range(21))
def test_that_a_damaged_file_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.headscope").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.headscope is damaged or is no session"):
        read(tmp_path / "a.headscope")


@AGAIN
@given(st.integers(0, 10_000), st.integers(0, 255), st.integers(0, 10_000))
def test_that_one_wrong_byte_or_a_lost_end_is_read_or_refused(tmp_path: Path, at: int, byte: int, length: int) -> None:
    write(tmp_path / "a.headscope", SECTIONS, "1.2")
    data = bytearray((tmp_path / "a.headscope").read_bytes())
    data[at % len(data)] = byte
    (tmp_path / "a.headscope").write_bytes(data[: 1 + length % len(data)])
    with suppress(UserError):
        assert isinstance(read(tmp_path / "a.headscope"), dict)


def test_that_a_newer_file_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    (tmp_path / "a.headscope").write_text(json.dumps({"headscope": FORMAT + 1, "whatever": 3}))
    with pytest.raises(UserError, match="newer Headscope"):
        read(tmp_path / "a.headscope")


def test_that_what_cannot_be_read_at_all_is_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone.headscope", "a\0b"):
        with pytest.raises(UserError, match="cannot be read"):
            read(path)
    with (tmp_path / "large.headscope").open("wb") as file:
        os.truncate(file.fileno(), LARGEST + 1)
    with pytest.raises(UserError, match="too large"):
        read(tmp_path / "large.headscope")


def test_that_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write(tmp_path / "gone" / "a.headscope", SECTIONS, "")


def test_that_a_session_is_told_by_its_ending() -> None:
    assert session_file.is_session("/a/b.HEADSCOPE")
    assert not session_file.is_session("/a/b.headscope/model.pt")
