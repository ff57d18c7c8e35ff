"""Which view every panel shows; the views' options are part of the selection."""

from typing import Any

from analysis.values import UserError
from gui.panels.figure_requests import FigureRequests
from gui.prompt.prompt_panel import PromptPanel
from gui.session.sections import Section
from gui.shared.context import Context


def _collect(context: Context) -> dict[str, Any] | None:
    if context.store.facts is None:
        return None
    panels = context[FigureRequests].panels
    views = {key: view for key, panel in panels.items() if (view := panel.current_view()) is not None}
    return {"views": views, "prompt_page": context[PromptPanel].tabs.currentIndex()}


def _restore(context: Context, value: Any) -> None:
    views = value.get("views") if isinstance(value, dict) else None
    if not isinstance(views, dict):
        raise UserError("its views are not readable")
    for key, panel in context[FigureRequests].panels.items():
        if isinstance(view := views.get(key), str):
            panel.set_current_view(view)
    if value.get("prompt_page") in (0, 1):
        context[PromptPanel].tabs.setCurrentIndex(int(value["prompt_page"]))
    context[FigureRequests].refresh()


SECTIONS = (Section("panels", "the views", _collect, _restore),)
