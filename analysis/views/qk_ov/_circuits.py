"""A QK or OV circuit as a figure: a heatmap in some basis on each side, or its singular values as bars."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analysis.figures.axis import Axis
from analysis.figures.curves import Curves, Series
from analysis.figures.heatmap import Heatmap
from analysis.measures.circuits import Factored
from analysis.model.model import Config
from analysis.session.session import Session
from analysis.values import HeadId, Option, Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import number, numpy, signed

BLOCK = 640
"""The most rows and columns in tokens that are multiplied out at once."""

NORM = Option(
    "norm", "norm", "raw", choices=(("raw", "raw"), ("folded", "folded")),
    tip="raw: the matrices alone. folded: the gains of all norms on the way (and LayerNorm's centring) multiplied in.",
)
LENGTHS = Option(
    "norm_lengths", "lengths", "out", choices=(("out", "left out"), ("own", "divided")), when=("norm", ("folded",)),
    tip="Norms divide by a length. left out: they do not. divided: by the one that each row of the embedding has by "
    "itself, as when the head reads nothing else.",
)
LAG = Option(
    "lag", "lag", "0", "number", high=100_000,
    tip="The query stands this many tokens after the key: rotary positions turn one against the other.", rotary=True,
)
FIRST_ROW = Option("first_row", "from row", "0", "number", high=10_000_000, tip=f"First row of the {BLOCK} shown.")
FIRST_COL = Option("first_col", "column", "0", "number", high=10_000_000, tip=f"First column of the {BLOCK} shown.")


@dataclass(frozen=True)
class Circuit:
    """What is drawn: `factors(model, head, folded)`, with `lag=` where `lagged` and `divided=` where `by_rows`."""

    factors: Callable[..., Factored]
    lagged: bool = False
    by_rows: bool = False
    """Of the rows of an embedding, which have lengths."""

    @property
    def options(self) -> tuple[Option, ...]:
        return (NORM, *[LENGTHS] * self.by_rows, *[LAG] * self.lagged)

    def of(self, session: Session, selection: Selection) -> tuple[Factored, str]:
        """The factors for the selected head, and words for how they were made."""
        model, more = session.model, dict[str, int | bool]()
        lengths = self.by_rows and selection.option(LENGTHS.key, LENGTHS.default) == "own"
        words = norm_words(model.config, folded(selection), lengths)
        if self.lagged:
            more["lag"] = number(selection, "lag")
            words += f", lag {more['lag']}" if model.config.positions == "rotary" else ""
        if self.by_rows:
            more["divided"] = lengths and folded(selection)
        return self.factors(model, selection.head, folded(selection), **more), words


@dataclass(frozen=True)
class Side:
    """The basis of the rows or columns."""

    name: str
    """Of the axis."""
    basis: str = "dimensions"
    """"dimensions" and "positions" are shown whole; "tokens" and "context tokens" by their labels, BLOCK at a time."""

    @property
    def in_blocks(self) -> bool:
        return self.basis.endswith("tokens")

    def cells(self, selection: Selection, first: Option, size: int) -> slice:
        """What is shown of `size` cells: at most BLOCK tokens from the chosen `first`, moved back where they end."""
        if not self.in_blocks:
            return slice(0, size)
        low = max(0, min(number(selection, first.key), size - BLOCK))
        return slice(low, min(low + BLOCK, size))

    def axis(self, session: Session, head: HeadId, cells: slice) -> Axis:
        """The context's tokens differ from the model's own for a cross-attention head alone."""
        if not self.in_blocks:
            return Axis(self.name, cells.stop)
        context = self.basis == "context tokens" and head.kind == "cross"
        vocabulary = session.model.context_vocabulary if context else session.model.vocabulary
        assert vocabulary is not None
        labels = tuple(vocabulary.label(token) for token in range(cells.start, cells.stop))
        return Axis(self.name, cells.stop - cells.start, labels, cells.start)


def matrix(
    info: ViewInfo, heading: str, circuit: Circuit, rows: Side, cols: Side, value: str | Callable[[Config], str],
    capped: Callable[[Config], str] = lambda config: "",
) -> View:  # fmt: skip
    """A view of the circuit as a heatmap of `value`; only the block on show is multiplied out.

    `capped`: what to say of a cap that comes after it.
    """

    def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
        head, config = selection.head, session.model.config
        factors, note = circuit.of(session, selection)
        n_rows, n_cols = factors.left.shape[0], factors.right.shape[1]
        shown = rows.cells(selection, FIRST_ROW, n_rows), cols.cells(selection, FIRST_COL, n_cols)
        values = numpy(factors.block(*shown))
        note += capped(config)
        note += window_words(shown[0], n_rows, shown[1], n_cols)
        note += shared_words(session, head) if rows.basis == cols.basis == "dimensions" else ""
        axes = rows.axis(session, head, shown[0]), cols.axis(session, head, shown[1])
        name = value if isinstance(value, str) else value(config)
        return Heatmap(f"{head} {heading}", values, *axes, signed(values, name), note=note)

    first = tuple(option for side, option in ((rows, FIRST_ROW), (cols, FIRST_COL)) if side.in_blocks)
    return View(replace(info, options=(*circuit.options, *first)), compute)


def singular(info: ViewInfo, heading: str, circuit: Circuit) -> View:
    """A view of the d_head singular values, largest first; the note says how many of them hold 90 % of ‖·‖²."""

    def compute(session: Session, selection: Selection, tick: Tick) -> Curves:
        factors, note = circuit.of(session, selection)
        values = numpy(factors.singular_values())
        energy = np.cumsum(values.astype(np.float64) ** 2)
        rank = int(np.searchsorted(energy, 0.9 * energy[-1])) + 1 if energy[-1] > 0 else 0
        return Curves(
            f"{selection.head} {heading}", np.arange(1, len(values) + 1, dtype=np.float32),
            (Series("singular value", values, emphasis=True),), "rank", "singular value",
            note=f"{note}; {rank} of {len(values)} directions hold 90 % of ‖·‖²",
            y_range=(0.0, float(values.max(initial=0.0)) * 1.08 or 1.0), bars=True,
        )

    return View(replace(info, options=circuit.options), compute)


def folded(selection: Selection) -> bool:
    return selection.option(NORM.key, NORM.default) == "folded"


def norm_words(config: Config, folded: bool, divided: bool = False) -> str:
    """How norms come into a circuit, and what of them does not."""
    if not folded:
        return "raw weights"
    if config.norm == "none":
        return "raw weights, for there are no norms"
    if config.weights_only:
        return "raw weights, for the norms are not known"
    kinds = "norms" + (", q/k norms too," if config.qk_norm else "")
    if divided:
        return f"gains of {kinds} folded in, each row divided by its own lengths"
    return f"gains of {kinds} folded in, their division by the length left out"


def window_words(rows: slice, n_rows: int, cols: slice, n_cols: int) -> str:
    """What part of a larger matrix is shown; empty when all of it is."""
    if rows.stop - rows.start == n_rows and cols.stop - cols.start == n_cols:
        return ""
    return f", rows {rows.start}–{rows.stop - 1} of {n_rows}, columns {cols.start}–{cols.stop - 1} of {n_cols}"


def shared_words(session: Session, head: HeadId) -> str:
    """Says which query heads share this head's keys and values, where they do."""
    config = session.model.config
    if head.kind == "cross" or config.n_heads == config.n_kv_heads:
        return ""
    group = config.n_heads // config.n_kv_heads
    first = head.index // group * group
    return f", keys and values shared by L{head.layer}H{first}–{first + group - 1}"
