"""Results as JSON."""

import json
import math
from typing import Any

import numpy as np


def json_text(value: Any) -> str:
    """Indented JSON that ends in a line break; arrays become lists, NaN and infinity (unknown to JSON) null."""
    return json.dumps(_plain(value), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
