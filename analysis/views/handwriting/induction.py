"""Is there an induction head? One table: every head on lines that repeat, beside its nulls, and what the model does."""

import math

import numpy as np

from analysis.figures.table import Row, Table
from analysis.measures.repeats import WINDOW, Repeats
from analysis.session.session import Session
from analysis.studies.handwriting.repeats import RepeatsOptions
from analysis.values import HeadId, Option, Selection, Tick, UserError, ViewInfo
from analysis.verdict.repeat_verdict import MEASURES, Comparison, comparisons, mean, trial_words, verdict
from analysis.views import View
from analysis.views._shared import number

MEASURE = Option(
    "repeats_measure", "measure", "induction",
    choices=tuple(zip(MEASURES, ("induction", "best stripe", "prefix matching"), strict=True)),
    tip="induction: attention to the token after the query's counterpart in the first part. best stripe: the same up "
    "to 7 tokens past it. prefix matching: attention to all that followed the same two tokens before, added up.",
)
LINES = Option("repeats_lines", "lines", "24", "number", low=2, high=500, tip="Lines in every trial.")
COLUMNS = ("", "random ×2", "null", "z", "word ×2", "null", "z", "natural", "null", "z")
BLANK = ("",) * (len(COLUMNS) - 1)
LOSS_TIP = (
    "Mean loss of a token; the second part's first movement is left out. In a natural line the second part is the word "
    "of “word ×2”, after another one."
)
TRIALS = ("random", "word", "other")
UNFINISHED = "; not done yet, more trials are running"


def compute(session: Session, selection: Selection, tick: Tick) -> Table:
    """Means over lines ± standard errors, nulls, and z of the difference; the heads that exceed their nulls most first.

    The verdict comes with the last trial. Raises UserError for a model that reads no handwriting, NotReady until the
    first trial is done.
    """
    found, whole = repeats(session, selection)
    measure = selection.option(MEASURE.key, MEASURE.default)
    by_trial = {trial: dict(zip(found.heads, comparisons(found, measure, trial), strict=False)) for trial in TRIALS}
    words = verdict(found) if whole else ("The induction trial so far",)
    rows = [Row((sentence, *BLANK), prose=True) for sentence in words[1:]]
    rows += [Row(("Loss, nats a token", *BLANK), heading=True), *_losses(found)]
    rows += [Row((f"Heads by {dict(MEASURE.choices)[measure]}, most above its null first", *BLANK), heading=True)]
    rows += [_head(found, head, measure, by_trial) for head in _ranked(found.heads, by_trial)]
    null = "what distance alone gives" if measure == "prefix" else "the second part shuffled"
    note = f"means over {found.n_lines} lines ± one standard error; null: {null}{'' if whole else UNFINISHED}"
    return Table(f"{words[0].rstrip('.')} (handwriting)", COLUMNS, tuple(rows), note=note, spare=("null",))


def repeats(session: Session, selection: Selection) -> tuple[Repeats, bool]:
    """The trials that are done, and whether those are all; raises NotReady before the first."""
    if session.model.vocabulary.codec is None:
        raise UserError("The tokens of this model are not pen movements; its scores are on repeated random tokens.")
    lines = min(max(int(number(selection, LINES.key)) or int(LINES.default), int(LINES.low)), int(LINES.high))
    found, whole = session.study("repeats", RepeatsOptions(lines, session.model.data))
    return found, whole


def _losses(found: Repeats) -> list[Row]:
    rows = []
    for part, name in enumerate(("first part", "second part")):
        cells = [name]
        for trial in TRIALS:
            for key in (trial, f"{trial}_null"):
                here = found.trials.get(key)
                error = mean(here.losses[:, part])[1] if here is not None and key == trial else math.nan
                cells.append(_with_error(here.losses[:, part].mean(), error, 2) if here is not None else "")
            cells.append("")
        rows.append(Row(tuple(cells), LOSS_TIP))
    return rows


def _head(found: Repeats, head: HeadId, measure: str, by_trial: dict[str, dict[HeadId, Comparison]]) -> Row:
    cells, tips = [str(head)], []
    for trial in TRIALS:
        one = by_trial[trial].get(head)
        if one is None:
            cells += [_unpaired(found, head, trial), "", ""]
            continue
        z = f"{one.z:+.{0 if abs(one.z) >= 100 else 1}f}" if math.isfinite(one.z) else "–"
        cells += [_with_error(one.value, one.error), _with_error(one.null, math.nan), z]
        place = f", at distance L − {one.displacement}" if measure == "stripe" else ""
        null = f"{one.null:.4f} ± {one.null_error:.1g}"
        tips.append(f"{trial_words(trial)}: {one.excess:+.4f} ± {one.excess_error:.1g} over its null of {null}{place}")
    return Row(tuple(cells), "\n".join(tips), head=head)


def _unpaired(found: Repeats, head: HeadId, trial: str) -> str:
    """Attention at the same distance, L − 1, in lines that have no null; blank where there are no such lines."""
    if trial not in found.trials:
        return ""
    lines = found.trials[trial].stripes[:, found.heads.index(head), WINDOW + 1]
    return _with_error(*mean(lines[np.isfinite(lines)]))


def _ranked(heads: tuple[HeadId, ...], by_trial: dict[str, dict[HeadId, Comparison]]) -> list[HeadId]:
    def most(head: HeadId) -> float:
        every = [one[head].excess for one in by_trial.values() if head in one]
        return max((value for value in every if math.isfinite(value)), default=-math.inf)

    return sorted(heads, key=most, reverse=True)


def _with_error(value: float, error: float, places: int = 4) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:.{places}f}" + (f" ± {error:.{places}f}" if math.isfinite(error) else "")


VIEW = View(
    ViewInfo(
        "induction", "attention", "Induction?",
        "Every self-attention head on random strokes twice, a real word twice in the same ink, and two other words, "
        "with shuffled second parts as the null; the verdict stands above.",
        (MEASURE, LINES),
        frozenset({"repeats", "prompt"}),  # another data set comes with a prompt
        38,
        formula="mean of A[i, i − L + 1], less the same on shuffled second parts",
    ),
    compute,
)
