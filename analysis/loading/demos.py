"""The models that come with the program, and by which names they are opened."""

from dataclasses import dataclass
from pathlib import Path

from analysis.values import DemoInfo, UserError, names_demo

_PLACE = Path(__file__).parents[2] / "resources" / "demo"


@dataclass(frozen=True)
class Demo:
    info: DemoInfo
    path: Path


DEMOS = (
    Demo(
        DemoInfo(
            "demo:handwriting", "Handwriting demo",
            "A small cursive transformer that copies letters by looking back: L1H0 is its induction head",
        ),
        _PLACE / "handwriting.safetensors",
    ),
    Demo(
        DemoInfo(
            "demo:textbook", "Textbook demo",
            "Two layers, attention only, an unmistakable induction circuit: L0H2 into L1H6",
        ),
        _PLACE / "induction.safetensors",
    ),
)
"""The first is what opens when nothing is asked for."""


def find_demo(path: str | None) -> Demo | None:
    """The demo that a path stands for (None: the first); None for the path of a file. Raises UserError for an
    unknown demo."""
    if path is None:
        return DEMOS[0]
    if not names_demo(path):
        return None
    for demo in DEMOS:
        if demo.info.key == path:
            return demo
    raise UserError(f"There is no demo {path!r}; open {' or '.join(demo.info.key for demo in DEMOS)}.")
