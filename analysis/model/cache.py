"""A cache bounded in bytes: the least recently used goes first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


class Cache:
    """Values by key with their sizes; a value larger than the whole cache is handed out but not kept."""

    def __init__(self, limit: int) -> None:
        self.limit, self.nbytes = limit, 0
        self._items: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[Hashable]:
        return iter(tuple(self._items))

    def get(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """The value kept under `key`, or the one that `make` returns; `size` gives its bytes."""
        if key in self._items:
            self._items.move_to_end(key)
            kept: T = self._items[key][0]
            return kept
        value = make()
        self._keep(key, value, size(value))
        return value

    def _keep(self, key: Hashable, value: Any, size: int) -> None:
        if size > self.limit:
            return
        self._items[key] = (value, size)
        self.nbytes += size
        while self.nbytes > self.limit:
            _, (_, freed) = self._items.popitem(last=False)
            self.nbytes -= freed

    def clear(self) -> None:
        self._items.clear()
        self.nbytes = 0
