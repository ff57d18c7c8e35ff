"""Installed packages for tests: a folder with modules and a .dist-info, as pip would leave it, without pip."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "resources" / "docs" / "plugins.md"


def install(folder: Path, name: str, entry_points: dict[str, dict[str, str]], **modules: str) -> Path:
    """A package version 1.0; `entry_points`: group → name → value; `modules`: name → source. Returns the folder."""
    for module, source in modules.items():
        (folder / f"{module}.py").write_text(source, "utf-8")
    described = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    lines = (f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in named.items())
             for group, named in entry_points.items())
    (described / "entry_points.txt").write_text("".join(lines), "utf-8")
    return folder


def example() -> tuple[str, str]:
    """The document's example: (pyproject.toml, headscope_sharpness.py)."""
    text = DOCUMENT.read_text("utf-8")
    [project] = re.findall(r"`pyproject.toml`\n\n```toml\n(.*?)```", text, re.DOTALL)
    [module] = re.findall(r"`headscope_sharpness.py`\n\n```python\n(.*?)```", text, re.DOTALL)
    return project, module


def install_example(folder: Path) -> Path:
    """The document's example, exactly as it stands there."""
    described, module = example()
    project = tomllib.loads(described)["project"]
    return install(folder, project["name"], project["entry-points"], headscope_sharpness=module)


SCORE = """
from dataclasses import replace
from analysis.measures.scores import Score
from analysis.values import ScoreInfo
INFO = lambda key: ScoreInfo(key, 'Title', 'short', 'Definition.', 'Source', 0.0, 1.0)
"""
BROKEN_VIEW = """
from analysis.values import ViewInfo
from analysis.views import View
VIEW = View(ViewInfo('nowhere', 'cellar', 'Nowhere', 'In no panel.'), print)
"""
BROKEN = {
    "no_import": "import a_library_that_is_nowhere",
    "ends_python": "raise SystemExit(3)",
    "no_score": "NOTHING = 1",
    "wrong_type": "from types import SimpleNamespace\nSCORE = SimpleNamespace(info=SimpleNamespace(key='x', order=1))",
    "wrong_info": "from analysis.measures.scores import Score\nSCORE = Score(None, weigh=print)",
    "not_whole": "from analysis.values import ScoreInfo\nSCORE = ScoreInfo('half')",
    "computes_nothing": f"{SCORE}SCORE = Score(INFO('nothing'))",
    "wrong_field": f"{SCORE}SCORE = Score(replace(INFO('field'), order='first'), weigh=print)",
    "taken": f"{SCORE}SCORE = Score(INFO('induction'), weigh=print)",
}
"""Modules with a score that cannot be used, each for another reason."""
