"""The frozen values that cross between the analysis and the window.

Standard library and numpy only: the window imports this module before torch exists in the process.
Every array in here is float32 (or an integer type where said), on the CPU, C-contiguous and read-only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .visible import visible

FloatArray: TypeAlias = NDArray[np.float32]
BoolArray: TypeAlias = NDArray[np.bool_]
IntArray: TypeAlias = NDArray[np.int64]
Kind = Literal["self", "cross"]
Word = Literal["induction", "previous-token", "duplicate", "sink", "mixed", "reader", "none"]
"""What a verdict calls a head."""


class Cancelled(Exception):
    """A newer request exists, or the person asked to stop: the result is no longer wanted."""


class UserError(Exception):
    """One sentence for a person: what is wrong and what to do about it. Text from a file in it is made visible."""

    def __init__(self, sentence: str) -> None:
        super().__init__(visible(sentence, 1000))


class NotReady(Exception):
    """The view waits for a job (its message says which); the window asks again when the job has moved on."""


class Tick(Protocol):
    """Progress and cancellation in one callable: raises Cancelled when the result is no longer wanted."""

    def __call__(self, fraction: float = 0.0, /) -> None: ...


def no_tick(fraction: float = 0.0, /) -> None:
    """A tick for callers who neither show progress nor cancel."""


@dataclass(frozen=True)
class HeadId:
    """One attention head: "L1H5" in self-attention, "L1X5" in cross-attention; both count from 0.

    Sorted in the order in which heads write to the residual stream: by layer, self before cross, by index.
    """

    layer: int
    index: int
    kind: Kind = "self"

    def __lt__(self, other: HeadId) -> bool:
        return (self.layer, self.kind == "cross", self.index) < (other.layer, other.kind == "cross", other.index)

    @property
    def label(self) -> str:
        return f"L{self.layer}{'X' if self.kind == 'cross' else 'H'}{self.index}"

    def __str__(self) -> str:
        return self.label

    @classmethod
    def parse(cls, text: str) -> HeadId:
        """ "L1H5" or "l2x0" to a head; raises UserError on anything else."""
        match = re.fullmatch(r"[Ll](\d{1,4})([HhXx])(\d{1,4})", text.strip())
        if match is None:
            raise UserError(f"{text!r} is not a head: write L1H5 for self-attention or L1X5 for cross-attention.")
        return cls(int(match[1]), int(match[3]), "cross" if match[2] in "Xx" else "self")


# ---- figures: what a view computes and a panel draws -------------------------------------------------------------


@dataclass(frozen=True)
class Axis:
    """One axis of a figure: `size` cells, named; cells are labelled, or numbered from `first`."""

    name: str
    size: int
    labels: tuple[str, ...] = ()
    first: int = 0
    unit: str = ""
    heads: tuple[HeadId, ...] = ()
    """The head that each cell stands for, where cells are heads: a click on the cell selects it."""
    tokens: tuple[int, ...] = ()
    """Where in the prompt each cell begins, rising, where cells are strokes or words of it."""

    def __post_init__(self) -> None:
        for what in (self.labels, self.heads, self.tokens):
            if what and len(what) != self.size:
                raise ValueError(f"axis {self.name!r} has {self.size} cells but {len(what)} labels")

    def label(self, cell: int) -> str:
        return self.labels[cell] if self.labels else str(self.first + cell)


@dataclass(frozen=True)
class Scale:
    """How values become colours; travels with the figure, so that nothing auto-levels.

    sequential: low … high, linear. log: logarithmic, low > 0. diverging: symmetric about 0, low = −high.
    """

    kind: Literal["sequential", "log", "diverging"]
    low: float
    high: float
    label: str

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"a scale from {self.low} to {self.high} is empty")
        if self.kind == "diverging" and self.low != -self.high:
            raise ValueError("a diverging scale is symmetric about 0")
        if self.kind == "log" and self.low <= 0:
            raise ValueError("a logarithmic scale starts above 0")


@dataclass(frozen=True)
class Provenance:
    """Where a figure comes from, in words: enough to make it again."""

    checkpoint: str = ""
    sha256: str = ""
    head: str = ""
    prompt: str = ""
    definition: str = ""
    version: str = ""
    recipe: Recipe | None = None


def _frozen(array: Any, shape: tuple[int | None, ...], what: str, dtype: Any = np.float32) -> Any:
    """`array` of `dtype`, C-contiguous, read-only; raises ValueError when its shape is not `shape` (None: any)."""
    result = np.ascontiguousarray(array, dtype=dtype)
    if result.ndim != len(shape) or any(
        want not in (None, have) for want, have in zip(shape, result.shape, strict=True)
    ):
        raise ValueError(f"{what} has shape {result.shape}, not {shape}")
    if result.flags.writeable:
        result = result.view()
        result.flags.writeable = False
    return result


@dataclass(frozen=True, eq=False)
class Heatmap:
    """A matrix as colours. NaN marks a cell that is undefined (drawn as such, never as zero)."""

    title: str
    values: FloatArray
    rows: Axis
    cols: Axis
    scale: Scale
    provenance: Provenance = Provenance()
    note: str = ""
    """One short line under the title: what a reader must know to read the picture (norm folded, lag, block)."""
    cell_heads: tuple[tuple[HeadId | None, ...], ...] = ()
    """The head that each cell stands for ([rows][cols]), where cells are heads."""
    marked: tuple[int, int] | None = None
    """A cell to outline: (row, col)."""
    levels: tuple[FloatArray, ...] = ()
    """`values` pooled by largest magnitude, 2 × 2 a step; levels[0] is `values`. Empty: draw `values`."""
    faint: BoolArray | None = None
    """[rows, cols]: cells that are not significant, drawn dimmed and hatched; the note says by which test."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _frozen(self.values, (self.rows.size, self.cols.size), "heatmap"))
        if self.faint is not None:
            object.__setattr__(self, "faint", _frozen(self.faint, self.values.shape, "faint", np.bool_))
        if self.cell_heads and len(self.cell_heads) != self.rows.size:
            raise ValueError("cell_heads needs one row for each row of values")


