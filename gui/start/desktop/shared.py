"""What the entries in the menus of all systems have in common."""

from pathlib import Path

from analysis.values.whole_files import write_whole

ROOT = Path(__file__).parents[3]
ICONS = ROOT / "resources" / "icons"
COMMENT = "See what every attention head of a transformer does"


def write(path: Path, content: bytes) -> None:
    """Whole or not at all, with the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda file: file.write(content), "make the folder writable")
