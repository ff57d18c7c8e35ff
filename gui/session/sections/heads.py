"""The list of heads: its filter and the score that it is sorted by."""

from typing import Any

from PySide6.QtCore import Qt

from analysis.values import UserError
from gui.heads.head_tree import HeadTree
from gui.session.sections import Section
from gui.shared.context import Context


def _collect(context: Context) -> dict[str, Any] | None:
    if context.store.facts is None:
        return None
    tree = context[HeadTree]
    header, infos = tree.view.header(), tree.model.infos
    column = header.sortIndicatorSection()
    score = infos[column - 1].key if 0 < column <= len(infos) else ""
    descending = header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
    return {"filter": tree.filter_text(), "sorted_by": score, "descending": descending}


def _restore(context: Context, value: Any) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("filter"), str):
        raise UserError("its filter is not readable")
    tree = context[HeadTree]
    keys = ["", *(info.key for info in tree.model.infos)]
    column = keys.index(value["sorted_by"]) if value.get("sorted_by") in keys else 0
    order = Qt.SortOrder.DescendingOrder if value.get("descending") is True else Qt.SortOrder.AscendingOrder
    tree.view.sortByColumn(column, order)
    tree.set_filter_text(value["filter"])


SECTIONS = (Section("heads", "the list of heads", _collect, _restore),)
