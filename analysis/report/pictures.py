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
from analysis.verdict.chance import LEVEL
from analysis.verdict.verdict import EFFECT, PARTNER

MOST_NUMBERED = 2000
"""Cells of a mosaic that still have their numbers written in them."""


def stripes(found: Findings) -> Heatmap:
    """The best induction stripe of every self-attention head."""
    shares = [found.cases[head].shares.induction if head in found.cases else None for head in found.heads]
    values = np.array([one.value if one else math.nan for one in shares], np.float32)
    faint = np.array([one is not None and not one.real for one in shares])
    note = "Best induction stripe of every self-attention head, 0 to 1. Hatched: not more than on shuffled copies."
    scale = Scale("sequential", 0.0, 1.0, "share of attention")
    return mosaic(found.facts, None, values, "Best induction stripe of every head", scale, note, faint)


def ablations(found: Findings) -> Heatmap:
    """What the second copy's loss does without each head."""
    values = np.array([found.removals[head].second.value for head in found.heads], np.float32)
    faint = np.array([not found.q[head] <= LEVEL for head in found.heads])
    top = max(float(np.abs(values).max()), EFFECT)
    note = (
        "Second-copy loss without each head, change in nats. Hatched: not significant at a false-discovery rate of "
        f"{LEVEL:.0%} over all heads."
    )
    scale = Scale("diverging", -top, top, "change of loss (nats)")
    return mosaic(found.facts, None, values, "Second-copy loss without each head", scale, note, faint)


def losses(found: Findings) -> Curves:
    """Loss by position: unchanged, without all induction heads, and without the head that matters most."""
    effects, heads = found.ablations, list(found.heads)
    lines = [Series("unchanged", effects.clean.mean(0), emphasis=True)]
    if found.together is not None:
        words = f"without all {len(found.called('induction'))} induction heads"
        lines.append(Series(words, effects.losses[-1].mean(0)))
    strongest = max(heads, key=lambda head: found.removals[head].second.value)
    lines.append(Series(f"without {strongest}", effects.losses[heads.index(strongest)].mean(0)))
    top = max((float(np.nanmax(line.y)) for line in lines if np.isfinite(line.y).any()), default=1.0)
    return Curves(
        "Loss by position", np.arange(1, effects.clean.shape[1] + 1, dtype=np.float32), tuple(lines), "position",
        "loss (nats)", note=f"Loss of every token by its position, mean of {len(effects.clean)} samples.",
        y_range=(0.0, 1.05 * top or 1.0), marks=((effects.start + (effects.period or 0), "second copy"),),
    )


def circuit(found: Findings) -> Graph:
    """Earlier heads and the induction heads whose keys they feed."""
    nodes = sorted({head for one in found.circuits for head in (one.earlier, *one.later)})
    edges = [(nodes.index(one.earlier), nodes.index(head)) for one in found.circuits for head in one.later]
    confirmed = np.array([bool(found.verdicts[head].confirmed) for head in nodes], np.float32)
    z = np.array([z for one in found.circuits for z in one.z], np.float32)
    note = f"K-composition with z of at least {PARTNER:g}, as wide as z. Filled: confirmed by ablation."
    return Graph("Circuit of induction", tuple(nodes), np.array(edges, np.int64), z, "z", PARTNER, confirmed,
                 "confirmed by ablation", note=note)


def patterns(found: Findings) -> list[Heatmap]:
    """Attention of the heads that show induction best, every query (down) to every key (across), first sample."""
    scale = Scale("sequential", 0.0, 1.0, "attention")
    return [Heatmap(f"Attention of {head}", values, Axis("query", len(values)), Axis("key", values.shape[1]), scale,
                    note=f"{head}: {found.verdicts[head]}" if head in found.verdicts else str(head))
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