@dataclass(frozen=True, eq=False)
class Series:
    """One line of a Curves figure; NaN leaves a gap."""

    label: str
    y: FloatArray
    head: HeadId | None = None
    emphasis: bool = False


@dataclass(frozen=True, eq=False)
class Curves:
    """Lines over one shared x."""

    title: str
    x: FloatArray
    series: tuple[Series, ...]
    x_name: str
    y_name: str
    provenance: Provenance = Provenance()
    note: str = ""
    y_range: tuple[float, float] | None = None
    bars: bool = False
    """Draw bars instead of lines (spectra)."""
    marks: tuple[tuple[float, str], ...] = ()
    """Vertical lines with a label, at x (for example the lags 1, L − 1, L)."""

    def __post_init__(self) -> None:
        x = _frozen(self.x, (None,), "x")
        object.__setattr__(self, "x", x)
        for line in self.series:
            object.__setattr__(line, "y", _frozen(line.y, (len(x),), f"series {line.label!r}"))


@dataclass(frozen=True, eq=False)
class Scatter:
    """Labelled points in a plane with equal axes, for example eigenvalues."""

    title: str
    points: FloatArray  # [n, 2]
    x_name: str
    y_name: str
    labels: tuple[str, ...] = ()
    provenance: Provenance = Provenance()
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", _frozen(self.points, (None, 2), "points"))
        if self.labels and len(self.labels) != len(self.points):
            raise ValueError("one label for each point")


@dataclass(frozen=True)
class Row:
    """One row of a Table: texts, a tooltip, and the head or (earlier, later) pair that a click selects."""

    cells: tuple[str, ...]
    tip: str = ""
    head: HeadId | None = None
    pair: tuple[HeadId, HeadId] | None = None
    heading: bool = False
    folds: bool = False
    """Of a heading: the rows under it are hidden until it is clicked."""
    prose: bool = False
    """The first cell is a sentence: it runs over all columns and as many lines as it needs."""


@dataclass(frozen=True)
class Table:
    """Text in rows and columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    provenance: Provenance = Provenance()
    note: str = ""
    spare: tuple[str, ...] = ()
    """Columns of these names go, one name after the other, where there is no room: the rows' tooltips say the same."""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"a row of {len(row.cells)} cells under {len(self.columns)} columns")


