"""A folder of checkpoints scored in the order of training: when do induction heads form, and does behaviour follow?"""

import re
from dataclasses import dataclass
from pathlib import Path

from analysis.measures.scoring import Scoring
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import HeadId, StudyInfo, UserError
from analysis.values.work import Work, part

ENDINGS = (".safetensors", ".ckpt", ".pt", ".pth", ".bin")
KEYS = ("induction", "stripe", "previous")
"""Scores that are followed; the best head of each."""


@dataclass(frozen=True)
class Point:
    """One checkpoint: its step, and what was measured of it or why nothing was."""

    step: float
    name: str
    best: tuple[tuple[str, HeadId, float], ...] = ()
    """(score, the head that has most of it, how much)."""
    induction: tuple[tuple[HeadId, float], ...] = ()
    """The induction score of every self-attention head."""
    first_loss: float = float("nan")
    second_loss: float = float("nan")
    """Mean loss in nats on the two copies of the scoring prompt; their difference is in-context learning."""
    problem: str = ""


def checkpoints(folder: str) -> list[tuple[float, Path]]:
    """(step, file) of every checkpoint in a folder, in the order of their steps.

    The step is the last number of the name ("step-2000.pt", "model_2000_steps.pt"); without numbers in all of them,
    files are counted in the order of their names. Raises UserError for a folder that holds none.
    """
    place = Path(folder)
    try:
        files = sorted(file for file in place.iterdir() if file.is_file() and file.suffix in ENDINGS)
    except OSError as error:
        raise UserError(f"{folder} cannot be read ({error.strerror or error}); choose a folder.") from None
    if not files:
        raise UserError(f"{place.name} holds no checkpoints; choose a folder of .safetensors, .ckpt or .pt files.")
    numbers = [re.findall(r"\d+", file.stem) for file in files]
    if all(numbers):
        return sorted((float(found[-1]), file) for found, file in zip(numbers, files, strict=True))
    return [(float(place), file) for place, file in enumerate(files)]


def run(session: Session, what: str) -> Work[tuple[Point, ...]]:
    """`what` is the folder; the result grows with every checkpoint."""
    files, found = checkpoints(what), tuple[Point, ...]()
    for number, (step, path) in enumerate(files):
        point = yield from part(measure(session, step, path), number / len(files), (number + 1) / len(files))
        found = (*found, point)
        yield (number + 1) / len(files), found
    return found


def measure(session: Session, step: float, path: Path) -> Work[Point]:
    """Open and score one checkpoint in a session of its own; a file that cannot be scored is a point that says why."""
    other = type(session)(str(session.device))
    facts = session.loaded.facts
    try:
        other.open(str(path), facts.n_heads if facts.head_choices else None)
        yield 0.2, None
        scores = [score for score in other.scores if score.info.key in KEYS]
        scoring = Scoring(other.model, scores, other.prompts, session.seed, session.samples)
        table = yield from part(scoring.run(), 0.2, 1.0)
    except UserError as error:
        return Point(step, path.name, problem=str(error))
    best = ((key, table.highest(key)) for key in KEYS)
    heads = [head for head in other.model.heads if head.kind == "self"]
    return Point(
        step, path.name, tuple((key, head, table.value(key, head)) for key, head in best if head is not None),
        tuple((head, table.value("induction", head)) for head in heads),
        table.behaviour.get("first_loss", float("nan")), table.behaviour.get("second_loss", float("nan")),
        "; ".join(table.problems),
    )


STUDY = Study(StudyInfo("training", "Scoring the folder", follows_prompt=False), run)
