"""How keys move a cursor over a grid of rows and columns."""

from PySide6.QtCore import Qt

Cell = tuple[int, int]
"""(row, column)"""

FAR = 10
"""Cells of a step with Shift."""
KEYS = "Arrows move by one cell, with Shift by ten; Page Up and Page Down by a page; Home and End go to the ends of " \
       "the row, with Ctrl to the corners; Enter clicks; + and − zoom, 0 shows all."


def moved(cell: Cell, key: int, held: Qt.KeyboardModifier, shape: Cell, page: Cell) -> Cell | None:
    """Where a key takes the cursor in a grid of `shape`; `page`: rows and columns on show. None: no such key.

    Page keys move by rows, with Shift by columns. The cursor stays within the grid.
    """
    shift, ctrl = (bool(held & which) for which in (Qt.KeyboardModifier.ShiftModifier,
                                                    Qt.KeyboardModifier.ControlModifier))
    if held & Qt.KeyboardModifier.AltModifier or not shape[0] or not shape[1]:
        return None
    (row, col), (last_row, last_col), step = cell, (shape[0] - 1, shape[1] - 1), FAR if shift or ctrl else 1
    down, right = (0, max(1, page[1])) if shift else (max(1, page[0]), 0)
    targets = {
        Qt.Key.Key_Left: (row, col - step), Qt.Key.Key_Right: (row, col + step),
        Qt.Key.Key_Up: (row - step, col), Qt.Key.Key_Down: (row + step, col),
        Qt.Key.Key_PageUp: (row - down, col - right), Qt.Key.Key_PageDown: (row + down, col + right),
        Qt.Key.Key_Home: (0 if ctrl else row, 0), Qt.Key.Key_End: (last_row if ctrl else row, last_col),
    }
    if Qt.Key(key) not in targets:
        return None
    row, col = targets[Qt.Key(key)]
    return min(max(row, 0), last_row), min(max(col, 0), last_col)