@dataclass(frozen=True, eq=False)
class Ink:
    """Handwriting as strokes in the order of their tokens: a stroke is one pen movement, a θ and an r.

    Lengths are in units of the data; y grows downwards, as on a page. Raises ValueError for parts that do not fit.
    """

    title: str
    strokes: FloatArray  # [n, 4]: x, y where it starts, x, y where it ends; n ≥ 1
    down: BoolArray  # [n]: whether the pen draws
    tokens: IntArray  # [n, 2]: the positions of its θ and its r in the prompt
    words: tuple[int, ...]
    """The first stroke of each word, the first of them 0. Words of one line stand at their places but for the space
    between them; the first stroke of a later word is the point where the word begins."""
    labels: tuple[str, ...]
    """All tokens of the prompt, [T]."""
    letters: tuple[str, ...] = ()
    """The text that is written, [C]; empty without cross-attention."""
    reading: FloatArray = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """Attention of every token to every letter, [T, C]; [0, C] where there is none."""
    reader: str = ""
    """Whose attention that is: one head, or the mean of several."""
    provenance: Provenance = Provenance()
    note: str = ""

    def __post_init__(self) -> None:
        strokes = _frozen(self.strokes, (None, 4), "strokes")
        object.__setattr__(self, "strokes", strokes)
        object.__setattr__(self, "down", _frozen(self.down, (len(strokes),), "down", np.bool_))
        object.__setattr__(self, "tokens", _frozen(self.tokens, (len(strokes), 2), "tokens", np.int64))
        rows = len(self.labels) if len(self.reading) else 0
        object.__setattr__(self, "reading", _frozen(self.reading, (rows, len(self.letters)), "reading"))
        if not len(strokes) or not np.isfinite(strokes).all():
            raise ValueError("ink needs at least one stroke, and finite places")
        if self.tokens.min() < 0 or self.tokens.max() >= len(self.labels):
            raise ValueError(f"a stroke names a token outside 0 … {len(self.labels) - 1}")
        if self.words[:1] != (0,) or list(self.words) != sorted(set(self.words)) or self.words[-1] >= len(strokes):
            raise ValueError(f"{self.words} are not the first strokes of words")


@dataclass(frozen=True, eq=False)
class Graph:
    """Heads as nodes, in columns in the order in which they write; edges between them with a strength.

    Edges below a threshold are hidden; a person drags it. A click on an edge selects its pair.
    """

    title: str
    nodes: tuple[HeadId, ...]
    edges: IntArray  # [n, 2]: the earlier and the later head, as indices of nodes
    strengths: FloatArray  # [n], above 0
    strength_name: str
    threshold: float
    """Where it stands at first."""
    node_values: FloatArray  # [nodes], 0 … 1: the nodes' colours; NaN where unknown
    node_name: str
    marked: int | None = None
    """The edge that is selected."""
    below: Curves | None = None
    """What the selected edge does, drawn under the graph."""
    provenance: Provenance = Provenance()
    note: str = ""
    selected: int | None = None
    """The node of the selected head."""

    def __post_init__(self) -> None:
        edges = _frozen(self.edges, (None, 2), "edges", np.int64)
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "strengths", _frozen(self.strengths, (len(edges),), "strengths"))
        object.__setattr__(self, "node_values", _frozen(self.node_values, (len(self.nodes),), "node values"))
        if len(edges) and not (edges.min() >= 0 and edges.max() < len(self.nodes)):
            raise ValueError(f"an edge names a node outside 0 … {len(self.nodes) - 1}")
        if self.selected is not None and not 0 <= self.selected < len(self.nodes):
            raise ValueError(f"there is no node {self.selected} to mark")
        if self.marked is not None and not 0 <= self.marked < len(edges):
            raise ValueError(f"there is no edge {self.marked} to mark")


Figure: TypeAlias = Heatmap | Curves | Scatter | Ink | Graph | Table


# ---- what the window asks for ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Option:
    """One control of a view or a prompt source. Options of one key share their value between views."""

    key: str
    label: str
    default: str
    kind: Literal["choice", "number", "decimal", "file", "text", "kept"] = "choice"
    """"kept": without a control; an action of the window sets it."""
    choices: tuple[tuple[str, str], ...] = ()
    """(value, text shown), for kind "choice"."""
    low: float = 0
    high: float = 1_000_000
    """Bounds for kinds "number" and "decimal"."""
    tip: str = ""
    when: tuple[str, tuple[str, ...]] | None = None
    """(key, values): shown only while the choice of that key has one of these values."""
    rare: bool = False
    """Shown on demand, so that it does not crowd the others."""
    rotary: bool = False
    """Shown for models with rotary positions only: others do not depend on it."""


Options: TypeAlias = tuple[tuple[str, str], ...]
"""(key, value) pairs, sorted by key: hashable, so that it can be part of a cache key."""


def as_options(values: dict[str, str]) -> Options:
    return tuple(sorted(values.items()))


