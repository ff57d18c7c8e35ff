"""Text from a file, made safe to show, and results as JSON."""

import json
import math
import unicodedata
from typing import Any

import numpy as np

LIMIT = 400


def visible(text: str, limit: int = LIMIT) -> str:
    """`text` with control, bidirectional, private and unassigned characters as ⟨U+202E⟩, cut to `limit` characters."""
    shown = "".join(_shown(letter) for letter in text[: limit + 1])
    return shown if len(text) <= limit else shown[:limit] + "…"


def _shown(letter: str) -> str:
    # C: control, format (bidirectional marks are here), surrogate, private, unassigned; Zl, Zp: line and paragraph.
    hidden = unicodedata.category(letter)[0] == "C" or unicodedata.category(letter) in ("Zl", "Zp")
    return f"⟨U+{ord(letter):04X}⟩" if hidden else letter


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
