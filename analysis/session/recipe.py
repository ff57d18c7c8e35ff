"""How to get a figure again: taken from a session, written as Python for a person."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.figures.figure import Figure
from analysis.figures.kind import kind_of
from analysis.values import Recipe, Selection, UserError, ViewInfo, as_options

if TYPE_CHECKING:
    from analysis.loading.opening import Loaded
    from analysis.prompts.prompt import Prompt
    from analysis.session.session import Session

MOST_TOKENS = 4096
"""More token ids than this are not written into a picture: the prompt's options and its digest stand for them."""


def of(session: Session, info: ViewInfo, selection: Selection) -> Recipe:
    """The recipe of the figure that `session.look(info.key, selection)` makes."""
    options = {option.key: selection.option(option.key, option.default) for option in info.options}
    loaded, facts = session.loaded, session.loaded.prompt_facts
    recipe = Recipe(
        info.key,
        replace(selection, options=as_options(options)),
        loaded.facts.demo or loaded.facts.path,
        loaded.facts.n_heads if loaded.facts.head_choices else 0,
        _data(loaded),
        seed=session.seed,
        samples=session.samples,
    )
    following = {"prompt", "sample", *(key for key, study in session.studies.items() if study.info.follows_prompt)}
    if loaded.prompt is None or facts is None or not info.depends & following:
        return recipe
    rows = slice(None) if selection.sample is None else slice(selection.sample, selection.sample + 1)
    tokens, context = _ids(loaded.prompt.tokens[rows]), _ids(loaded.prompt.context, rows)
    return replace(recipe, prompt=facts.spec, tokens=tokens, context=context, prompt_sha256=facts.sha256)


def _data(loaded: Loaded) -> str:
    """The data set in use; empty for a demo's own, which is found beside it."""
    data = (loaded.model.data or "") if loaded.model else ""
    own = bool(loaded.facts.demo and data) and Path(data).parent == Path(loaded.facts.path).parent
    return "" if own else data


def digest(prompt: Prompt) -> str:
    """The SHA-256 of a prompt's tokens and contexts: little-endian 64-bit integers after their shapes."""
    result = hashlib.sha256()
    for ids in (prompt.tokens, prompt.context):
        if ids is not None:
            result.update(str(list(ids.shape)).encode())
            result.update(ids.numpy().astype("<i8").tobytes())
    return result.hexdigest()


def _ids(ids: Any, rows: slice = slice(None)) -> tuple[tuple[int, ...], ...]:
    chosen = None if ids is None else ids[rows]
    return () if chosen is None or chosen.numel() > MOST_TOKENS else tuple(map(tuple, chosen.tolist()))


# ---- as Python ---------------------------------------------------------------------------------------------------


def as_python(figure: Figure) -> str:
    """Lines of Python that compute the figure anew, print its numbers and draw it into axes.

    Raises UserError where the figure has no recipe.
    """
    provenance = figure.provenance
    recipe = provenance.recipe
    if recipe is None:
        raise UserError("This figure does not say how it was made, so there is nothing to copy.")
    selection, prompt = recipe.selection, recipe.prompt
    opened = [repr(recipe.path or None), *([f"n_head={recipe.n_heads}"] if recipe.n_heads else []),
              *([f"data={recipe.data!r}"] if recipe.data else [])]
    pair = f"HeadId.parse({selection.pair.label!r})" if selection.pair else "None"
    chosen = f"HeadId.parse({selection.head.label!r}), {pair}, {selection.sample}, {selection.options!r}"
    lines = [
        f"# {' '.join(figure.title.split())}; {' '.join(provenance.checkpoint.split())}",
        "# Run it in Headscope's folder, or by the Python that Headscope is installed for.",
        "import matplotlib.pyplot as plt",
        "",
        "from analysis.figures.kind import draw",
        "from analysis.session.remake import remake",
        "from analysis.session.session import Session",
        f"from analysis.values import HeadId, {'PromptSpec, ' if prompt else ''}Selection",
        "",
        "session = Session()",
        f"facts = session.open({', '.join(opened)})",
        *([f'assert facts.sha256 in ("", "{provenance.sha256}"), "another checkpoint"'] if provenance.sha256 else []),
        *([f"session.seed, session.samples = {recipe.seed}, {recipe.samples}"] if _own_scores(recipe) else []),
        *([f"session.set_prompt(PromptSpec({prompt.source!r}, {prompt.options!r}))"] if prompt else []),
        f"figure = remake(session, {recipe.view!r}, Selection({chosen}))",
        f"print({kind_of(figure).numbers})",
        "",
        "drawing, axes = plt.subplots()",
        "draw(figure, axes)",
        "plt.show()",
        "",
    ]
    return "\n".join(lines)


def _own_scores(recipe: Recipe) -> bool:
    start = Recipe("", recipe.selection)
    return (recipe.seed, recipe.samples) != (start.seed, start.samples)
