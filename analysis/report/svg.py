"""Pictures as SVG text: no library, no script, no file beside them, and legible on light and on dark paper.

Colours come from the page's style sheet (`--ink`, `--quiet`, `--line`, `--warm`, `--cold`); amounts are the opacity of
a colour over the paper, so that nothing is nothing on either.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from analysis.values import BoolArray, FloatArray
from analysis.values.text import visible

COLD, WARM = (47, 111, 208), (201, 74, 44)
"""The style sheet's --cold and --warm."""
WHITE_FROM = 0.9
"""Opacity of a cell above which its number is written in white."""


def safe(text: object) -> str:
    """Text from anywhere, as text in HTML: control and bidirectional characters made visible, the rest escaped."""
    return escape(visible(str(text), 400))


def drawing(width: float, height: float, title: str, description: str, body: str) -> str:
    """An SVG that says in words what it shows."""
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img" aria-label="{safe(title)}">'
        f"<title>{safe(title)}</title><desc>{safe(description)}</desc>{body}</svg>"
    )


def words(x: float, y: float, text: object, anchor: str = "middle", extra: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {extra}>{safe(text)}</text>'


# ---- a cell for every head -----------------------------------------------------------------------------------


def mosaic(
    title: str,
    rows: Sequence[str],
    cols: Sequence[str],
    values: FloatArray,
    top: float,
    faint: BoolArray | None = None,
    spec: str = ".2f",
) -> str:
    """Values [rows, cols] as cells with their numbers; NaN leaves a cell empty.

    `top` is full colour, positive values are warm as in the window, negative ones cold, faint ones hatched.
    """
    wide, high, left, above = 40, 24, 34, 20
    parts = [
        '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path d="M0 0V5" stroke="var(--quiet)" stroke-width="1"/></pattern></defs>'
    ]
    parts += [words(left + wide * (c + 0.5), above - 6, name) for c, name in enumerate(cols)]
    for r, name in enumerate(rows):
        y = above + high * r
        parts.append(words(left - 6, y + 16, name, "end"))
        for c in range(len(cols)):
            if math.isfinite(values[r, c]):
                dim = faint is not None and bool(faint[r, c])
                parts.append(_cell(left + wide * c, y, wide, high, float(values[r, c]), top, dim, spec))
    said = "Layers down, heads across." + (" Hatched: not significant." if faint is not None else "")
    return drawing(left + wide * len(cols) + 2, above + high * len(rows) + 2, title, said, "".join(parts))


def _cell(x: float, y: float, wide: float, high: float, value: float, top: float, dim: bool, spec: str) -> str:
    amount = min(1.0, abs(value) / top) if top > 0 else 0.0
    place = f'x="{x + 1:.0f}" y="{y + 1:.0f}" width="{wide - 2:.0f}" height="{high - 2:.0f}"'
    colour = "--warm" if value > 0 else "--cold"
    rect = f'<rect {place} fill="var({colour})" fill-opacity="{amount:.3f}" stroke="var(--line)"/>'
    hatch = f'<rect {place} fill="url(#hatch)" opacity="0.5"/>' if dim else ""
    ink = 'style="fill:#fff"' if amount > WHITE_FROM else ""
    return rect + hatch + words(x + wide / 2, y + 16, format(value, spec), extra=ink)


# ---- a matrix as pixels ------------------------------------------------------------------------------------------


def picture(title: str, description: str, values: FloatArray, x_name: str, y_name: str) -> str:
    """Values [rows, cols] from 0 to 1 as the opacity of one colour; larger than 1 is 1, NaN is nothing."""
    n_rows, n_cols = values.shape
    side, left, above = 260.0, 40.0, 8.0
    high = side * n_rows / n_cols if n_cols else side
    alpha = np.round(255 * np.clip(np.nan_to_num(values), 0.0, 1.0)).astype(np.uint8)
    pixels = np.concatenate([np.broadcast_to(np.array(COLD, np.uint8), (*alpha.shape, 3)), alpha[..., None]], axis=-1)
    data = base64.b64encode(png(pixels)).decode()
    body = (
        f'<image x="{left}" y="{above}" width="{side}" height="{high:.1f}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="data:image/png;base64,{data}"/>'
        f'<rect x="{left}" y="{above}" width="{side}" height="{high:.1f}" fill="none" stroke="var(--line)"/>'
        + words(left + side / 2, above + high + 32, x_name)
        + words(12, above + high / 2, y_name, extra=f'transform="rotate(-90 12 {above + high / 2:.1f})"')
    )
    for cell in ticks(0, n_cols - 1, 5):
        body += words(left + side * (cell + 0.5) / n_cols, above + high + 15, f"{cell:g}")
    for cell in ticks(0, n_rows - 1, 5):
        body += words(left - 5, above + high * (cell + 0.5) / n_rows + 4, f"{cell:g}", "end")
    return drawing(left + side + 10, above + high + 40, title, description, body)


def png(pixels: np.ndarray) -> bytes:
    """Pixels uint8 [rows, cols, 4] (red, green, blue, alpha) as a PNG file (W3C, Portable Network Graphics)."""
    rows, cols, _ = pixels.shape
    raw = np.concatenate([np.zeros((rows, 1), np.uint8), pixels.reshape(rows, cols * 4)], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", cols, rows, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


# ---- lines -------------------------------------------------------------------------------------------------------

DASHES = ("", "6 3", "2 2", "8 3 2 3")


def curves(
    title: str,
    x: FloatArray,
    lines: Sequence[tuple[str, FloatArray]],
    x_name: str,
    y_name: str,
    marks: Sequence[tuple[float, str]] = (),
) -> str:
    """At most four lines over one x, from 0 up, told apart by dashes as well as by colour; NaN leaves a gap."""
    wide, high, left, above = 560.0, 220.0, 48.0, 12.0 + 16 * len(lines)
    top = 1.05 * max((float(np.nanmax(y)) for _, y in lines if np.isfinite(y).any()), default=1.0) or 1.0
    low, span = float(x[0]), max(1e-9, float(x[-1] - x[0]))

    def place(at: float, value: float) -> tuple[float, float]:
        return left + wide * (at - low) / span, above + high * (1 - value / top)

    parts = [f'<rect x="{left}" y="{above}" width="{wide}" height="{high}" fill="none" stroke="var(--line)"/>']
    for value in ticks(0.0, top, 5):
        _, down = place(low, value)
        parts.append(words(left - 5, down + 4, f"{value:g}", "end"))
        parts.append(f'<path d="M{left} {down:.1f}h{wide}" stroke="var(--line)" stroke-width="0.5"/>')
    parts += [words(place(at, 0)[0], above + high + 15, f"{at:g}") for at in ticks(low, low + span, 8)]
    for at, name in marks:
        across = place(at, 0)[0]
        parts.append(f'<path d="M{across:.1f} {above}v{high}" stroke="var(--quiet)" stroke-dasharray="3 3"/>')
        parts.append(words(across + 4, above + 12, name, "start", 'class="quiet"'))
    colours = ("var(--ink)", "var(--warm)", "var(--cold)", "var(--quiet)")
    for number, (name, y) in enumerate(lines):
        style = f'stroke="{colours[number]}" stroke-dasharray="{DASHES[number]}" stroke-width="1.6" fill="none"'
        parts.append(f'<path d="{_path(x, y, place)}" {style}/>')
        parts.append(f'<path d="M{left} {8 + 16 * number}h28" {style}/>')
        parts.append(words(left + 34, 12 + 16 * number, name, "start"))
    parts.append(words(left + wide / 2, above + high + 32, x_name))
    middle = above + high / 2
    parts.append(words(12, middle, y_name, extra=f'transform="rotate(-90 12 {middle:.1f})"'))
    said = "; ".join(name for name, _ in lines)
    return drawing(left + wide + 10, above + high + 40, title, f"Lines: {said}.", "".join(parts))


def _path(x: FloatArray, y: FloatArray, place: Callable[[float, float], tuple[float, float]]) -> str:
    drawn, pen = [], "M"
    for at, value in zip(x.tolist(), y.tolist(), strict=True):
        if not math.isfinite(value):
            pen = "M"
            continue
        across, down = place(at, value)
        drawn.append(f"{pen}{across:.1f} {down:.1f}")
        pen = "L"
    return "".join(drawn)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from low to high, at most so many."""
    span = high - low
    if span <= 0:
        return [low]
    step = 10.0 ** math.floor(math.log10(span / most))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= most)
    return [round(step * number, 10) for number in range(math.ceil(low / step), math.floor(high / step + 1e-9) + 1)]


# ---- heads and what they feed ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    """A head in a graph."""

    name: str
    layer: int
    word: str
    strong: bool
    """Filled: it has a word that ablation confirms."""


def graph(title: str, nodes: Sequence[Node], edges: Sequence[tuple[int, int, float, str]]) -> str:
    """Layers from bottom to top; an edge (earlier, later, strength 0 … 1, words) as wide as it is strong."""
    layers = sorted({node.layer for node in nodes})
    in_layer = {layer: [n for n, node in enumerate(nodes) if node.layer == layer] for layer in layers}
    most = max((len(members) for members in in_layer.values()), default=1)
    wide, gap, left, above = max(520.0, 92.0 * most), 110.0, 40.0, 20.0
    places = {}
    for row, layer in enumerate(reversed(layers)):
        for number, member in enumerate(in_layer[layer]):
            places[member] = left + wide * (number + 0.5) / len(in_layer[layer]), above + 20 + gap * row
    parts = [
        f'<path d="M{places[a][0]:.1f} {places[a][1] - 16:.1f}L{places[b][0]:.1f} {places[b][1] + 26:.1f}" '
        f'stroke="var(--cold)" stroke-width="{0.5 + 3.5 * strength:.2f}" stroke-opacity="{0.3 + 0.7 * strength:.2f}">'
        f"<title>{safe(said)}</title></path>"
        for a, b, strength, said in edges
    ]
    for row, layer in enumerate(reversed(layers)):
        parts.append(words(left - 6, above + 22 + gap * row, f"L{layer}", "end", 'class="quiet"'))
    for number, node in enumerate(nodes):
        x, y = places[number]
        fill = "var(--cold)" if node.strong else "var(--paper)"
        parts.append(
            f'<rect x="{x - 32:.1f}" y="{y - 16:.1f}" width="64" height="24" rx="6" fill="{fill}" stroke="var(--ink)"/>'
        )
        parts.append(words(x, y + 1, node.name, extra='style="fill:#fff"' if node.strong else ""))
        parts.append(words(x, y + 20, node.word, extra='class="small quiet"'))
    height = above + 40 + gap * max(0, len(layers) - 1) + 14
    said = f"{len(nodes)} heads, {len(edges)} edges from earlier heads into the keys of later ones."
    return drawing(left + wide + 10, height, title, said, "".join(parts))
