"""The attention pattern of one head."""

from analysis.figures.axis import Axis, Scale
from analysis.figures.heatmap import Heatmap
from analysis.session.session import Session
from analysis.values import Option, Selection, Tick, ViewInfo
from analysis.views import View
from analysis.views._shared import numpy

FAINTEST = 1e-4
SCALE = Option(
    "attention_scale", "scale", "linear", choices=(("linear", "linear"), ("log", "log")),
    tip=f"linear from 0 to 1, or logarithmic from {FAINTEST:g} to 1, which shows faint attention.",
)


def compute(session: Session, selection: Selection, tick: Tick) -> Heatmap:
    """Attention of every query (down) to every key (across): [T, T], or [T, C] for cross-attention."""
    head, facts = selection.head, session.prompt_facts
    values = numpy(session.pattern(head, selection.sample, tick))
    tokens, context = _labels(session, selection)
    rows = Axis("query", len(values), tokens)
    cols = Axis("key", values.shape[1], tokens if head.kind == "self" else context)
    log = selection.option(SCALE.key, SCALE.default) == "log"
    scale = Scale("log", FAINTEST, 1.0, "attention") if log else Scale("sequential", 0.0, 1.0, "attention")
    which = f"mean of {facts.n_samples} samples" if selection.sample is None else f"sample {selection.sample}"
    return Heatmap(f"{head} attention", values, rows, cols, scale, note=f"{facts.description}; {which}")


def _labels(session: Session, selection: Selection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Token and context labels; none for a mean, whose samples have different tokens."""
    facts = session.prompt_facts
    if selection.sample is None:
        return (), ()
    return facts.labels[selection.sample], facts.context_labels[selection.sample] if facts.context_labels else ()


VIEW = View(
    ViewInfo(
        "pattern", "attention", "Pattern", "How much each query (row) attends to each key (column); rows sum to 1.",
        (SCALE,), frozenset({"head", "sample", "prompt"}), 10, formula="A = softmax(q kᵀ / √d_head), row by row",
    ),
    compute,
)
