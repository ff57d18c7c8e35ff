"""A view to go back to, from a session file or a picture; and the sections in which a session file keeps it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.values import HeadId, OpenRequest, Options, PromptSpec, Selection, UserError, as_options, names_demo
from gui.session.session_file import Sections


@dataclass(frozen=True)
class SavedView:
    """What to open and select, and what else was saved with it."""

    request: OpenRequest
    sections: Sections = field(default_factory=dict)
    """All that was saved, the request included, as a session file has it; some may be unknown here."""
    on_open_model: bool = False
    """Nothing needs to be opened for it, if a model is open."""
    missing: str = ""
    """One sentence where the checkpoint is not at its place; empty where it is."""
    sha256: str = ""
    """Of the checkpoint; empty where it is not known."""
    since: str = "the session was saved"
    """Completes "demo.pt has changed since …"."""
    problem: str = ""
    """What could not be read: "the selected head (its head is not readable)"."""
    then: Callable[[], object] | None = None
    """Called once the view is back."""


def to_sections(request: OpenRequest, sha256: str, folder: Path | None = None) -> Sections:
    """The request as sections of a session; `folder`: where they will be saved."""
    checkpoint: dict[str, Any] = {"path": request.path, "sha256": sha256, "data": request.data}
    if folder is not None and request.path and Path(request.path).is_relative_to(folder):
        checkpoint["beside"] = Path(request.path).relative_to(folder).as_posix()
    if request.n_heads:
        checkpoint["n_heads"] = request.n_heads
    sections: Sections = {"checkpoint": checkpoint}
    if (chosen := request.selection) is not None:
        pair = str(chosen.pair) if chosen.pair is not None else None
        sections["selection"] = {"head": str(chosen.head), "pair": pair, "options": dict(chosen.options)}
        sections["sample"] = {"shown": chosen.sample}
    if request.prompt is not None:
        sections["prompt"] = {"source": request.prompt.source, "options": dict(request.prompt.options)}
    return sections


def from_sections(sections: Sections, folder: Path | None = None) -> SavedView:
    """What sections of any content ask for; `folder`: where the session file is.

    Raises UserError where they do not say which checkpoint they belong to.
    """
    checkpoint = sections.get("checkpoint")
    path, missing = _find(checkpoint, folder)
    given = checkpoint if isinstance(checkpoint, dict) else {}
    n_heads, data, selection, problem = given.get("n_heads"), given.get("data"), None, ""
    try:
        selection = _selection(sections)
    except UserError as error:
        problem = f"the selected head ({str(error).rstrip('.')})"
    request = OpenRequest(path, n_heads if type(n_heads) is int else None, data if isinstance(data, str) else None,
                          _prompt(sections.get("prompt")), selection)
    return SavedView(request, sections, checkpoint is None, missing, str(given.get("sha256") or ""), problem=problem)


def _find(checkpoint: Any, folder: Path | None) -> tuple[str | None, str]:
    """(path of the checkpoint, or the key of a demo; a sentence when it is not there)."""
    if checkpoint is None:
        return None, ""
    path = checkpoint.get("path", 0) if isinstance(checkpoint, dict) else 0
    if path is None or (isinstance(path, str) and names_demo(path)):
        return path, ""
    if not isinstance(path, str):
        raise UserError("This session does not say which checkpoint it belongs to; choose another one.")
    beside = checkpoint.get("beside")
    places = [folder / beside] if folder is not None and isinstance(beside, str) else []
    for place in (Path(path), *places):
        try:
            if place.exists():
                return str(place), ""
        except (OSError, ValueError):
            pass
    return path, f"{path} is not there any more; open it from where it is now, and the rest of the session comes back."


def _selection(sections: Sections) -> Selection | None:
    """Raises UserError where it is not readable; a sample that is not is the first one."""
    value, sample = sections.get("selection"), sections.get("sample")
    if "selection" not in sections:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("head"), str):
        raise UserError("its head is not readable")
    pair = HeadId.parse(value["pair"]) if isinstance(value.get("pair"), str) else None
    shown = sample.get("shown", 0) if isinstance(sample, dict) else 0
    good = shown is None or (type(shown) is int and shown >= 0)
    return Selection(HeadId.parse(value["head"]), pair, shown if good else 0, _options(value.get("options")))


def _prompt(value: Any) -> PromptSpec | None:
    if not isinstance(value, dict) or not isinstance(value.get("source"), str):
        return None
    return PromptSpec(value["source"], _options(value.get("options")))


def _options(value: Any) -> Options:
    found = value.items() if isinstance(value, dict) else ()
    return as_options({key: text for key, text in found if isinstance(text, str)})
