"""What every format of numbers writes of a figure."""

import json

import numpy as np

from analysis.figures.figure import Figure
from analysis.figures.kind import kind_of
from analysis.values.origin import as_dict


def arrays_of(figure: Figure) -> dict[str, np.ndarray]:
    """Numbers and labels by name, as arrays that need no pickling."""
    named = kind_of(figure).arrays(figure)
    return {key: np.asarray(value) if len(value) else np.asarray(value, "U1") for key, value in named.items()}


def facts_of(figure: Figure) -> dict[str, str]:
    """Title, note, origin, and what the kind of figure says beside its numbers."""
    found = as_dict(figure.title, figure.note, figure.provenance)
    return found | {"recipe": json.dumps(found["recipe"]) if found["recipe"] else ""} | kind_of(figure).facts(figure)
