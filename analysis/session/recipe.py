"""How to get a figure again, as Python for a person."""

from analysis.figures.figure import Figure
from analysis.figures.kind import kind_of
from analysis.values import Recipe, UserError


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
    names = [*(["Asked"] if recipe.asked else []), "HeadId", *(["PromptSpec"] if prompt else []), "Selection"]
    lines = [
        f"# {' '.join(figure.title.split())}; {' '.join(provenance.checkpoint.split())}",
        "# Run it in Headscope's folder, or by the Python that Headscope is installed for.",
        "import matplotlib.pyplot as plt", "", "from analysis.figures.kind import draw",
        "from analysis.session.session import Session",
        f"from analysis.values import {', '.join(names)}", "", "session = Session()",
        f"facts = session.open({', '.join(opened)})",
        *([f'assert facts.sha256 in ("", "{provenance.sha256}"), "another checkpoint"'] if provenance.sha256 else []),
        *([f"session.seed, session.samples = {recipe.seed}, {recipe.samples}"] if _own_scores(recipe) else []),
        *([f"session.ask({recipe.asked!r})"] if recipe.asked else []),
        *([f"session.set_prompt(PromptSpec({prompt.source!r}, {prompt.options!r}))"] if prompt else []),
        f"figure = session.figure({recipe.view!r}, Selection({chosen}))",
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
