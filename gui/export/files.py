"""Saving what a figure shows: pictures and numbers, whole or not at all."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from analysis.figures.axis import Axis
from analysis.figures.curves import Curves
from analysis.figures.figure import Figure
from analysis.figures.graph import Graph
from analysis.figures.heatmap import Heatmap
from analysis.figures.ink import Ink
from analysis.figures.scatter import Scatter
from analysis.figures.table import Table
from analysis.session.recipe import as_dict
from analysis.values import UserError
from analysis.values.whole_files import write_whole
from gui.export.paper import Piece
from gui.export.paper.output import image_bytes, picture
from gui.export.paper.stamp import KEY, stamp
from gui.export.paper.style import Style


def image_of(widget: QWidget, scale: int) -> QImage:
    """`widget` painted at `scale` times its size in pixels: text and cells are drawn anew, not enlarged."""
    image = QImage(widget.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(widget.palette().color(widget.backgroundRole()))
    widget.render(image)
    image.setDevicePixelRatio(1)
    return image


def save_image(image: QImage, path: str, pieces: tuple[Piece, ...] = ()) -> None:
    """Writes `image` as PNG, with what the figures in it were made from.

    Raises UserError, and leaves what was there, when it cannot be written whole.
    """
    if pieces:
        image.setText(KEY, stamp(pieces))
    _write(path, image_bytes(image))


def save_page(pieces: tuple[Piece, ...], style: Style, path: str) -> None:
    """Draws a page and writes it as PDF, SVG or PNG by the path's suffix; raises UserError as `save_image` does."""
    form = Path(path).suffix.lower().removeprefix(".")
    if form not in ("pdf", "svg", "png"):
        raise UserError(f"Figures are saved as .pdf, .svg or .png, so {Path(path).name} needs one of these endings.")
    _write(path, picture(pieces, replace(style, format=form)))


def save_numbers(figure: Figure, path: str) -> None:
    """Writes the numbers behind `figure` with labels and provenance, as .npz, .csv or .json by the path's suffix.

    NPZ: the arrays by name ("values", "x", "y", "points" …), labels and provenance as strings, nothing pickled.
    JSON: the same arrays as lists under "data", undefined numbers as null, provenance beside them.
    CSV: provenance as leading lines that start with "#", then a header with the labels, then the rows.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".npz":
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **_arrays(figure), **_facts(figure))
        _write(path, buffer.getvalue())
    elif suffix == ".csv":
        comments = [f"# {key}: {_one_line(value)}" for key, value in _facts(figure).items() if value]
        _write(path, "\n".join([*comments, *_lines(figure), ""]).encode())
    elif suffix == ".json":
        facts = as_dict(figure.title, figure.note, figure.provenance)
        arrays = {key: _plain(value.tolist()) for key, value in _arrays(figure).items()}
        text = json.dumps(_facts(figure) | facts | {"data": arrays}, ensure_ascii=False, allow_nan=False)
        _write(path, text.encode())
    else:
        raise UserError(f"Numbers are saved as .npz, .csv or .json, so {Path(path).name} needs one of these endings.")


def _write(path: str, data: bytes) -> None:
    write_whole(Path(path), lambda file: file.write(data), "choose another folder")


def _facts(figure: Figure) -> dict[str, str]:
    found = as_dict(figure.title, figure.note, figure.provenance)
    facts = found | {"recipe": json.dumps(found["recipe"]) if found["recipe"] else ""}
    if isinstance(figure, Heatmap):
        facts |= {"row_axis": figure.rows.name, "col_axis": figure.cols.name, "value": figure.scale.label}
    elif isinstance(figure, Ink):
        facts |= {"reader": figure.reader}
    elif isinstance(figure, Graph):
        facts |= {"strength": figure.strength_name, "node_value": figure.node_name}
    elif not isinstance(figure, Table):
        facts |= {"x_name": figure.x_name, "y_name": figure.y_name}
    return facts


def _labels(axis: Axis) -> list[str]:
    """One label a cell; tokens with their position, since a token may come twice."""
    labels = [axis.label(cell) for cell in range(axis.size)]
    if len(set(labels)) == len(labels):
        return labels
    return [f"{axis.first + cell} {label}" for cell, label in enumerate(labels)]


def _arrays(figure: Figure) -> dict[str, np.ndarray]:
    named: dict[str, Any]
    if isinstance(figure, Heatmap):
        named = {"values": figure.values, "row_labels": _labels(figure.rows), "col_labels": _labels(figure.cols)}
    elif isinstance(figure, Curves):
        y = np.stack([line.y for line in figure.series]) if figure.series else np.empty((0, len(figure.x)), np.float32)
        named = {"x": figure.x, "y": y, "series": [line.label for line in figure.series]}
    elif isinstance(figure, Scatter):
        named = {"points": figure.points, "labels": list(figure.labels)}
    elif isinstance(figure, Ink):
        named = {"strokes": figure.strokes, "down": figure.down, "tokens": figure.tokens, "words": figure.words,
                 "labels": figure.labels, "letters": figure.letters, "reading": figure.reading}
    elif isinstance(figure, Graph):
        named = {"nodes": [str(head) for head in figure.nodes], "edges": figure.edges, "strengths": figure.strengths,
                 "node_values": figure.node_values}
    else:
        named = {"columns": list(figure.columns), "cells": [list(row.cells) for row in figure.rows]}
    return {key: np.asarray(value) if len(value) else np.asarray(value, "U1") for key, value in named.items()}


def _plain(value: Any) -> Any:
    """JSON knows no NaN and no infinity; nine digits bring a float32 back exactly."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, float):
        return value
    return float(f"{value:.9g}") if math.isfinite(value) else None


