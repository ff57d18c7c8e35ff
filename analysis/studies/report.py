"""The report, written while the window goes on."""

from pathlib import Path

from analysis.report.output import report
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import StudyInfo
from analysis.values.work import Work


def run(session: Session, what: tuple[str, int]) -> Work[str]:
    """(path, a number that makes each order another one) → the path written."""
    return str((yield from report(session, Path(what[0]))))


STUDY = Study(
    StudyInfo("report", "Report", "One page that says what was found and how sure", follows_prompt=False), run
)
