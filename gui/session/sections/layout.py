"""Where the window and its docks stand."""

from typing import Any

from PySide6.QtCore import QByteArray

from analysis.values import UserError
from gui.session.sections import Section
from gui.shared.context import Context
from gui.window.docks import LAYOUT_VERSION
from gui.window.layouts import Layouts


def _collect(context: Context) -> dict[str, Any]:
    geometry, docks = context.frame.saveGeometry(), context.frame.saveState(LAYOUT_VERSION)
    return {"version": LAYOUT_VERSION, "geometry": _text(geometry), "docks": _text(docks)}


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _data(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode("ascii", "replace"))


def _restore(context: Context, value: Any) -> None:
    if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in ("geometry", "docks")):
        raise UserError("its places are not readable")
    if value.get("version") == LAYOUT_VERSION:
        context[Layouts].bring_back(_data(value["geometry"]), _data(value["docks"]))


SECTIONS = (Section("layout", "the places of the panels", _collect, _restore, "window"),)
