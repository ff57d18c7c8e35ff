"""Run as a program: opens every file of a folder under an audit hook and tells, as JSON, what each of them set off."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from analysis.files.opened import open_file
from analysis.values import UserError

_LOUD = ("import", "exec", "compile", "os.", "subprocess.", "pickle.", "marshal.", "ctypes.", "socket.", "shutil.")
_QUIET = ("os.listdir", "os.scandir")


def read(path: Path) -> str:
    """Open, read all tensors; "" or the refusal."""
    try:
        with open_file(path) as opened:
            for name in opened.entries:
                opened.tensor(name)
    except UserError as refusal:
        return str(refusal)
    return ""


def main(folder: Path) -> None:
    events: list[str] = []

    def hook(event: str, args: tuple[object, ...]) -> None:
        writes = event == "open" and (set("wax+") & set(str(args[1])) or int(str(args[2] or 0)) & 3)
        if writes or (event.startswith(_LOUD) and event not in _QUIET):
            events.append(f"{event} {args}"[:300])

    files = sorted(folder.iterdir())
    read(files[0])  # what the reader itself imports late
    sys.addaudithook(hook)
    told: dict[str, object] = {}
    for file in files:
        events.clear()
        refusal = read(file)
        told[file.name] = {"events": list(events), "refusal": refusal}
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
