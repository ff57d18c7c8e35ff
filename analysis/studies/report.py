"""The report, written while the window goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..registry import Study, Work
from ..report.writing import report
from ..stepping import told
from ..values import StudyInfo

if TYPE_CHECKING:
    from ..session import Session


def run(session: Session, what: tuple[str, int]) -> Work:
    """(path, a number that makes each order another one) → the path written."""
    work = report(session, Path(what[0]))
    return str((yield from told(work)))


STUDY = Study(
    StudyInfo("report", "Report", "One page that says what was found and how sure", follows_prompt=False), run
)
