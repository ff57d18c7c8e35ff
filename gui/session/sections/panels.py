"""Which view every panel shows; the views' options are part of the selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.values import UserError
from gui.session.sections import Section

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _collect(window: MainWindow) -> dict[str, Any] | None:
    if window.store.facts is None:
        return None
    views = {key: view for key, panel in window.panels.items() if (view := panel.current_view()) is not None}
    return {"views": views, "prompt_page": window.prompt_panel.tabs.currentIndex()}


def _restore(window: MainWindow, value: Any) -> None:
    views = value.get("views") if isinstance(value, dict) else None
    if not isinstance(views, dict):
        raise UserError("its views are not readable")
    for key, panel in window.panels.items():
        if isinstance(view := views.get(key), str):
            panel.set_current_view(view)
    if value.get("prompt_page") in (0, 1):
        window.prompt_panel.tabs.setCurrentIndex(int(value["prompt_page"]))
    window.requests.refresh()


SECTIONS = (Section("panels", "the views", _collect, _restore),)
