"""From the command line to the window; and why, in words, where there will be none.

Nothing of Qt is imported here before it is tried: what stops a program from starting is most often that import.
"""

from __future__ import annotations

import sys

from analysis.values import UserError

from .arguments import parse
from .refusal import library_words, refuse


def run(argv: list[str]) -> int:
    """The whole program; the exit status: 0, or 2 with one sentence on standard error, or in a dialog."""
    try:
        arguments = parse(argv)
        if arguments.install or arguments.uninstall:
            return _change_desktop(arguments.install)
    except UserError as error:
        return refuse(str(error))
    try:
        from .app import show
    except ImportError as error:
        return refuse(library_words(str(error)))
    return show(argv, arguments)


def _change_desktop(install: bool) -> int:
    from . import desktop

    lines = desktop.install() if install else desktop.uninstall()
    print("\n".join(lines), file=sys.stdout)
    return 0
