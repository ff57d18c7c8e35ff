"""How keys move a cursor over a grid of rows and columns."""

from PySide6.QtCore import Qt

Cell = tuple[int, int]
"""(row, column)"""

FAR = 10
"""Cells of a step with Shift."""
KEYS = "Arrows move by one cell, with Shift by ten; Page Up and Page Down by a page; Home and End go to the ends of " \
       "the row, with Ctrl to the corners; Enter clicks; + and − zoom, 0 shows all."
_ARROWS = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
}
_PAGES = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}


def moved(cell: Cell, key: int, held: Qt.KeyboardModifier, shape: Cell, page: Cell) -> Cell | None:
    """Where a key takes the cursor in a grid of `shape`; `page`: rows and columns on show. None: no such key.

    Page keys move by rows, with Shift by columns. The cursor stays within the grid.
    """
    shift, ctrl = (bool(held & which) for which in (Qt.KeyboardModifier.ShiftModifier,
                                                    Qt.KeyboardModifier.ControlModifier))
    if held & Qt.KeyboardModifier.AltModifier or not shape[0] or not shape[1]:
        return None
    (row, col), (last_row, last_col), wanted = cell, (shape[0] - 1, shape[1] - 1), Qt.Key(key)
    if wanted in _ARROWS:
        down, right = _ARROWS[wanted]
        far = FAR if shift or ctrl else 1
        row, col = row + down * far, col + right * far
    elif wanted in _PAGES:
        steps = _PAGES[wanted]
        row, col = (row, col + steps * max(1, page[1])) if shift else (row + steps * max(1, page[0]), col)
    elif wanted == Qt.Key.Key_Home:
        row, col = (0, 0) if ctrl else (row, 0)
    elif wanted == Qt.Key.Key_End:
        row, col = (last_row, last_col) if ctrl else (row, last_col)
    else:
        return None
    return min(max(row, 0), last_row), min(max(col, 0), last_col)
