"""Where a figure comes from: the model, the prompt and the selection that it was made of."""

import hashlib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis import __version__
from analysis.prompts.prompt import Prompt
from analysis.session.loaded import Loaded
from analysis.values import Asked, ModelFacts, Provenance, Recipe, Selection, ViewInfo, as_options

MOST_TOKENS = 4096
"""More token ids than this are not written into a picture: the prompt's options and its digest stand for them."""


def provenance(
    loaded: Loaded, info: ViewInfo, selection: Selection, following: Collection[str], seed: int, samples: int,
    asked: Asked,
) -> Provenance:  # fmt: skip
    """The origin of the figure that this view makes of this selection.

    `following`: the dependencies that are of the prompt in force. `seed`, `samples`: what scores are measured on.
    `asked`: how the model is asked for induction.
    """
    recipe = _recipe(loaded, info, selection, following, seed, samples)
    if "answer" in info.depends and asked != Asked():
        recipe = replace(recipe, asked=asked)
    prompt = loaded.prompt_facts.description if loaded.prompt_facts and recipe.prompt else ""
    settings = ", ".join(f"{option.key} {selection.option(option.key, option.default)}" for option in info.options)
    return Provenance(
        _described(loaded.facts), loaded.facts.sha256, selection.head.label if "head" in info.depends else "", prompt,
        f"{info.title}: {info.tip}" + (f" ({settings})" if settings else ""), __version__, recipe,
    )


def _recipe(
    loaded: Loaded, info: ViewInfo, selection: Selection, following: Collection[str], seed: int, samples: int
) -> Recipe:
    options = {option.key: selection.option(option.key, option.default) for option in info.options}
    recipe = Recipe(
        info.key, replace(selection, options=as_options(options)), loaded.facts.demo or loaded.facts.path,
        loaded.facts.n_heads if loaded.facts.head_choices else 0, _data(loaded), seed=seed, samples=samples,
    )
    if loaded.prompt is None or loaded.prompt_facts is None or not info.depends & {*following}:
        return recipe
    rows = slice(None) if selection.sample is None else slice(selection.sample, selection.sample + 1)
    tokens, context = _ids(loaded.prompt.tokens[rows]), _ids(loaded.prompt.context, rows)
    facts = loaded.prompt_facts
    return replace(recipe, prompt=facts.spec, tokens=tokens, context=context, prompt_sha256=facts.sha256)


def digest(prompt: Prompt) -> str:
    """The SHA-256 of a prompt's tokens and contexts: little-endian 64-bit integers after their shapes."""
    result = hashlib.sha256()
    for ids in (prompt.tokens, prompt.context):
        if ids is not None:
            result.update(str(list(ids.shape)).encode())
            result.update(ids.numpy().astype("<i8").tobytes())
    return result.hexdigest()


def _data(loaded: Loaded) -> str:
    """The data set in use; empty for a demo's own, which is found beside it."""
    data = (loaded.model.data or "") if loaded.model else ""
    own = bool(loaded.facts.demo and data) and Path(data).parent == Path(loaded.facts.path).parent
    return "" if own else data


def _ids(ids: Any, rows: slice = slice(None)) -> tuple[tuple[int, ...], ...]:
    chosen = None if ids is None else ids[rows]
    return () if chosen is None or chosen.numel() > MOST_TOKENS else tuple(map(tuple, chosen.tolist()))


def _described(facts: ModelFacts) -> str:
    """The checkpoint: a head count that was chosen is part of what was computed."""
    return (
        f"{facts.name} ({facts.family}, {facts.n_layers} layers × {facts.n_heads} heads)" if facts.heads else facts.name
    )
