"""The selected head and pair, the options of the views, and, once the prompt is there, its sample."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from analysis.values import HeadId, UserError, as_options
from gui.session.sections import Section

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _collect(window: MainWindow) -> dict[str, Any] | None:
    selection, facts = window.store.selection, window.store.facts
    if facts is None or not facts.heads:
        return None
    pair = str(selection.pair) if selection.pair is not None else None
    return {"head": str(selection.head), "pair": pair, "options": dict(selection.options)}


def _restore(window: MainWindow, value: Any) -> None:
    facts, now = window.store.facts, window.store.selection
    if facts is None or not isinstance(value, dict) or not isinstance(value.get("head"), str):
        raise UserError("its head is not readable")
    head = HeadId.parse(value["head"])
    if head not in facts.heads:
        raise UserError(f"{facts.name} has no head {head}")
    pair = HeadId.parse(value["pair"]) if isinstance(value.get("pair"), str) else None
    options = value.get("options")
    words = {key: text for key, text in options.items() if isinstance(text, str)} if isinstance(options, dict) else {}
    window.store.restore(replace(now, head=head, pair=pair, options=as_options(words)))


def _collect_sample(window: MainWindow) -> dict[str, Any] | None:
    return {"shown": window.store.selection.sample} if window.store.prompt is not None else None


def _restore_sample(window: MainWindow, value: Any) -> None:
    sample = value.get("shown", ()) if isinstance(value, dict) else ()
    if sample is not None and (type(sample) is not int or sample < 0):
        raise UserError("its number is not readable")
    prompt = window.store.prompt
    if prompt is not None and (sample is None or sample < prompt.n_samples):
        window.store.set_sample(sample)


SECTIONS = (
    Section("selection", "the selected head", _collect, _restore),
    Section("sample", "the sample on show", _collect_sample, _restore_sample, "prompt"),
)
