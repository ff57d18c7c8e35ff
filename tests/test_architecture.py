"""Which part may know of which, checked on what is really imported."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.import_graph import PARTS, Graph

ROOT = Path(__file__).parent.parent
QT = ("PySide6", "shiboken6", "pyqtgraph")
MAKES_THE_SESSION = ("gui.work.backend", "analysis.session.session")
SOURCES = [ROOT / "main.py", *(path for part in PARTS for path in (ROOT / part).rglob("*.py"))]


def loaded_by(module: str) -> set[str]:
    """Top-level names of what is loaded after importing the module in a fresh interpreter."""
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_that_the_window_is_imported_without_torch() -> None:
    loaded = loaded_by("gui.start.app")
    assert "PySide6" in loaded
    assert not loaded & {"torch", "jaxtyping", "matplotlib", "jinja2"}


def test_that_the_analysis_is_imported_without_qt() -> None:
    loaded = loaded_by("analysis.session.session")
    assert "torch" in loaded
    assert not loaded & {"PySide6", "shiboken6", "pyqtgraph", "gui"}


@cache
def graph() -> Graph:
    return Graph(ROOT)


def chain(reached: dict[str, str], last: str) -> str:
    """How a module is reached, for a message."""
    found = [last]
    while found[0] in reached and len(found) < 20:
        found.insert(0, reached[found[0]])
    return " → ".join(found)


def test_that_no_analysis_module_leads_to_the_window_or_to_qt() -> None:
    for module in (name for name in graph().paths if name.partition(".")[0] == "analysis"):
        reached = graph().reached(module)
        for other in reached:
            assert other.partition(".")[0] not in (*QT, "gui", "main"), chain(reached, other)


def test_that_no_module_of_the_window_leads_to_torch() -> None:
    """But for the worker, which makes the session on the thread of its own."""
    assert "torch" in graph().reached("gui.work.worker")
    for module in (name for name in graph().paths if name.partition(".")[0] in ("gui", "main")):
        reached = graph().reached(module, cut=[MAKES_THE_SESSION])
        for other in reached:
            assert other.partition(".")[0] != "torch", chain(reached, other)


def test_that_the_window_knows_only_the_values_of_the_analysis() -> None:
    """Values, figures and recipes are numpy alone; type checking counts."""
    edges = {(name, other) for name in graph().paths if name.startswith("gui.") for other in graph().needs(name)}
    known = {edge for edge in edges if edge[1].partition(".")[0] in ("analysis", "torch")} - {MAKES_THE_SESSION}
    allowed = ("analysis.values", "analysis.figures.", "analysis.session.recipe")
    assert {edge for edge in known if edge[1] != "analysis" and not edge[1].startswith(allowed)} == set()


def test_that_no_imports_go_in_circles() -> None:
    """Those under TYPE_CHECKING and inside functions count."""
    assert graph().circles() == []


def test_that_only_the_program_itself_knows_the_main_window() -> None:
    assert {name for name in graph().paths if "gui.window.main_window" in graph().needs(name)} == {"gui.start.app"}


def write(root: Path, **sources: str) -> Graph:
    """The graph of made-up sources; "gui__a" is gui/a.py."""
    for name, source in sources.items():
        path = root / f"{name.replace('__', '/')}.py".replace("/init.py", "/__init__.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, "utf-8")
    return Graph(root)


@pytest.mark.parametrize("way", [
    "import torch", "import torch.nn", "from torch import nn", "def f():\n from torch import nn",
    "import importlib\nimportlib.import_module('torch')", "__import__('torch')",
    "from analysis import deep", "from analysis.deep import x", "import analysis.deep", "from . import b",
    "from analysis.handing import x",
    "from importlib import import_module\nWHERE = 'analysis.folder'\nimport_module(WHERE + '.deeper')",
    "import importlib\nimportlib.import_module(f'{__name__}.b')",
    "from analysis.values.modules import modules_of\nmodules_of('analysis.folder')",
])  # fmt: skip
def test_that_every_way_to_torch_is_found(tmp_path: Path, way: str) -> None:
    made = write(tmp_path, gui__a__init=way, gui__a__b="import analysis.folder.deeper", analysis__deep="import torch",
                 analysis__folder__deeper="import torch", analysis__handing__init="from analysis.deep import x")
    assert "torch" in made.reached("gui.a")
    made = write(tmp_path, gui__a__init="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n import torch")
    assert "torch" not in made.reached("gui.a")


@pytest.mark.parametrize(("there", "back"), [
    ("from gui import b", "from gui import a"),
    ("import gui.b", "def f():\n import gui.a"),
    ("from .b import y", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n from gui.a import x"),
    ("from gui.handing import y", "from gui.a import x"),
])  # fmt: skip
def test_that_every_circle_is_found(tmp_path: Path, there: str, back: str) -> None:
    made = write(tmp_path, gui__a=there, gui__b=back, gui__handing__init="from gui.b import y\n__all__ = ['y']")
    assert made.circles() == [{"gui.a", "gui.b"}]


def test_that_a_package_that_hands_names_on_is_no_circle(tmp_path: Path) -> None:
    made = write(tmp_path, gui__p__init="from gui.p.a import x\nfrom gui.p.b import y", gui__p__a="",
                 gui__p__b="from gui.p import x")
    assert made.circles() == []
    assert write(tmp_path, gui__p__a="from gui.p import y").circles() == [{"gui.p.a", "gui.p.b"}]


def test_that_main_is_import_and_call() -> None:
    tree = ast.parse((ROOT / "main.py").read_text("utf-8"))
    assert len((ROOT / "main.py").read_text("utf-8").splitlines()) < 20
    assert graph().named("main") == {"sys", "gui.start.startup"}
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == ["main"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_that_torch_load_never_runs_code_from_a_file(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert given.get("weights_only") == "True", f"{path.name}:{node.lineno}"


def test_that_every_library_in_use_is_a_dependency() -> None:
    """Not one that only the tests bring along; what makes the demos has an extra of its own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    makers = {name for name in graph().paths if name.startswith("resources.demo")}
    needed = _libraries(graph().paths.keys() - makers)
    assert needed == _names(project["dependencies"])
    assert _libraries(makers) - needed == _names(project["optional-dependencies"]["demo"])


def _libraries(modules: set[str]) -> set[str]:
    """What the modules import that is neither Python's nor ours, by its name in the registry."""
    names = {"PySide6": "pyside6-essentials", "HersheyFonts": "hershey-fonts"}
    used = {name.partition(".")[0] for module in modules for name in graph().named(module)}
    return {names.get(name, name) for name in used - set(sys.stdlib_module_names) - {*PARTS, "main", "shiboken6"}}


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[=<>~\[]", line)[0].lower() for line in requirements}