def _lines(figure: Figure) -> list[str]:
    if isinstance(figure, Heatmap):
        head = _joined([f"{figure.rows.name} \\ {figure.cols.name}", *_labels(figure.cols)])
        names = _labels(figure.rows)
        return [head, *(f"{_quoted(name)},{_numbers(row)}" for name, row in zip(names, figure.values, strict=True))]
    if isinstance(figure, Curves):
        columns = np.column_stack([figure.x, *(line.y for line in figure.series)])
        return [_joined([figure.x_name, *(line.label for line in figure.series)]), *map(_numbers, columns)]
    if isinstance(figure, Scatter):
        labels = figure.labels or ("",) * len(figure.points)
        rows = (f"{_numbers(point)},{_quoted(label)}" for point, label in zip(figure.points, labels, strict=True))
        return [_joined([figure.x_name, figure.y_name, "label"]), *rows]
    if isinstance(figure, Ink):
        return _stroke_lines(figure)
    if isinstance(figure, Graph):
        pairs = ([str(figure.nodes[node]) for node in edge] for edge in figure.edges.tolist())
        rows = (f"{_joined(pair)},{_numbers(one)}" for pair, one in zip(pairs, figure.strengths[:, None], strict=True))
        return [_joined(["earlier", "later", figure.strength_name]), *rows]
    return [_joined(list(figure.columns)), *(_joined(list(row.cells)) for row in figure.rows)]


def _stroke_lines(figure: Ink) -> list[str]:
    """A line a stroke: where it runs, its tokens, its word, and its attention to each letter (its heavier token's)."""
    word = np.searchsorted(figure.words, np.arange(len(figure.strokes)), side="right") - 1
    columns = [figure.strokes, figure.down[:, None], figure.tokens, word[:, None]]
    names = ["x0", "y0", "x1", "y1", "pen down", "θ token", "r token", "word"]
    if len(figure.reading):
        columns.append(figure.reading[figure.tokens].max(1))
        names += [f"letter {place} {letter}" for place, letter in enumerate(figure.letters)]
    return [_joined(names), *map(_numbers, np.column_stack(columns))]


def _numbers(row: np.ndarray) -> str:
    # Nine significant digits bring a float32 back exactly.
    return ",".join(["%.9g" % value for value in row.tolist()])  # noqa: UP031 - twice as fast on millions of cells


def _joined(cells: list[str]) -> str:
    return ",".join(map(_quoted, cells))


def _quoted(text: str) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(mark in text for mark in ',"\n\r') else text


def _one_line(text: str) -> str:
    return " ".join(text.split())
