"""From the inert values of a pickle to named tensors, a plain tree around them, and a list of what was left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import torch

from analysis.files.dense import Dense, Odd, Storage
from analysis.files.pickles.arrays import Array, Numbers
from analysis.files.pickles.inert import Bag, Global, Pairs, Placeholder
from analysis.files.unreadable import damaged, too_much

MOST_NODES = 1_500_000
MOST_CONTAINERS = 400_000
MOST_TENSORS = 100_000
MOST_DEPTH = 120
_MOST_NAME = 2_000
_MOST_IGNORED = 500
_LEAVES = (str, int, float, bool, complex, bytes, type(None))
_INTERNALS = ("_backward", "_forward", "_state_dict", "_load_state", "_non_persistent", "_is_full_backward", "_backend")
_MODULE = ("_parameters", "_buffers", "_modules")

Path: TypeAlias = "tuple[Path | None, str]"

Container: TypeAlias = list[object] | tuple[object, ...] | Pairs | Bag | Placeholder


@dataclass(frozen=True, slots=True)
class Ref:
    """A tensor's place in the tree: its name among the entries."""

    name: str


@dataclass(slots=True)
class Walk:
    """What was found on the way through one object; `tree` makes it."""

    tensors: dict[str, Dense] = field(default_factory=dict)
    odd: dict[str, Odd] = field(default_factory=dict)
    _ignored: dict[str, None] = field(default_factory=dict)
    _more: int = 0
    _nodes: int = 0
    _containers: int = 0
    _above: set[int] = field(default_factory=set)
    _repeats: dict[str, int] = field(default_factory=dict)
    _modules: int = 0

    def ignored(self) -> tuple[str, ...]:
        """What could not be understood: "where: what", in the order of the file."""
        return (*self._ignored, *((f"and {self._more} more",) if self._more else ()))

    def tree(self, thing: object, path: Path | None = None) -> object:
        """The thing in plain values; raises Unreadable when it is too large or too deep."""
        if isinstance(thing, _LEAVES):
            return thing
        if isinstance(thing, list | tuple | Pairs | Bag | Placeholder):
            return self._container(thing, path)
        return self._single(thing, path)

    def _container(self, thing: Container, path: Path | None) -> object:
        self._containers += 1
        self._count(1)
        if self._containers > MOST_CONTAINERS:
            raise too_much(f"more than {MOST_CONTAINERS:,} lists and dictionaries")
        if id(thing) in self._above:
            return self._leave_out(path, "a reference back to what holds it")
        if len(self._above) >= MOST_DEPTH:
            raise damaged(f"it is nested more than {MOST_DEPTH} levels deep")
        self._above.add(id(thing))
        try:
            if isinstance(thing, Placeholder):
                return self._placeholder(thing, path)
            if isinstance(thing, Pairs):
                return self._pairs(thing.pairs, path)
            items = self._items(thing.items if isinstance(thing, Bag) else thing, path)
            return tuple(items) if isinstance(thing, tuple) else items
        finally:
            self._above.discard(id(thing))

    def _count(self, values: int) -> None:
        """Count values before they are looked at: things that are shared are walked once for each of their places."""
        self._nodes += values
        if self._nodes > MOST_NODES:
            raise too_much(f"more than {MOST_NODES:,} values")

    def _items(self, items: list[object] | tuple[object, ...], path: Path | None) -> list[object]:
        self._count(len(items))
        result = []
        for index, item in enumerate(items):
            result.append(item if isinstance(item, _LEAVES) else self.tree(item, (path, str(index))))
        return result

    def _pairs(self, pairs: list[tuple[object, object]], path: Path | None) -> dict[object, object]:
        self._count(len(pairs))
        last: dict[object, object] = {}
        for key, value in pairs:
            last[self._key(key, path)] = value
        result = {}
        for key, value in last.items():
            result[key] = self.tree(value, (path, str(key)))
        return result

    def _key(self, key: object, path: Path | None) -> object:
        """A key that hashes well, whoever chose it: large numbers and tuples become texts."""
        if isinstance(key, str | bool | float | type(None)) or (isinstance(key, int) and abs(key) < 1 << 60):
            return key
        if isinstance(key, tuple) and len(key) <= 8:
            return "(" + ", ".join(map(_brief, key)) + ")"
        if isinstance(key, int | bytes | complex):
            return _brief(key)
        label = key.label if isinstance(key, Global | Placeholder) else type(key).__name__
        self._leave_out(path, f"a key of the kind {label[:200]}")
        return label[:200]

    # ---- one thing -----------------------------------------------------------------------------------------------

    def _single(self, thing: object, path: Path | None) -> object:
        if isinstance(thing, Dense | Odd):
            return self._tensor(thing, path)
        if isinstance(thing, torch.dtype):
            return str(thing)
        if isinstance(thing, Array) and thing.values is not None:
            return thing.values
        if isinstance(thing, Numbers) and thing.spec:
            return thing.spec
        if isinstance(thing, Global):
            return self._leave_out(path, f"the class or function {thing.label[:200]}")
        kinds = {Storage: "a storage without a tensor", Array: "numpy.ndarray", Numbers: "numpy.dtype"}
        return self._leave_out(path, kinds.get(type(thing), type(thing).__name__))

    def _tensor(self, tensor: Dense | Odd, path: Path | None) -> Ref:
        name = _name(path) or "tensor"
        if len(name) > _MOST_NAME:
            raise damaged("the name of a tensor does not end")
        if name in self._repeats:
            self._repeats[name] += 1
            name = f"{name}#{self._repeats[name]}"
        self._repeats.setdefault(name, 1)
        if len(self._repeats) > MOST_TENSORS:
            raise too_much(f"more than {MOST_TENSORS:,} tensors")
        if isinstance(tensor, Dense):
            self.tensors[name] = tensor
        else:
            self.odd[name] = tensor
            self._leave_out(path, f"a tensor that is {tensor.why}")
        return Ref(name)

    def _placeholder(self, thing: Placeholder, path: Path | None) -> object:
        fields = thing.fields()
        self._count(len(fields.pairs) if fields is not None else 0)
        module = fields is not None and all(fields.get(part) is not None for part in _MODULE)
        if not (module and self._modules):
            self._leave_out(path, thing.label[:200])
        if module and fields is not None:
            return self._module(fields, path)
        own = [*(fields.pairs if fields is not None else ()), *(thing.pairs or ())]
        rest: list[object] = [*thing.args, *(thing.items or ())]
        if fields is None and thing.state is not None:
            rest.append(thing.state)
        if not own:
            return self.tree(rest[0], path) if len(rest) == 1 else self._items(rest, path) if rest else None
        return self._pairs([("args", rest), *own] if rest else own, path)

    def _module(self, fields: Pairs, path: Path | None) -> object:
        """A pickled torch.nn.Module: its tensors under the names that state_dict() would give them."""
        hidden = (*_MODULE, *_INTERNALS)
        own = [(key, value) for key, value in fields.pairs if not (isinstance(key, str) and key.startswith(hidden))]
        parts = [fields.get(part) for part in _MODULE]
        inner = [pair for part in parts if isinstance(part, Pairs) for pair in part.pairs]
        self._modules += 1
        try:
            return self._pairs(own + inner, path)
        finally:
            self._modules -= 1

    def _leave_out(self, path: Path | None, what: str) -> object:
        """Nothing, which stands in the tree for what was left out."""
        if len(self._ignored) < _MOST_IGNORED:
            self._ignored.setdefault(f"{_name(path)[:300] or 'the whole'}: {what}")
        else:
            self._more += 1
        return None


def _brief(part: object) -> str:
    """A part of a key, cut before it is written out."""
    if isinstance(part, str | bytes):
        return repr(part[:40])
    return repr(part)[:40] if isinstance(part, _LEAVES) else "…"


def _name(path: Path | None) -> str:
    parts: list[str] = []
    length = 0
    while path is not None and length <= _MOST_NAME:
        path, key = path
        parts.append(key[: _MOST_NAME + 1])
        length += len(key) + 1
    return ".".join(reversed(parts))
