"""The state of a pickle machine that builds inert values: no imports, no calls, and a limit on everything.

Its instructions are in `opcodes`, the few names it understands in `known`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

from analysis.files.pickles.inert import Bag, Global, Pairs, Placeholder, label_of
from analysis.files.unreadable import CutShort, Unreadable, damaged, shown, too_much

MOST_BYTES = 48 * 2**20
MOST_MEMORY = 96 * 2**20  # what texts, byte strings and containers may take, estimated
MOST_MARKS = 10_000
MOST_NUMBER_BYTES = 512
MOST_NAME = 1_000
MOST_LINE = 65_536
CONTAINER = 150
"""Bytes an empty container is counted as."""
_REMEMBERED = 80


class Handler(Protocol):
    """What a known callable does with its arguments; None: these arguments are not understood."""

    def __call__(self, machine: Machine, args: tuple[object, ...], /) -> object: ...


class Machine:
    """What one pickle in `data`, from `position`, has built so far.

    `known` maps (module, name) to handlers, `constants` to values that stand for themselves; `persistent` turns a
    persistent id into an object. Every limit that is passed, and every damage, is Unreadable.
    """

    def __init__(
        self, data: bytes, known: dict[tuple[str, str], Handler], constants: dict[tuple[str, str], torch.dtype],
        persistent: Callable[[object], object] | None = None, position: int = 0,
    ) -> None:  # fmt: skip
        self.data, self.position = data, position
        self.known, self.constants, self.persistent = known, constants, persistent
        self.stack: list[object] = []
        self.marks: list[list[object]] = []
        self.memo: dict[int, object] = {}
        self._memory = 0

    # ---- reading -------------------------------------------------------------------------------------------------

    def take(self, count: int) -> bytes:
        start, self.position = self.position, self.position + count
        if self.position > len(self.data):
            raise CutShort("is damaged or incomplete (its pickle ends too early)")
        self.spend(count)
        return self.data[start : self.position]

    def number(self, count: int) -> int:
        """An unsigned little-endian number of `count` bytes."""
        start, self.position = self.position, self.position + count
        if self.position > len(self.data):
            raise CutShort("is damaged or incomplete (its pickle ends too early)")
        return int.from_bytes(self.data[start : self.position], "little")

    def line(self) -> bytes:
        """Up to the next line feed, which is left out."""
        end = self.data.find(b"\n", self.position, self.position + MOST_LINE)
        if end < 0:
            if self.position + MOST_LINE > len(self.data):
                raise CutShort("is damaged or incomplete (its pickle ends too early)")
            raise damaged("a line of its pickle does not end")
        line = self.take(end - self.position)
        self.position += 1
        return line

    def spend(self, size: int) -> None:
        """Count memory that the file makes this program use."""
        self._memory += size
        if self._memory > MOST_MEMORY:
            raise too_much(f"more than {MOST_MEMORY >> 20} MB beside its tensors")

    # ---- the stack -----------------------------------------------------------------------------------------------

    def mark(self) -> None:
        if len(self.marks) >= MOST_MARKS:
            raise damaged("its pickle is nested too deeply")
        self.spend(CONTAINER)
        self.marks.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[object]:
        items, self.stack = self.stack, self.marks.pop()
        return items

    def keep(self, index: int) -> None:
        self.spend(_REMEMBERED)
        self.memo[index] = self.stack[-1]

    # ---- objects -------------------------------------------------------------------------------------------------

    def find(self, module: object, name: object) -> object:
        """A name of the file's, as a value of ours."""
        if not isinstance(module, str) or not isinstance(name, str):
            raise damaged("a name in its pickle is not text")
        if len(module) + len(name) > MOST_NAME:
            raise damaged("a name in its pickle does not end")
        self.spend(CONTAINER)
        return self.constants.get((module, name)) or Global(module, name)

    def call(self, callee: object, args: object) -> object:
        """What a call would have made."""
        if not isinstance(args, tuple):
            raise damaged("a call in its pickle has no arguments")
        handler = self.known.get((callee.module, callee.name)) if isinstance(callee, Global) else None
        made = handler(self, args) if handler is not None else None
        if made is not None:
            return made
        label = callee.label if isinstance(callee, Global) else f"a call of {label_of(callee)[:200]}"
        self.spend(CONTAINER + len(label))
        return Placeholder(label, args)

    def persisted(self, identifier: object) -> object:
        if self.persistent is None:
            raise Unreadable("refers to things that are stored outside of it")
        return self.persistent(identifier)

    def append(self, target: object, items: list[object]) -> None:
        if isinstance(target, list):
            target.extend(items)
        elif isinstance(target, Bag):
            target.items.extend(items)
        elif isinstance(target, Placeholder):
            target.items = target.items if target.items is not None else []
            target.items.extend(items)
        else:
            raise damaged(f"its pickle appends to {shown(type(target).__name__)}")

    def store(self, target: object, items: list[object]) -> None:
        """Keys and values, taking turns."""
        if len(items) % 2:
            raise damaged("a key in its pickle has no value")
        self.spend(32 * len(items))
        pairs = list(zip(items[::2], items[1::2], strict=True))
        if isinstance(target, Pairs):
            target.pairs.extend(pairs)
        elif isinstance(target, Placeholder):
            target.pairs = target.pairs if target.pairs is not None else []
            target.pairs.extend(pairs)
        else:
            raise damaged(f"its pickle stores into {shown(type(target).__name__)}")
