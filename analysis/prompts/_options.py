"""Reading a prompt's options, which arrive as text."""

import math

from analysis.values import PromptInfo, PromptSpec, UserError


def whole_number(spec: PromptSpec, key: str, default: str) -> int:
    """The option as a whole number from 0 up; raises UserError on anything else."""
    text = spec.option(key, default).strip()
    if not text.isascii() or not text.isdigit():
        raise UserError(f"{text!r} is not a whole number; write {key} in digits.")
    return int(text)


def number(info: PromptInfo, spec: PromptSpec, key: str) -> float:
    """The option as a number within its bounds, whole unless its kind is "decimal"; raises UserError otherwise."""
    option = next(option for option in info.options if option.key == key)
    if option.kind == "number":
        value: float = whole_number(spec, key, option.default)
    else:
        text = spec.option(key, option.default).strip()
        try:
            value = float(text)
        except ValueError:
            raise UserError(f"{text!r} is not a number; write {option.label} as one, like {option.default}.") from None
    if not (math.isfinite(value) and option.low <= value <= option.high):
        raise UserError(f"{option.label} is {value:g}, but goes from {option.low:g} to {option.high:g}.")
    return value