@dataclass(frozen=True)
class Selection:
    """Everything a view may depend on, beside the model: one value, compared and hashed as one."""

    head: HeadId
    pair: HeadId | None = None
    """The earlier head of the composition pair whose later head is `head`."""
    sample: int | None = 0
    """Which sample of the prompt; None: the mean over all of them."""
    options: Options = ()

    def option(self, key: str, default: str) -> str:
        return dict(self.options).get(key, default)


@dataclass(frozen=True)
class PromptSpec:
    """A prompt source by its key, with the values of its options."""

    source: str
    options: Options = ()

    def option(self, key: str, default: str) -> str:
        return dict(self.options).get(key, default)


@dataclass(frozen=True)
class Recipe:
    """What to ask of a session to get a figure again; `analysis.recipe` writes and reads it."""

    view: str
    selection: Selection
    """With all options of the view, defaults too."""
    path: str = ""
    """The checkpoint: a path, or the key of a demo."""
    n_heads: int = 0
    """The head count that was chosen; 0 where the file tells it."""
    data: str = ""
    """The handwriting data set that was at hand."""
    prompt: PromptSpec | None = None
    """None: the view does not depend on it."""
    tokens: tuple[tuple[int, ...], ...] = ()
    """The sample, or all samples of a mean; empty where they are too many to be kept."""
    context: tuple[tuple[int, ...], ...] = ()
    prompt_sha256: str = ""
    """Of all tokens and contexts."""
    seed: int = 0
    samples: int = 32
    """Of the prompts that scores are measured on."""


# ---- what the window is told -------------------------------------------------------------------------------------

Dependency: TypeAlias = str
""""head", "pair", "sample", "prompt", "scores", "composition", or the key of a study."""


@dataclass(frozen=True)
class ViewInfo:
    """A view as the window sees it."""

    key: str
    panel: str
    """"attention", "qk", "ov", "composition", "effects", "card" or "ink"."""
    title: str
    tip: str
    options: tuple[Option, ...] = ()
    depends: frozenset[Dependency] = frozenset({"head"})
    """What its figure changes with: the window asks again only when one of these has changed."""
    order: int = 100
    formula: str = ""
    """What is drawn, as a formula on one line, in the words of Help ▸ Symbols."""


@dataclass(frozen=True)
class PromptInfo:
    """A prompt source as the window sees it."""

    key: str
    title: str
    tip: str
    options: tuple[Option, ...] = ()
    order: int = 100
    handwriting: bool = False
    """Offered only for models that read handwriting."""
    tokenizer: bool = False
    """Needs a model that comes with a tokenizer."""


@dataclass(frozen=True)
class StudyInfo:
    """A study as the window sees it."""

    key: str
    title: str
    """What it is called while it runs."""
    tip: str = ""
    follows_prompt: bool = True
    """Whether its results are those of the prompt in force, and are forgotten with it."""
    order: int = 100


@dataclass(frozen=True)
class ScoreInfo:
    """A head score as the window sees it: a column of the tree."""

    key: str
    title: str
    short: str
    """At most six letters, for a column's head."""
    definition: str
    """One sentence, with the range and the variant."""
    source: str
    low: float
    high: float
    kinds: tuple[Kind, ...] = ("self",)
    order: int = 100
    number_format: str = ".2f"
    """How the value is written, as in format(value, number_format)."""
    formula: str = ""
    """The definition as a formula on one line."""


DEMO_PREFIX = "demo:"


def names_demo(path: str) -> bool:
    """Whether what stands where a path can be given is the key of a demo."""
    return path.startswith(DEMO_PREFIX)


@dataclass(frozen=True)
class DemoInfo:
    """A model that comes with the program."""

    key: str
    """"demo:textbook": stands for the path of its file wherever one can be given."""
    title: str
    tip: str


@dataclass(frozen=True)
class Catalogue:
    """What this program can do, told to the window once the analysis is loaded."""

    views: tuple[ViewInfo, ...]
    prompts: tuple[PromptInfo, ...]
    scores: tuple[ScoreInfo, ...]
    formats: tuple[str, ...]
    demos: tuple[DemoInfo, ...]
    devices: tuple[str, ...]
    """Devices that can be chosen, best first: "cuda:0", "mps", "cpu"."""
    device_notes: tuple[str, ...] = ()
    """What they are, and why others are not there: lines for a person."""


