"""CSV: the origin as leading lines that start with "#", then a header with the labels, then the rows."""

from analysis.figures.figure import Figure
from analysis.figures.formats import Format
from analysis.figures.formats._numbers import facts_of
from analysis.figures.kind import kind_of


def write(figure: Figure) -> bytes:
    comments = [f"# {key}: {' '.join(value.split())}" for key, value in facts_of(figure).items() if value]
    return "\n".join([*comments, *kind_of(figure).lines(figure), ""]).encode()


FORMAT = Format("csv", "CSV", write=write, order=20)
