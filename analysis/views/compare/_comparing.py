"""What the three figures of a comparison share: which two figures they are made of, on one scale."""

from collections.abc import Callable
from dataclasses import replace

from analysis.figures.axis import Scale
from analysis.figures.figure import Figure
from analysis.figures.heatmap import Heatmap
from analysis.session.session import Session
from analysis.values import HeadId, Option, Selection, Tick, UserError, ViewInfo
from analysis.values.infos import Panel
from analysis.values.work import finish
from analysis.views import View
from analysis.views._shared import signed
from analysis.views.attention import mosaic, pattern
from analysis.views.qk_ov import ov, qk

NAMES = {"pattern": "attention", "mosaic": "scores of all heads", "qk_residual": "QK", "qk_tokens": "QK in tokens",
         "ov_residual": "OV", "ov_tokens": "OV in tokens"}  # fmt: skip
BASES = {view.info.key: view for view in (pattern.VIEW, mosaic.VIEW, *qk.VIEWS, *ov.VIEWS) if view.info.key in NAMES}
WHAT = Option("compare_view", "compare", "pattern", choices=tuple((key, NAMES[key]) for key in BASES),
              tip="What is drawn of both, on one scale.")  # fmt: skip
HEAD = Option("compare_head", "head", "", "kept", tip="The pinned head; empty: the selected one.")
CHECKPOINT = Option("compare_checkpoint", "checkpoint", "", "kept", tip="The second checkpoint; empty: the open one.")
NOTHING = "Nothing is pinned: pin a head under Go ▸ Pin head, or choose Model ▸ Compare with checkpoint."
Make = Callable[[Heatmap, Heatmap], Heatmap]


def options() -> tuple[Option, ...]:
    """What is drawn, what is compared with, and what the compared views have: their own panels show the controls."""
    shared = {option.key: replace(option, kind="kept") for base in BASES.values() for option in base.info.options}
    return (WHAT, HEAD, CHECKPOINT, *shared.values())


def both(session: Session, selection: Selection, tick: Tick) -> tuple[Heatmap, Heatmap]:
    """The selected head's figure and the other's, on the scale that holds both.

    Raises UserError when nothing was chosen to compare with or the two do not have the same cells.
    """
    _ = session.model  # Says of a file of no known architecture that it has no heads.
    pinned, path = (selection.option(option.key, "") for option in (HEAD, CHECKPOINT))
    if not pinned and not path:
        raise UserError(NOTHING)
    base = BASES[selection.option(WHAT.key, WHAT.default)]
    there = finish(session.other(path), tick) if path else session
    head = HeadId.parse(pinned) if pinned else selection.head
    first = base.compute(session, selection, tick)
    session.model.head(head)
    compared = replace(selection, head=head, pair=None)
    if path and base is mosaic.VIEW:
        second: Figure = mosaic.picture(there, compared, session.study("other_scores", path)[0])
    else:
        second = base.compute(there, compared, tick)
    assert isinstance(first, Heatmap) and isinstance(second, Heatmap)  # noqa: PT018
    if first.values.shape != second.values.shape:
        raise UserError(f"{selection.head} and {head} read different things; compare two heads of one kind.")
    scale = _joined(first.scale, second.scale)
    name = f"{second.title} in {there.loaded.facts.name}" if path else f"{second.title} (pinned)"
    return replace(first, scale=scale), replace(second, scale=scale, title=name)


def difference(first: Heatmap, second: Heatmap) -> Heatmap:
    """First less second, diverging about 0."""
    values = first.values - second.values
    scale = signed(values, f"difference of {first.scale.label}")
    return replace(
        first, title="Difference", values=values, scale=scale, note=f"{first.title}, less {second.title}", marked=None
    )


def view(key: Panel, title: str, tip: str, make: Make, order: int) -> View:
    """One of the three; `make` takes both figures."""

    def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
        return make(*both(session, selection, tick))

    depends = frozenset({"head", "sample", "prompt", "scores", "other_scores"})
    formula = "selected − compared, cell by cell" if key == "compare_difference" else "as in the view that is compared"
    return View(ViewInfo(key, key, title, tip, options(), depends, order, formula=formula), compute)


def _joined(first: Scale, second: Scale) -> Scale:
    return replace(first, low=min(first.low, second.low), high=max(first.high, second.high))
