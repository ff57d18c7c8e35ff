"""Text from a file, made safe to show: invisible characters are written out."""

import unicodedata

LIMIT = 400


def visible(text: str, limit: int = LIMIT) -> str:
    """`text` with control, bidirectional, private and unassigned characters as ⟨U+202E⟩, cut to `limit` characters."""
    shown = "".join(_shown(letter) for letter in text[: limit + 1])
    return shown if len(text) <= limit else shown[:limit] + "…"


def _shown(letter: str) -> str:
    # C: control, format (bidirectional marks are here), surrogate, private, unassigned; Zl, Zp: line and paragraph.
    hidden = unicodedata.category(letter)[0] == "C" or unicodedata.category(letter) in ("Zl", "Zp")
    return f"⟨U+{ord(letter):04X}⟩" if hidden else letter
