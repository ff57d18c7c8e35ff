"""From the command line to the window, or a sentence that says why there is none.

Only the standard library is imported here before anything is tried: most often it is an import that fails.
"""

from gui.start.refusal import library_words, refuse


def run(argv: list[str]) -> int:
    """The whole program; the exit status: 0, or 2 with one sentence on standard error, or in a dialog."""
    try:
        return _run(argv)
    except ImportError as error:
        return refuse(library_words(str(error)))


def _run(argv: list[str]) -> int:
    from analysis.values import UserError
    from gui.start.arguments import parse

    try:
        arguments = parse(argv)
        if arguments.install or arguments.uninstall:
            from gui.start import desktop

            print("\n".join(desktop.install() if arguments.install else desktop.uninstall()))
            return 0
    except UserError as error:
        return refuse(str(error))
    from gui.start.app import show

    return show(argv, arguments)
