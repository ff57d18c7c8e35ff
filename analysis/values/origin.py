"""Where figures come from, as JSON: written into pictures and beside numbers, and read back."""

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

from analysis.values.errors import UserError
from analysis.values.heads import HeadId
from analysis.values.selection import Asked, PromptSpec, Provenance, Recipe, Selection, as_options

LONGEST = 4 * 2**20
"""Characters of JSON that are read at most."""


def to_json(figures: Iterable[tuple[str, str, Provenance]]) -> str:
    """(title, note, provenance) of every figure of a picture, in ASCII."""
    return json.dumps({"headscope": 1, "figures": [as_dict(*figure) for figure in figures]}, separators=(",", ":"))


def as_dict(title: str, note: str, provenance: Provenance) -> dict[str, Any]:
    """One figure's title, note and provenance as JSON knows it; `recipe` is null where there is none."""
    found = {"title": title, "note": note, **asdict(provenance)}
    if provenance.recipe is not None:
        selection, prompt = provenance.recipe.selection, provenance.recipe.prompt
        found["recipe"] |= {
            "selection": {
                "head": selection.head.label, "pair": selection.pair.label if selection.pair else None,
                "sample": selection.sample, "options": dict(selection.options),
            },
            "prompt": prompt and {"source": prompt.source, "options": dict(prompt.options)},
        }
        if provenance.recipe.asked is None:
            del found["recipe"]["asked"]
    return found


def from_json(text: str) -> list[Provenance]:
    """What `to_json` was given, of figures that have a recipe; raises UserError on anything else."""
    try:
        found = json.loads(text[:LONGEST])
        figures = [_provenance(figure) for figure in found["figures"] if figure["recipe"]]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UserError("What this picture says of its origin cannot be read; open its checkpoint instead.") from error
    if not figures:
        raise UserError("This picture does not say which view it shows; open its checkpoint instead.")
    return figures


def _provenance(found: dict[str, Any]) -> Provenance:
    words = {field.name: str(found.get(field.name, "")) for field in fields(Provenance) if field.name != "recipe"}
    return Provenance(**words, recipe=_recipe(found["recipe"]))


def _recipe(found: dict[str, Any]) -> Recipe:
    chosen, prompt = found["selection"], found["prompt"]
    sample = chosen["sample"]
    selection = Selection(
        HeadId.parse(chosen["head"]), HeadId.parse(chosen["pair"]) if chosen["pair"] else None,
        None if sample is None else int(sample), _options(chosen["options"]),
    )
    return Recipe(
        str(found["view"]), selection, str(found["path"]), int(found["n_heads"]), str(found["data"]),
        PromptSpec(str(prompt["source"]), _options(prompt["options"])) if prompt else None, _numbers(found["tokens"]),
        _numbers(found["context"]), str(found["prompt_sha256"]), int(found["seed"]), int(found["samples"]),
        _asked(found["asked"]) if "asked" in found else None,
    )


def _asked(found: dict[str, Any]) -> Asked:
    length = found["length"]
    return Asked(None if length is None else int(length), int(found["copies"]), int(found["samples"]),
                 int(found["seed"]), str(found["tokens"]), tuple(int(one) for one in found["ids"]))


def _options(found: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return as_options({str(key): str(value) for key, value in found.items()})


def _numbers(found: list[list[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(one) for one in row) for row in found)
