"""The list of heads: its filter and the score that it is sorted by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from analysis.values import UserError
from gui.session.sections import Section

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


def _collect(window: MainWindow) -> dict[str, Any] | None:
    if window.store.facts is None:
        return None
    header, infos = window.tree.view.header(), window.tree.model.infos
    column = header.sortIndicatorSection()
    score = infos[column - 1].key if 0 < column <= len(infos) else ""
    descending = header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
    return {"filter": window.tree.filter_text(), "sorted_by": score, "descending": descending}


def _restore(window: MainWindow, value: Any) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("filter"), str):
        raise UserError("its filter is not readable")
    keys = ["", *(info.key for info in window.tree.model.infos)]
    column = keys.index(value["sorted_by"]) if value.get("sorted_by") in keys else 0
    order = Qt.SortOrder.DescendingOrder if value.get("descending") is True else Qt.SortOrder.AscendingOrder
    window.tree.view.sortByColumn(column, order)
    window.tree.set_filter_text(value["filter"])


SECTIONS = (Section("heads", "the list of heads", _collect, _restore),)
