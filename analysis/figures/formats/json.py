"""JSON: the arrays of a figure as lists under "data", undefined numbers as null, its origin beside them."""

import json
import math
from typing import Any

from analysis.figures.figure import Figure
from analysis.figures.formats import Format
from analysis.figures.formats._numbers import arrays_of, facts_of
from analysis.values.origin import as_dict


def write(figure: Figure) -> bytes:
    facts = as_dict(figure.title, figure.note, figure.provenance)
    arrays = {key: _plain(value.tolist()) for key, value in arrays_of(figure).items()}
    return json.dumps(facts_of(figure) | facts | {"data": arrays}, ensure_ascii=False, allow_nan=False).encode()


def _plain(value: Any) -> Any:
    """JSON knows no NaN and no infinity; nine digits bring a float32 back exactly."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, float):
        return value
    return float(f"{value:.9g}") if math.isfinite(value) else None


FORMAT = Format("json", "JSON", write=write, order=30)
