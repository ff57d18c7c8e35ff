"""How views, scores, studies, formats and prompt sources are found: one file each in their package, or installed.

Other packages add theirs through entry points; resources/docs/plugins.md shows how. One that cannot be used is left
out, and `plugin_notes` says why.
"""

import importlib
import logging
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, get_args

from analysis.values import PromptInfo, ScoreInfo, StudyInfo, ViewInfo
from analysis.values.infos import Panel
from analysis.values.modules import modules_of

log = logging.getLogger(__name__)

PLACES = {
    "formats": ("analysis.loading.formats", "FORMAT", "Format"),
    "prompts": ("analysis.prompts", "PROMPT", "PromptSource"),
    "scores": ("analysis.measures.scores", "SCORE", "Score"),
    "studies": ("analysis.studies", "STUDY", "Study"),
    "views": ("analysis.views", "VIEW", "View"),
}
"""The package of each kind, what its modules call theirs, and its class. Entry points: the group "headscope.KIND"."""
TYPES: dict[str, Any] = {
    "str": str, "int": int, "float": (int, float), "bool": bool, "tuple": tuple, "frozenset": frozenset,
    "Callable": Callable, "ViewInfo": ViewInfo, "PromptInfo": PromptInfo, "ScoreInfo": ScoreInfo,
    "StudyInfo": StudyInfo,
}
"""What the fields of installed things are checked for, by the first word of their annotations."""


class Unusable(Exception):
    """Why something installed cannot be used, in words."""


def discover(kind: str) -> list[Any]:
    """All of one kind, installed ones too, in order of their `order`, then key."""
    return list(_found(kind)[0])


def plugin_notes() -> tuple[str, ...]:
    """A line for everything that other packages add, or would add and why not."""
    return tuple(note for kind in sorted(PLACES) for note in _found(kind)[1])


@cache
def _found(kind: str) -> tuple[list[Any], list[str]]:
    package, name, _ = PLACES[kind]
    items: list[Any] = [item for module in modules_of(package) for item in defined(module, name)]
    notes: list[str] = []
    installed = _entry_points().select(group=f"headscope.{kind}")
    for entry in sorted(installed, key=lambda entry: (entry.name, entry.value)):
        try:
            new = _load(kind, entry, {_info(item).key for item in items})
        except Unusable as error:
            notes.append(f"{_origin(entry)}: left out: {error}.")
        else:
            items += new
            notes.append(f"{_origin(entry)}: in use.")
    return sorted(items, key=lambda item: (_info(item).order, _info(item).key)), notes


def defined(module: ModuleType, name: str) -> list[Any]:
    """What a module defines under this name (VIEW), and under its plural (VIEWS), a tuple."""
    return [*([getattr(module, name)] if hasattr(module, name) else []), *getattr(module, f"{name}S", ())]


def _info(item: Any) -> Any:
    return getattr(item, "info", item)


# ---- what is installed -------------------------------------------------------------------------------------------


@cache
def _entry_points() -> Any:
    """Those of everything that is installed; read once."""
    return entry_points()


def _load(kind: str, entry: EntryPoint, taken: set[str]) -> list[Any]:
    """What an entry point leads to: the object that it names, or what the module that it names defines."""
    name = PLACES[kind][1]
    try:
        value = entry.load()
    except (Exception, SystemExit) as error:
        log.warning("%s cannot be used.", _origin(entry), exc_info=True)
        raise Unusable(" ".join(f"{type(error).__name__}: {error}".split())[:300].rstrip(".")) from error
    items = defined(value, name) if isinstance(value, ModuleType) else [value]
    problems = [_problem(kind, item, taken) for item in items] or [f"{entry.value} defines no {name}"]
    if any(problems):
        log.warning("%s cannot be used: %s.", _origin(entry), " and ".join(filter(None, problems)))
        raise Unusable(" and ".join(filter(None, problems)))
    return items


def _origin(entry: EntryPoint) -> str:
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "?"
    return f"{package}, {entry.group} {entry.name}"


def _problem(kind: str, item: Any, taken: set[str]) -> str:
    """What is wrong with an installed thing; empty when nothing is, and then its key is taken too."""
    package, _, name = PLACES[kind]
    wanted = getattr(importlib.import_module(package), name)
    if not isinstance(item, wanted):
        return f"it is of type {type(item).__name__}, not {package}.{name}"
    for record in (item, _info(item)):
        for field in fields(record):
            value = getattr(record, field.name)
            if not _fits(value, str(field.type)):
                return f"its {field.name} cannot be {value!r}"
    key = _info(item).key
    if key in taken:
        return f"the key {key!r} is taken"
    taken.add(key)
    return ""


def _fits(value: Any, annotation: str) -> bool:
    """Whether a value may stand in a field, as far as the field's annotation tells without being run."""
    if value is None and annotation.endswith("| None"):
        return True
    known = TYPES.get(annotation.partition("[")[0])
    return value in get_args(Panel) if annotation == "Panel" else known is None or isinstance(value, known)
