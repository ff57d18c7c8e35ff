"""Formats of files: a module of this package that defines FORMAT, a `Format`, is found and needs no other edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from json import dumps  # "json" is a module of this package.
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.figures.figure import Figure
from analysis.figures.kind import kind_of
from analysis.figures.style import Style
from analysis.values import UserError
from analysis.values.modules import modules_of
from analysis.values.origin import as_dict
from analysis.values.whole_files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


@dataclass(frozen=True)
class Format:
    """A format of pages (`draw`) or of the numbers behind a figure (`write`)."""

    key: str
    """The ending of its files, without the dot."""
    title: str
    draw: Callable[[Drawing, dict[str, str], str, Style], bytes] | None = None
    """(drawing; its Title, Description and Software; its origin as JSON; style) → the file."""
    write: Callable[[Figure], bytes] | None = None
    order: int = 100


@lru_cache(maxsize=1)
def formats() -> dict[str, Format]:
    """All formats by their keys."""
    found = [module.FORMAT for module in modules_of("analysis.figures.formats") if hasattr(module, "FORMAT")]
    return {one.key: one for one in sorted(found, key=lambda one: one.order)}


def format_of(path: str, what: Literal["draw", "write"]) -> Format:
    """The format that a path's ending names; raises UserError for another ending."""
    found = formats().get(Path(path).suffix.lower().removeprefix("."))
    if found is None or getattr(found, what) is None:
        *most, last = (f".{one.key}" for one in formats().values() if getattr(one, what) is not None)
        name = "Figures are" if what == "draw" else "Numbers are"
        endings = f"{', '.join(most)} or {last}"
        raise UserError(f"{name} saved as {endings}, so {Path(path).name} needs one of these endings.")
    return found


def save_numbers(figure: Figure, path: str) -> None:
    """Write the numbers in the format that the path's ending names; raises UserError where that cannot be done."""
    write = format_of(path, "write").write
    assert write is not None
    data = write(figure)
    write_whole(Path(path), lambda file: file.write(data), "choose another folder")


def arrays_of(figure: Figure) -> dict[str, np.ndarray]:
    """Numbers and labels by name, as arrays that need no pickling."""
    named = kind_of(figure).arrays(figure)
    return {key: np.asarray(value) if len(value) else np.asarray(value, "U1") for key, value in named.items()}


def facts_of(figure: Figure) -> dict[str, str]:
    """Title, note, origin, and what the kind of figure says beside its numbers."""
    found = as_dict(figure.title, figure.note, figure.provenance)
    return found | {"recipe": dumps(found["recipe"]) if found["recipe"] else ""} | kind_of(figure).facts(figure)
