"""What the Help window says, made from the same texts as menus, tooltips and column heads."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QKeySequence

from analysis.values import Catalogue
from gui.commands.menus import Menus, menu_place
from gui.window.docks import PANELS

FIRST_STEPS = (
    ("What this is for",
     "A transformer's attention heads each do something. Headscope shows what: where a head looks (its attention), "
     "what it looks for (QK), what it moves from there (OV), and which heads feed which (composition). Above all: "
     "which heads are induction heads, by which circuit, and how sure that is."),
    ("Induction",
     "An induction head continues what came before: seeing a token again, it looks at the token that followed it the "
     "last time, and predicts that one. On random tokens, repeated, it shows as a stripe at the distance L − 1, one "
     "less than the length L of the piece. It needs an earlier head that tells every token its predecessor, which "
     "K-composition shows."),
    ("Look around",
     "Click a column of the head list to rank the heads by a score; click a head to see it in all panels. A letter "
     "behind a head is its word by attention alone: i for induction, p for previous-token, and so on; the Head panel "
     "says whether ablation confirms it. Hover anything: the line at the bottom says what it is. Tabs of a panel are "
     "its views, the controls beside them their options."),
    ("Your own model",
     "File ▸ Open, or drop the file on the window; nothing in a file is ever run. Choose the prompt in the toolbar. "
     "What shapes cannot tell, such as the head count of some models, is under Model."),
    ("Colours",
     "Attention runs from 0 to 1, linear or logarithmic. Circuits have signs: their colours are symmetric about 0. "
     "Grey means undefined, which is not zero. Each figure states its scale in its colour bar: attention always has "
     "the same, matrices of weights have their own, so read the bar before you compare."),
    ("How sure",
     "A score is a mean over random samples. The head panel shows half of the 95 % interval as ±, and under All "
     "scores the standard error. Composition is shown against its exact distribution under random rotations, as z: "
     "training alone makes it large for many pairs, so that it ranks them and proves nothing. "
     "Behaviour (does the second copy get easier?) stands beside mechanism: either without the other proves little."),
)
SYMBOLS = (
    ("A[i, j]", "attention of the query at position i to the key at position j"),
    ("L", "length of the piece of random tokens that is repeated"),
    ("Δ", "distance i − j between query and key"),
    ("W_Q, W_K, W_V, W_O", "a head's weights, applied to rows: q = x W_Q; d_head columns (W_O: rows)"),
    ("W_E, W_U, W_pos", "embedding, unembedding, position embeddings"),
    ("QK = W_Q W_Kᵀ", "what the head looks for: score(i, j) = x_i QK x_jᵀ / √d_head"),
    ("OV = W_V W_O", "what the head moves, given where it looks"),
    ("‖M‖", "Frobenius norm: the root of the sum of all squares"),
    ("σ, λ", "singular values, eigenvalues"),
    ("L1H5, L1X5", "head 5 of layer 1, in self-attention and in cross-attention; both count from 0"),
    ("θ, r", "the two tokens of a pen stroke: its direction and its length"),
    ("raw, folded", "circuits as the weights are, or with the gains of all norms on the way multiplied in: before the "
     "head, of its queries and keys, after what it writes; without their division by a length"),
)
GESTURES = (
    ("Up, Down", "previous, next head (in the head list)"),
    ("Arrows, Page Up, Page Down, Home, End", "on a figure: move the cell cursor; with Shift ten cells at a time"),
    ("Enter", "on a figure: click the cell under the cursor; on the prompt: keep the token"),
    ("+, −, 0", "on a figure: zoom in, zoom out, show all again"),
    ("Wheel, drag, double click", "on a figure: zoom, zoom to a rectangle, show all again"),
    ("Right or middle drag", "on a figure: move"),
    ("Back, forward button", "of the mouse: Back, Forward"),
    ("Esc", "dismiss a message, leave the palette"),
)
"""Keys and gestures that are no actions."""


@dataclass(frozen=True)
class Entry:
    """One thing that is explained. All texts are plain."""

    title: str
    text: str
    formula: str = ""
    source: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """(label, what it does) of a view's controls."""


@dataclass(frozen=True)
class Page:
    """One tab; in a table the titles stand in a column of their own."""

    title: str
    entries: tuple[Entry, ...]
    table: bool = False


def pages(catalogue: Catalogue | None, menus: Menus) -> tuple[Page, ...]:
    """All pages; those of scores and views are empty until the analysis is loaded."""
    return (
        Page("First steps", tuple(Entry(*words) for words in FIRST_STEPS)),
        Page("Scores", tuple(_scores(catalogue))),
        Page("Views", tuple(_views(catalogue))),
        Page("Symbols", tuple(Entry(*words) for words in SYMBOLS), table=True),
        Page("Keys", tuple(Entry(*words) for words in shortcuts(menus)), table=True),
    )


def shortcuts(menus: Menus) -> list[tuple[str, str]]:
    """(keys, what they do) of every action that has keys, in the order of the menus, then the gestures."""
    lines = []
    for entry, action in sorted(menus.entries(), key=lambda pair: menu_place(pair[0].menu)):
        keys = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
        if keys:
            lines.append((keys, f"{entry.text}: {entry.tip[:1].lower()}{entry.tip[1:]}"))
    return [*lines, *GESTURES]


def _scores(catalogue: Catalogue | None) -> Iterator[Entry]:
    for score in catalogue.scores if catalogue else ():
        yield Entry(score.title, score.definition, score.formula, score.source)


def _views(catalogue: Catalogue | None) -> Iterator[Entry]:
    names = dict(PANELS) | {"ink": "Prompt"}
    views = catalogue.views if catalogue else ()
    places = list(names)
    for view in sorted(views, key=lambda view: places.index(view.panel) if view.panel in places else len(places)):
        options = tuple((option.label, option.tip) for option in view.options if option.tip)
        yield Entry(f"{names.get(view.panel, view.panel)} ▸ {view.title}", view.tip, view.formula, options=options)