@dataclass(frozen=True)
class HeadChoice:
    """A head count that the shapes allow, with what speaks for it."""

    n_heads: int
    loss: float | None
    """Mean loss in nats on real data with this head count; None where no data were at hand."""
    note: str = ""


@dataclass(frozen=True)
class Certificate:
    """What was checked after loading, each line in words; ok only if every check passed."""

    ok: bool
    lines: tuple[str, ...]


@dataclass(frozen=True)
class ModelFacts:
    """What is known of the loaded model."""

    path: str
    name: str
    sha256: str
    family: str
    evidence: tuple[str, ...]
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_model: int
    d_head: int
    d_vocab: int
    n_ctx: int
    n_params: int
    positions: str
    heads: tuple[HeadId, ...]
    """All heads, in the order in which they write to the residual stream; none in a file of no known architecture."""
    device: str
    precision: str
    certificate: Certificate
    unused_tensors: tuple[str, ...] = ()
    head_choices: tuple[HeadChoice, ...] = ()
    """Other head counts that the shapes allow; empty when the file tells the head count."""
    demo: str = ""
    """The key of the demo that this is, "demo:textbook"; empty for any other file."""
    weights_only: str = ""
    """A sentence saying why attention is not offered; empty when it is."""
    ignored: tuple[str, ...] = ()
    """What in the file was not understood, as "where: what"."""
    tokenizer: str = ""
    """The file that turns text into tokens; empty when there is none."""
    handwriting: bool = False
    """Whether the tokens are pen movements, so that handwriting can be the prompt."""
    data_problem: str = ""
    """Why the data set that was given with the file is not used; empty when it is, or none was given."""

    @property
    def has_cross(self) -> bool:
        return any(head.kind == "cross" for head in self.heads)


@dataclass(frozen=True)
class PromptFacts:
    """The prompt that is in force, as shown in the prompt strip."""

    spec: PromptSpec
    description: str
    n_samples: int
    n_tokens: int
    labels: tuple[tuple[str, ...], ...]
    """[samples][tokens]"""
    context_labels: tuple[tuple[str, ...], ...] = ()
    """[samples][context tokens]; empty without cross-attention"""
    period: int | None = None
    """Length of the repeated piece, where there is one."""
    start: int = 0
    """Position of the first token of the first copy (1 after a BOS)."""
    handwriting: bool = False
    """Whether the tokens are pen movements that can be drawn: the view "ink" exists."""
    sha256: str = ""
    """Of all tokens and contexts, as 64-bit integers."""


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """The scores of every head: for each key and kind [layers, heads], NaN where undefined or not yet computed."""

    values: dict[str, dict[Kind, FloatArray]]
    errors: dict[str, dict[Kind, FloatArray]]
    """Standard error of the mean over the samples, where the score is a mean over samples."""
    behaviour: dict[str, float] = field(default_factory=dict)
    """"first_loss" and "second_loss": mean loss in nats on the first and second copy of the scoring prompt."""

    def value(self, key: str, head: HeadId) -> float:
        return _cell(self.values, key, head)

    def error(self, key: str, head: HeadId) -> float:
        return _cell(self.errors, key, head)

    def highest(self, key: str) -> HeadId | None:
        """The self-attention head with the highest value of a score; None where none is defined."""
        array = self.values.get(key, {}).get("self")
        if array is None or not np.isfinite(array).any():
            return None
        layer, index = divmod(int(np.nanargmax(array)), array.shape[1])
        return HeadId(layer, index)


def _cell(arrays: dict[str, dict[Kind, FloatArray]], key: str, head: HeadId) -> float:
    array = arrays.get(key, {}).get(head.kind)
    if array is None or head.layer >= array.shape[0] or head.index >= array.shape[1]:
        return float("nan")
    return float(array[head.layer, head.index])


@dataclass(frozen=True, eq=False)
class JobUpdate:
    """How far a job has come; `scores` holds the partial or final table of the scoring job."""

    key: str
    """"check", or the Dependency whose views are asked for again: "scores", "composition" or a study's key."""
    title: str
    fraction: float
    done: bool = False
    changed: bool = False
    """Whether views that depend on the job would now draw something new."""
    scores: ScoreTable | None = None
    facts: ModelFacts | None = None
    """The model's facts, when the job has found out more about it."""
    words: tuple[tuple[HeadId, Word], ...] = ()
    """The words of heads, when the job has found them: by attention alone, before any ablation."""
    failure: str = ""
    """One sentence, when the job ended because it could not go on."""
