"""A picture that this program exported: it leads back to the view that it shows."""

from __future__ import annotations

from analysis.figures.stamp import SUFFIXES, is_picture
from gui.session.file_kinds import Drop

DROP = Drop("picture", "Exported figures", SUFFIXES, is_picture, lambda window, path: window.tracer.trace(path))
