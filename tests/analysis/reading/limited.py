"""Run as a program: opens every file of a folder in little memory, and tells of each, as JSON, how that went.

A file that kills the process or never ends is the last in the folder of those told about.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from pathlib import Path

from analysis.files.opened import Opened, open_file
from analysis.values import UserError

MEMORY = 256 * 2**20  # beyond what the process has when it starts
SECONDS = 2.0


def confine(memory: int = MEMORY) -> None:
    """No more address space than there is now, and so much."""
    now = int(re.search(r"VmSize:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024  # type: ignore[index]
    resource.setrlimit(resource.RLIMIT_AS, (now + memory, now + memory))


def fault(refusal: str) -> str:
    """What is wrong with a refusal; "" when it is one sentence that a person can read."""
    if "\n" in refusal or not refusal.endswith(".") or not refusal.isprintable():
        return f"not one sentence: {refusal!r}"
    return f"too long: {refusal!r}" if len(refusal) > 600 else ""


def read_all(opened: Opened) -> str:
    """Read every tensor and let it go; the last refusal."""
    refusal = ""
    for name in opened.entries:
        try:
            opened.tensor(name)
        except UserError as error:
            refusal = str(error)
    return refusal


def main(folder: Path) -> None:
    told: dict[str, dict[str, object]] = {}
    for file in sorted(folder.iterdir()):
        print(file.name, file=sys.stderr, flush=True)
        start, opens, count = time.process_time(), False, 0
        try:
            with open_file(file) as opened:
                opens, count = True, len(opened.entries)
                refusal = read_all(opened)
        except UserError as error:
            refusal = str(error)
        seconds = time.process_time() - start
        told[file.name] = {"refusal": refusal, "opens": opens, "entries": count, "seconds": seconds}
    print(json.dumps(told))


if __name__ == "__main__":
    if sys.argv[2:]:
        open_file(sys.argv[2]).close()  # what the reader itself imports late
    confine()
    main(Path(sys.argv[1]))
