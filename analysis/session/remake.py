"""A figure with all the work that it needs, for scripts: the window asks in pieces, a script waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.figure import Figure
from analysis.values import NotReady, Selection

if TYPE_CHECKING:
    from analysis.session.session import Session


def remake(session: Session, view: str, selection: Selection) -> Figure:
    """The whole figure of a view, as the window shows it once nothing is on its way.

    Raises UserError where the figure does not exist for this selection.
    """
    for _ in session.finishing(*session.views[view].info.depends):
        pass
    while True:
        waiting: NotReady | None = None
        try:
            figure = session.look(view, selection)
        except NotReady as error:
            waiting = error
        jobs = session.new_jobs()
        for job in jobs:
            for _ in job:
                pass
        if not jobs and waiting is not None:
            raise waiting
        if not jobs:
            return figure
