"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.values import UserError
from analysis.values.whole_files import write_whole

ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys, pathlib
from analysis.values.whole_files import write_whole
def fill(file):
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
write_whole(pathlib.Path(sys.argv[1]), fill)
"""


def fail(file: object) -> None:
    raise RuntimeError("midway")


@pytest.fixture(params=["unnamed", "named"])
def _system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With files that have no name, and on a system without them."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)


@pytest.mark.usefixtures("_system")
def test_that_a_file_is_replaced_and_nothing_stands_beside_it(tmp_path: Path) -> None:
    for content in (b"one", b"two"):
        write_whole(tmp_path / "a", lambda file, content=content: file.write(content))  # type: ignore[misc]
        assert (tmp_path / "a").read_bytes() == content
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.usefixtures("_system")
def test_that_an_error_while_filling_leaves_the_earlier_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("earlier")
    with pytest.raises(RuntimeError, match="midway"):
        write_whole(tmp_path / "a", fail)
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "earlier"


@pytest.mark.usefixtures("_system")
def test_that_a_new_file_is_as_readable_as_any_and_an_earlier_one_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    write_whole(tmp_path / "new", lambda file: file.write(b""))
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "new").chmod(0o640)
    write_whole(tmp_path / "new", lambda file: file.write(b"x"))
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_that_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("earlier")
    (tmp_path / "link").symlink_to("real")
    write_whole(tmp_path / "link", lambda file: file.write(b"new"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_that_a_name_as_long_as_the_system_allows_can_be_written(tmp_path: Path) -> None:
    write_whole(tmp_path / ("n" * 255), lambda file: file.write(b"x"))
    assert os.listdir(tmp_path) == ["n" * 255]


@pytest.mark.parametrize("place", ["gone/a", "file/a", "."])
def test_that_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot be written \(.+\); free some space or go elsewhere\.$"):
        write_whole(tmp_path / place, lambda file: file.write(b"x"), "go elsewhere")
    assert os.listdir(tmp_path) == ["file"]


def test_that_a_file_that_may_not_be_written_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("earlier")
    monkeypatch.setattr(os, "access", lambda *_: False)  # The superuser may write everything.
    with pytest.raises(UserError, match="Permission denied"):
        write_whole(tmp_path / "a", lambda file: file.write(b"x"))
    assert (tmp_path / "a").read_text() == "earlier"


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="only Linux has files without a name")
def test_that_a_kill_while_writing_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "a")], cwd=ROOT, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert os.listdir(tmp_path) == []
