"""Who imports whom, read from the source: nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PARTS = ("analysis", "gui", "resources")


@dataclass(frozen=True)
class Import:
    """What one statement asks for: a module, or a name of it."""

    module: str
    name: str = ""
    typed: bool = False
    """Under `if TYPE_CHECKING`: it never runs."""
    looked_up: bool = False
    """Through importlib, or `modules_of`."""


class Graph:
    """The modules below a root: `main` and what lies in PARTS."""

    def __init__(self, root: Path) -> None:
        files = [*root.glob("main.py"), *(path for part in PARTS for path in (root / part).rglob("*.py"))]
        self.paths = {_name(path.relative_to(root)): path for path in sorted(files)}
        self._trees = {name: ast.parse(path.read_text("utf-8")) for name, path in self.paths.items()}
        self._imports = {name: list(self._read(name)) for name in self.paths}

    def needs(self, module: str) -> set[str]:
        """The modules that a module names, whichever way: `from package import x` is x where that is a module, else
        the package, and where the package only hands x on, the module that it has x from."""
        return {self._origin(each) for each in self._imports[module] if not each.looked_up}

    def runs(self, module: str) -> set[str]:
        """What importing and using a module may run: what it names outside of TYPE_CHECKING, the packages above that,
        and what it looks up by importlib."""
        found = {name for each in self._imports[module] if not each.typed for name in (each.module, self._module(each))}
        return {above for name in found for above in _with_parents(name)} - {module}

    def named(self, module: str) -> set[str]:
        """Every module that its import statements name, ours and others, as they are written."""
        return {each.module for each in self._imports[module] if not each.looked_up}

    def reached(self, module: str, cut: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
        """Everything that a module leads to, ours or a library, each with who names it; edges in `cut` are left out."""
        found: dict[str, str] = {}
        left = [module]
        while left:
            here = left.pop()
            for there in self.runs(here) if here in self.paths else ():
                if there not in found and (here, there) not in set(cut):
                    found[there] = here
                    left.append(there)
        return found

    def circles(self) -> list[set[str]]:
        """Sets of modules that each lead to all others of the set, TYPE_CHECKING counted; importlib is not, since what
        is discovered is found by its place and may know who looks."""
        ours = {name: self.needs(name) & self.paths.keys() - {name} for name in self.paths}
        beyond = {name: _closure(name, ours) for name in ours}
        circles = {frozenset(there for there in beyond[name] if name in beyond[there]) for name in ours}
        return sorted((set(circle) for circle in circles if circle), key=sorted)

    # ---- inside --------------------------------------------------------------------------------------------------

    def _read(self, module: str) -> Iterator[Import]:
        tree = self._trees[module]
        typed = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in
                 ast.unparse(node.test) for part in node.body for inner in ast.walk(part)}  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, typed=id(node) in typed) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(module, node)
                yield from (Import(base, alias.name, id(node) in typed) for alias in node.names)
        if any(isinstance(node, ast.Call) and _looks_up(node) for node in ast.walk(tree)):
            yield from self._looked_up(module, tree)

    def _base(self, module: str, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = module if self.paths[module].name == "__init__.py" else module.rpartition(".")[0]
        parts = package.split(".")
        return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])

    def _looked_up(self, module: str, tree: ast.Module) -> Iterator[Import]:
        """Where importlib is used: what is named by a string, and all that lies below a package that is named so or is
        this one."""
        constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        words = {value for value in constants if isinstance(value, str)}
        if any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(tree)):
            words.add(module)
        for word in words:
            below = [name for name in self.paths if f"{name}.".startswith(f"{word.rstrip('.')}.") and name != module]
            yield from (Import(name, looked_up=True) for name in below)
            if word.isidentifier() and not below:
                yield Import(word, looked_up=True)

    def _module(self, each: Import) -> str:
        full = f"{each.module}.{each.name}"
        return full if full in self.paths else each.module

    def _origin(self, each: Import) -> str:
        module = self._module(each)
        if module != each.module or not each.name or not self._plain(module):
            return module
        return next((self._origin(handed) for handed in self._imports[module] if handed.name == each.name), module)

    def _plain(self, module: str) -> bool:
        """Whether it is a package that does nothing but hand names on."""
        if module not in self.paths or self.paths[module].name != "__init__.py":
            return False
        return all(isinstance(node, ast.Import | ast.ImportFrom | ast.Expr) or ast.unparse(node).startswith("__all__")
                   for node in self._trees[module].body)  # fmt: skip


def _name(path: Path) -> str:
    return ".".join(path.parent.parts if path.name == "__init__.py" else (*path.parent.parts, path.stem))


def _looks_up(node: ast.Call) -> bool:
    return ast.unparse(node.func).rpartition(".")[2] in ("import_module", "__import__", "modules_of")


def _with_parents(module: str) -> Iterator[str]:
    while module:
        yield module
        module = module.rpartition(".")[0]


def _closure(name: str, edges: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    left = [name]
    while left:
        new = edges[left.pop()] - found
        found |= new
        left += new
    return found
