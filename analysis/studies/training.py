"""Checkpoints of a folder scored one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.session.training import Point, checkpoints, measure
from analysis.studies import Study, Work
from analysis.values import StudyInfo

if TYPE_CHECKING:
    from analysis.session.session import Session


def run(session: Session, what: str) -> Work:
    """`what` is the folder; the result a tuple of Points, which grows with every checkpoint."""
    files, found = checkpoints(what), tuple[Point, ...]()
    for number, (step, path) in enumerate(files):
        work = measure(session, step, path)
        while True:
            try:
                fraction = next(work)
            except StopIteration as end:
                found = (*found, end.value)
                break
            yield (number + fraction) / len(files), None
        yield (number + 1) / len(files), found
    return found


STUDY = Study(StudyInfo("training", "Scoring the folder", follows_prompt=False), run)
