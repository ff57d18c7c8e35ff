"""One head's attention averaged over lines of the data set: by letter, by distance, by position."""

import os

import numpy as np

from analysis.figures.axis import Axis, Scale
from analysis.figures.curves import Curves, Series
from analysis.figures.heatmap import Heatmap
from analysis.measures.averaging import REACH, LetterMeans
from analysis.session.session import Session
from analysis.studies.handwriting.averages import AveragesOptions, PositionMeans
from analysis.values import FloatArray, HeadId, Option, Selection, Tick, UserError, ViewInfo
from analysis.views import View
from analysis.views._shared import number, signed
from analysis.views.attention.pattern import FAINTEST, SCALE

FEWEST = 3
"""Lines that a pair of letters must occur in; what is seen less often is left undefined."""
TELLING = 0.01
"""Attention that must differ from what distance alone gives for a pair to be named in the note."""
STEEPEST = 3.0
"""log₂ ratios beyond this are drawn as this."""
BY = Option(
    "averages_by", "by", "letter", choices=(("letter", "letter"), ("distance", "distance"), ("position", "position")),
    tip="letter: which letter looks back at which. distance: query − key, or for cross-attention the characters from "
    "the one being written. position: the mean pattern.",
)
SHOWN = Option(
    "averages_as", "show", "attention", choices=(("attention", "attention"), ("ratio", "÷ expected")),
    tip="÷ expected, by letter: log₂ of the attention over what distance alone would give; for cross-attention, over "
    "an even spread on the text.",
)
LINES = Option("averages_lines", "lines", "64", "number", low=1, high=512, tip="Lines of three words each.")

LETTERS = Option("averages_letters", "letters", "24", "number", low=2, high=200,
                 tip="By letter: how many are shown, those of most lines first.")  # fmt: skip


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap | Curves:
    """Of the selected head; raises UserError without a handwriting model and data set, NotReady at first."""
    head, by = selection.head, selection.option(BY.key, BY.default)
    _check(session, head)
    n_lines = int(min(max(number(selection, LINES.key) or int(LINES.default), LINES.low), LINES.high))
    what = AveragesOptions(n_lines, session.model.data, head if by == "position" else None)
    means, whole = session.study("averages", what)
    note = f"{means.n_lines} lines of {os.path.basename(session.model.data or '')}" + ("" if whole else " so far")
    if isinstance(means, PositionMeans):
        return _by_position(selection, means, note)
    return _by_distance(head, means, note) if by == "distance" else _by_letter(session, selection, means, note)


def _check(session: Session, head: HeadId) -> None:
    session.model.head(head)
    if session.model.vocabulary.codec is None or not session.model.config.cross_layers:
        raise UserError("This model writes no letters of a text, so there is nothing to average by; see Pattern, mean.")
    if session.model.data is None:
        raise UserError("Averages over lines need a handwriting data set: open one, a .json or .json.zip file.")


def _by_position(selection: Selection, means: PositionMeans, note: str) -> Heatmap:
    rows, cols = (Axis(name, size) for name, size in zip(("query", "key"), means.values.shape, strict=True))
    title = f"{selection.head} by position"
    return Heatmap(title, means.values, rows, cols, _scale(selection), note=f"{note}, each as far as it is written")


def _scale(selection: Selection, high: float = 1.0) -> Scale:
    log = selection.option(SCALE.key, SCALE.default) == "log"
    high = max(high, 2 * FAINTEST)
    return Scale("log", FAINTEST, high, "mean attention") if log else Scale("sequential", 0.0, high, "mean attention")


def _by_distance(head: HeadId, means: LetterMeans, note: str) -> Curves:
    """All heads of the kind, the selected one in front."""
    heads = [one for one in means.heads if one.kind == head.kind]
    table = means.lags if head.kind == "self" else means.offsets
    x = np.arange(table.shape[1], dtype=np.float32) - (0 if head.kind == "self" else REACH)
    series = [Series(str(one), line, one, one == head) for one, line in zip(heads, table, strict=True)]
    if head.kind == "self":
        return Curves(f"{head} by distance", x, tuple(series), "lag (query − key)", "mean attention", note=note)
    note += "; 0 is the letter being written, as told by the mean of all cross-attention heads"
    name = "characters after the one being written"
    return Curves(f"{head} by distance", x, tuple(series), name, "mean attention", note=note, marks=((0.0, "written"),))


def _by_letter(session: Session, selection: Selection, means: LetterMeans, note: str) -> Heatmap:
    head = selection.head
    at = means.of(head) + (0 if head.kind == "self" else len(means.lags))
    enough = means.lines[int(head.kind == "cross")] >= FEWEST
    attention = np.where(enough, means.attention[at], np.nan)
    chance = np.where(enough, means.chance[at], np.nan)
    names = _names(session, len(attention))
    if head.kind == "self" and "␣" in names:
        attention[names.index("␣")] = np.nan  # the tokens between words write no letter
    order = np.argsort(-means.lines[1].diagonal(), kind="stable")  # the letters of most lines first
    most = int(number(selection, LETTERS.key)) or int(LETTERS.default)
    shown = [place for place in order if np.isfinite(attention[place]).any()][:most]
    columns = [place for place in order if np.isfinite(attention[:, place]).any()][:most]
    if not shown:
        raise UserError(f"No pair of letters occurs in {FEWEST} of these lines; ask for more lines.")
    ratio = selection.option(SHOWN.key, SHOWN.default) == "ratio"
    values = (_ratio(attention, chance) if ratio else attention)[np.ix_(shown, columns)]
    scale = signed(values, "log₂ attention ÷ expected") if ratio else _scale(selection, float(np.nanmax(values)))
    looks = "looks back at letter" if head.kind == "self" else "reads character"
    rows = Axis("writing letter", len(shown), tuple(names[place] for place in shown))
    cols = Axis(looks, len(columns), tuple(names[place] for place in columns))
    note += f"; {_telling(attention, chance, names)}; grey: in fewer than {FEWEST} lines"
    return Heatmap(f"{head} by letter", values, rows, cols, scale, note=note)


def _ratio(attention: FloatArray, chance: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.clip(np.log2(attention / chance), -STEEPEST, STEEPEST).astype(np.float32)


def _telling(attention: FloatArray, chance: FloatArray, names: tuple[str, ...]) -> str:
    """The pairs whose attention exceeds what is expected by most."""
    excess = np.nan_to_num(attention - chance, nan=-1.0)
    best = [np.unravel_index(place, excess.shape) for place in np.argsort(-excess, axis=None)[:3]]
    words = [f"{names[a]} → {names[b]} {attention[a, b]:.2f} ({chance[a, b]:.2f})" for a, b in best
             if excess[a, b] > TELLING]  # fmt: skip
    return "most above expected: " + ", ".join(words) if words else "no pair stands out above expected"


def _names(session: Session, size: int) -> tuple[str, ...]:
    vocabulary = session.model.context_vocabulary
    assert vocabulary is not None
    return tuple(vocabulary.label(token) for token in range(size))


VIEW = View(
    ViewInfo(
        "averages", "attention", "Averages",
        "The selected head's attention averaged over lines of the data set. Which word a stroke belongs to is known; "
        "its letter within the word is where the cross-attention heads, on average, read: the path through the word's "
        "letters that gathers most attention, forward along a pen line.",
        (BY, SHOWN, LETTERS, LINES, SCALE),
        frozenset({"head", "averages", "prompt"}),  # another data set comes with a prompt
        35,
        formula="mean of A over the lines of the data set",
    ),
    compute,
)
