"""The report, written while the window goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.report.output import report
from analysis.studies import Study, Work
from analysis.values import StudyInfo
from analysis.values.work import told

if TYPE_CHECKING:
    from analysis.session.session import Session


def run(session: Session, what: tuple[str, int]) -> Work:
    """(path, a number that makes each order another one) → the path written."""
    work = report(session, Path(what[0]))
    return str((yield from told(work)))


STUDY = Study(
    StudyInfo("report", "Report", "One page that says what was found and how sure", follows_prompt=False), run
)
