"""Which part may know of which, checked on what is really imported."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("analysis", "gui", "resources")
SOURCES = [ROOT / "main.py", *(path for part in PARTS for path in (ROOT / part).rglob("*.py"))]


def loaded_by(module: str) -> set[str]:
    """Top-level names of what is loaded after importing the module in a fresh interpreter."""
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def imports_of(path: Path) -> set[str]:
    """Every module that the file imports anywhere, with dots; relative ones resolved."""
    package = path.relative_to(ROOT).parent.parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            found.add(".".join([*base, *([node.module] if node.module else [])]))
    return found


def test_that_the_window_is_imported_without_torch() -> None:
    loaded = loaded_by("gui.start.app")
    assert "PySide6" in loaded
    assert "torch" not in loaded


def test_that_the_analysis_is_imported_without_qt() -> None:
    loaded = loaded_by("analysis.session.session")
    assert "torch" in loaded
    assert not loaded & {"PySide6", "shiboken6", "pyqtgraph", "gui"}


@pytest.mark.parametrize("path", sorted((ROOT / "analysis").rglob("*.py")), ids=lambda path: path.stem)
def test_that_no_analysis_file_imports_the_window(path: Path) -> None:
    assert not {name.partition(".")[0] for name in imports_of(path)} & {"PySide6", "pyqtgraph", "gui"}


@pytest.mark.parametrize("path", sorted((ROOT / "gui").rglob("*.py")), ids=lambda path: path.stem)
def test_that_the_window_knows_only_the_values_of_the_analysis(path: Path) -> None:
    """Values, figures and recipes are numpy alone."""
    session = {"analysis.session.session"} if path.name == "backend.py" else set()
    allowed = {"analysis", "analysis.session.recipe"} | session
    known = {name for name in imports_of(path) if name.partition(".")[0] in ("analysis", "torch")}
    assert {name for name in known - allowed if not name.startswith(("analysis.values", "analysis.figures."))} == set()


def test_that_main_is_import_and_call() -> None:
    tree = ast.parse((ROOT / "main.py").read_text("utf-8"))
    assert len((ROOT / "main.py").read_text("utf-8").splitlines()) < 20
    assert imports_of(ROOT / "main.py") == {"sys", "gui.start.startup"}
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
    makers = [path for path in SOURCES if path.is_relative_to(ROOT / "resources" / "demo")]
    needed = _libraries([path for path in SOURCES if path not in makers])
    assert needed == _names(project["dependencies"])
    assert _libraries(makers) - needed == _names(project["optional-dependencies"]["demo"])


def _libraries(paths: list[Path]) -> set[str]:
    """What the files import that is neither Python's nor ours, by its name in the registry."""
    names = {"PySide6": "pyside6-essentials", "HersheyFonts": "hershey-fonts"}
    used = {name.partition(".")[0] for path in paths for name in imports_of(path)}
    return {names.get(name, name) for name in used - set(sys.stdlib_module_names) - {*PARTS, "main", "shiboken6"}}


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[=<>~\[]", line)[0].lower() for line in requirements}
