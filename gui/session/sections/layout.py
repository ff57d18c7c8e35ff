"""Where the window and its docks stand."""

from typing import Any

from PySide6.QtCore import QByteArray

from analysis.values import UserError
from gui.session.sections import Section
from gui.shared.context import Context
from gui.window.docks import LAYOUT_VERSION
from gui.window.layouts import Layouts


def _collect(context: Context) -> dict[str, Any]:
    places = (context.frame.saveGeometry(), context.frame.saveState(LAYOUT_VERSION))
    geometry, docks = (bytes(data.toBase64().data()).decode("ascii") for data in places)
    return {"version": LAYOUT_VERSION, "geometry": geometry, "docks": docks}


def _restore(context: Context, value: Any) -> None:
    if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in ("geometry", "docks")):
        raise UserError("its places are not readable")
    if value.get("version") == LAYOUT_VERSION:
        geometry, docks = (value[key].encode("ascii", "replace") for key in ("geometry", "docks"))
        context[Layouts].bring_back(QByteArray.fromBase64(geometry), QByteArray.fromBase64(docks))


SECTIONS = (Section("layout", "the places of the panels", _collect, _restore, "window"),)
