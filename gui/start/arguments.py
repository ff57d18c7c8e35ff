"""The command line, read before anything of the window is loaded."""

import argparse
from typing import NoReturn

from analysis.values import Asked, HeadId, UserError
from analysis.values.selection import add_options, asked_of

DEMOS = ("demo:handwriting", "demo:textbook")
"""Named here too, for this is read before the analysis is."""
THEMES = ("system", "light", "dark")


class Parser(argparse.ArgumentParser):
    """Bad arguments end in one line."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; --help says what can be given.")


def parse(argv: list[str]) -> argparse.Namespace:
    """The arguments, and `asked`: how to ask for induction. Raises UserError on bad ones."""
    parser = Parser(prog="headscope", description="A microscope for the attention heads of transformers.")
    parser.add_argument("checkpoint", nargs="?", metavar="FILE",
                        help=f"checkpoint, session or exported figure, {' or '.join(DEMOS)} (default: what was open)")
    parser.add_argument("--demo", action="store_true", help="open the demo, whatever was open before")
    parser.add_argument("--head", type=HeadId.parse, metavar="L1H5", help="head to show first; L1X5 is a cross head")
    parser.add_argument("--n-head", type=_count, metavar="N", help="head count, where the file does not tell it")
    parser.add_argument("--data", metavar="FILE", help="handwriting data set, for a model that reads it")
    parser.add_argument("--device", help="auto, cpu, cuda or mps (default: as last chosen, else auto)")
    parser.add_argument("--theme", choices=THEMES, help="colours of the window")
    parser.add_argument("--size", type=_size, default=None, metavar="1440x900", help="size of the window")
    parser.add_argument("--screenshot", metavar="FILE.png", help="save a picture of the drawn window, and end")
    add_options(parser)
    parser.add_argument("--samples", type=int, default=Asked.samples, metavar="N",
                        help=f"random prompts to ask for induction with (default: {Asked.samples})")
    parser.add_argument("--seed", type=int, default=Asked.seed, metavar="N", help="their seed")
    desktop = parser.add_mutually_exclusive_group()
    desktop.add_argument("--install", action="store_true", help="add Headscope to the desktop's menu, and end")
    desktop.add_argument("--uninstall", action="store_true", help="take it out of the desktop's menu, and end")
    given = parser.parse_args(argv[1:])
    given.asked = asked_of(given.length, given.repeats, given.samples, given.seed, given.token_range)
    return given


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise UserError(f"{text!r} is no head count; give a whole number from 1 up.")
    return int(text)


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not cross or not width.isdigit() or not height.isdigit() or not 0 < int(width) * int(height) < 10**8:
        raise UserError(f"{text!r} is no size; write it like 1440x900.")
    return int(width), int(height)
