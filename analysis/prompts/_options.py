"""Reading a prompt's options, which arrive as text."""

from __future__ import annotations

from ..values import PromptSpec, UserError


def whole_number(spec: PromptSpec, key: str, default: str) -> int:
    """The option as a whole number from 0 up; raises UserError on anything else."""
    text = spec.option(key, default).strip()
    if not text.isascii() or not text.isdigit():
        raise UserError(f"{text!r} is no whole number: give {key} as digits.")
    return int(text)
