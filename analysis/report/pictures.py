"""The report's pictures, as figures; each note is the picture's caption."""

import hashlib
import math
import re
from collections import Counter
from dataclasses import replace

import numpy as np

from analysis.figures.axis import Axis, Scale
from analysis.figures.curves import Curves, Series
from analysis.figures.figure import Figure
from analysis.figures.graph import Graph
from analysis.figures.heatmap import Heatmap, mosaic
from analysis.figures.page import Piece, picture
from analysis.figures.style import Style
from analysis.report.findings import Findings
from analysis.values import HeadId
from analysis.verdict.chance import LEVEL
from analysis.verdict.induction.circuits import size
from analysis.verdict.wording.facts import EFFECT, Group
from analysis.views.effects.reach import curve

MOST_NUMBERED = 2000
"""Cells of a mosaic that still have their numbers written in them."""


def shares(found: Findings) -> Heatmap:
    """The share by content of every self-attention head."""
    each = [found.answer.heads.get(head) for head in found.heads]
    values = np.array([one.share.value if one else math.nan for one in each], np.float32)
    faint = np.array([one is not None and not one.share.real for one in each])
    note = "Attention by content of every self-attention head, 0 to 1. Hatched: not more than on shuffled tokens."
    scale = Scale("sequential", 0.0, 1.0, "share by content")
    return mosaic(found.facts, None, values, "Share by content of every head", scale, note, faint)


def effects(found: Findings) -> Heatmap:
    """What is lost without each head that was asked."""
    each = [one.effect.told if (one := found.answer.heads.get(head)) and one.effect else None for head in found.heads]
    values = np.array([one.value if one else math.nan for one in each], np.float32)
    faint = np.array([one is not None and not (one.real or one.real_below) for one in each])
    top = max(float(np.nanmax(np.abs(values), initial=0.0)), EFFECT)
    note = (
        "Loss without each head where order tells the token, change in nats, of the heads that may matter. Hatched: "
        f"not told from chance, or not at a false-discovery rate of {LEVEL:.0%} over all that were asked."
    )
    scale = Scale("diverging", -top, top, "change of loss (nats)")
    return mosaic(found.facts, None, values, "Loss without each head", scale, note, faint)


def gain(found: Findings) -> Curves:
    """From how far the model copies."""
    figure = curve(found.answer)
    return replace(figure, note=f"{figure.note[0].upper()}{figure.note[1:]}.")


def group_curve(found: Findings, one: Group) -> Curves:
    """The loss as the heads of a group go, the costliest first."""
    x = np.arange(len(one.curve) + 1, dtype=np.float32)
    line = Series("rise of the loss", np.array([0.0, *one.curve], np.float32), emphasis=True)
    order = ", ".join(map(str, one.order))
    note = f"Rise of the loss in nats as heads are removed, one more at each step: {order}."
    return Curves("Heads removed together", x, (line,), "heads removed", "rise of the loss (nats)", note=note)


def circuit(found: Findings) -> Graph:
    """Earlier heads and the heads that read them; an edge is as wide as the most that a cut of it costs."""
    strongest: dict[tuple[HeadId, HeadId], float] = {}
    for one in found.answer.circuits:
        pair = one.earlier, one.later
        strongest[pair] = max(size(one), strongest.get(pair, 0.0))
    nodes = sorted({head for pair in strongest for head in pair})
    edges = [(nodes.index(earlier), nodes.index(later)) for earlier, later in strongest]
    confirmed = [found.answer.heads[head].confirmed in ("alone", "in a group") for head in nodes]
    note = f"Edges whose cut costs at least {EFFECT:g} nats, as wide as that. Filled: heads that removal confirms."
    costs = np.array([*strongest.values()], np.float32)
    return Graph("Circuit of induction", tuple(nodes), np.array(edges, np.int64), costs, "nats", EFFECT,
                 np.array(confirmed, np.float32), "confirmed by removal", note=note)  # fmt: skip


def patterns(found: Findings) -> list[Heatmap]:
    """Attention of the heads that copy most and of those that feed them, every query (down) to every key (across)."""
    scale = Scale("sequential", 0.0, 1.0, "attention")
    return [Heatmap(f"Attention of {head}", values, Axis("query", len(values)), Axis("key", values.shape[1]), scale,
                    note=f"{head}: {found.called(head)}")
            for head, values in found.patterns.items()]


def drawn(figure: Figure, dark: bool = False) -> str:
    """The picture as an <svg> element for light or for dark paper, with ids that no other picture has."""
    style = Style(width=165.0, dark=dark, title=False, text_size=8.0, format="svg")
    piece = Piece(figure)
    if isinstance(figure, Graph):
        layers = Counter(head.layer for head in figure.nodes)
        style = replace(style, height=min(110.0, 15.0 + 9.0 * max(layers.values())))
    elif isinstance(figure, Heatmap) and figure.values.size <= MOST_NUMBERED:
        style = replace(style, width=min(220.0, 40.0 + 13.0 * figure.cols.size))
        piece = Piece(figure, numbers="+.2f" if figure.scale.kind == "diverging" else ".2f")
    elif isinstance(figure, Heatmap):
        style = replace(style, width=85.0)
    svg = picture((piece,), style).decode()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    own = hashlib.sha256(svg.encode()).hexdigest()[:8]
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>p{own}-", svg)
