"""Outside the tests nothing may be there that runs what a file says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PARTS = ("analysis", "gui", "resources")
FILES = sorted([ROOT / "main.py", *(path for part in PARTS for path in (ROOT / part).rglob("*.py"))])
FORBIDDEN_CALLS = {"torch.load", "torch.jit.load", "torch.hub.load", "joblib.load", "runpy.run_path", "eval", "exec"}
FORBIDDEN_MODULES = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
FORBIDDEN_OPTIONS = {"trust_remote_code", "allow_pickle"}


def faults(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in FORBIDDEN_CALLS:
            yield f"line {node.lineno}: {ast.unparse(node.func)}"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [item.name for item in node.names]
            yield from (f"line {node.lineno}: import {name}" for name in names if name in FORBIDDEN_MODULES)
        if isinstance(node, ast.keyword) and node.arg in FORBIDDEN_OPTIONS and ast.unparse(node.value) != "False":
            yield f"line {node.value.lineno}: {node.arg}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_that_no_module_can_run_what_a_file_says(file: Path) -> None:
    assert list(faults(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    ["torch.load(x)", "import pickle", "from pickle import loads", "eval(x)", "f(trust_remote_code=True)", "exec('x')"],
)
def test_that_the_search_finds_what_it_is_for(line: str) -> None:
    assert len(list(faults(line))) == 1


def test_that_the_search_leaves_the_harmless_alone() -> None:
    assert list(faults("import json\nmodel.eval()\nnp.load(x, allow_pickle=False)\njson.load(y)")) == []
