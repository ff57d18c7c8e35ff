"""What several views have in common: numbers and scales."""

import numpy as np
import torch

from analysis.figures.axis import Scale
from analysis.values import FloatArray, Selection


def numpy(tensor: torch.Tensor) -> FloatArray:
    return tensor.detach().float().cpu().numpy()


def signed(values: FloatArray, label: str) -> Scale:
    """A diverging scale symmetric about 0 that reaches the largest magnitude."""
    top = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.0
    top = top or 1.0
    return Scale("diverging", -top, top, label)


def number(selection: Selection, key: str) -> int:
    text = selection.option(key, "0")
    return int(text) if text.isascii() and text.isdigit() else 0
