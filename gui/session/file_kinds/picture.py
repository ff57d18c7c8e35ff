"""A picture that this program exported: it leads back to the view that it shows."""

from __future__ import annotations

from gui.export.paper.stamp import SUFFIXES, is_picture
from gui.session.file_kinds import Drop
from gui.session.picture_origin import Tracer

DROP = Drop("picture", "Exported figures", SUFFIXES, is_picture, lambda context, path: context[Tracer].trace(path))
