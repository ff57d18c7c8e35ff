"""Work on the whole model."""

from __future__ import annotations

from gui.commands.actions import Action, has_model

ACTIONS = (
    Action("analysis.score_again", "Score again", lambda window: window.worker.score_again(), "Analysis", "F5",
           "Compute all scores and compositions anew", 100, has_model),
    Action("analysis.cancel", "Cancel", lambda window: window.worker.cancel_jobs(), "Analysis", "Ctrl+.",
           "Stop the work in progress; what is on show stays", 110),
)
