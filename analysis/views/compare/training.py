"""Scores over the checkpoints of a folder: when induction forms, and whether behaviour follows."""

import numpy as np

from analysis.figures.curves import Curves, Series
from analysis.session.session import Session
from analysis.studies.compare.training import KEYS, Point
from analysis.values import Option, Selection, Tick, UserError, ViewInfo
from analysis.views import View

FOLDER = Option("training_folder", "folder", "", "kept", tip="A folder of checkpoints.")
WHAT = Option(
    "training_view", "show", "scores",
    choices=(("scores", "best heads"), ("heads", "every head"), ("loss", "loss of copies")),
    tip="The best head's scores; the induction score of every head; or the loss on both copies, whose difference is "
    "in-context learning.",
)
NAMES = {"induction": "induction, best head", "stripe": "best stripe", "previous": "previous token, best head"}


def compute(session: Session, selection: Selection, tick: Tick) -> Curves:
    """One point a checkpoint; files that could not be scored are gaps, and named in the note."""
    _ = session.model  # Says of a file of no known architecture that it has no heads.
    folder = selection.option(FOLDER.key, "")
    if not folder:
        raise UserError("Choose a folder of checkpoints under Analysis ▸ Score a folder; each becomes a point.")
    points, whole = session.study("training", folder)
    what = selection.option(WHAT.key, WHAT.default)
    problems = [f"{point.name}: {point.problem}" for point in points if point.problem]
    note = f"{len(points)} checkpoints{'' if whole else ' so far'}, 50 random tokens × 2, {session.samples} samples"
    steps = np.array([point.step for point in points], np.float32)
    if what == "loss":
        title, y_name, y_range = "Loss on both copies over training", "loss (nats)", None
        series = [("copy 1", [p.first_loss for p in points]), ("copy 2", [p.second_loss for p in points])]
    elif what == "heads":
        title, y_name, y_range = "Induction score of every head over training", "induction", (0.0, 1.0)
        series = [(str(head), [dict(p.induction).get(head, np.nan) for p in points]) for head in _heads(points)]
    else:
        title, y_name, y_range = "Best heads over training", "score", (0.0, 1.0)
        series = [(NAMES[key], [_best(p, key) for p in points]) for key in KEYS]
    lines = tuple(Series(name, np.array(values, np.float32), emphasis=name == "copy 2") for name, values in series)
    note += f"; {problems[0]}" + (f" and {len(problems) - 1} more" if problems[1:] else "") if problems else ""
    return Curves(title, steps, lines, "step", y_name, note=note, y_range=y_range)


def _heads(points: tuple[Point, ...]) -> list[object]:
    return list(dict.fromkeys(head for point in points for head, _ in point.induction))


def _best(point: Point, key: str) -> float:
    return next((value for name, _, value in point.best if name == key), float("nan"))


VIEW = View(
    ViewInfo(
        "training", "compare_first", "Training",
        "Scores of a folder of checkpoints, one after another: it shows when induction heads form.", (WHAT, FOLDER),
        frozenset({"training"}), 90, formula="best head: max over heads of each score;  copies: mean loss in nats",
    ),
    compute,
)
