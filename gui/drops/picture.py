"""A picture that this program exported: it leads back to the view that it shows."""

from __future__ import annotations

from ..paper.stamp import SUFFIXES, is_picture
from . import Drop

DROP = Drop("picture", "Exported figures", SUFFIXES, is_picture, lambda window, path: window.tracer.trace(path))
