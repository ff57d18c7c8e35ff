"""Opens the window."""

import sys


def main() -> int:
    from gui.start.startup import run

    return run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
