"""Arrays that cross to the window: float32, on the CPU, C-contiguous, read-only."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float32]


BoolArray: TypeAlias = NDArray[np.bool_]


IntArray: TypeAlias = NDArray[np.int64]


def frozen(array: Any, shape: tuple[int | None, ...], what: str, dtype: Any = np.float32) -> Any:
    """`array` of `dtype`, C-contiguous, read-only; raises ValueError when its shape is not `shape` (None: any)."""
    result = np.ascontiguousarray(array, dtype=dtype)
    if result.ndim != len(shape) or any(
        want not in (None, have) for want, have in zip(shape, result.shape, strict=True)
    ):
        raise ValueError(f"{what} has shape {result.shape}, not {shape}")
    if result.flags.writeable:
        result = result.view()
        result.flags.writeable = False
    return result
