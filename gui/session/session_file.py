"""The session file: one JSON object that says which format it has, and sections by name.

    {"headscope": 1, "program": "0.1.0", "saved": "2025-01-31T17:05:09+00:00", "sections": {"checkpoint": {…}, …}}

A reader keeps sections that it does not know and writes them back.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from analysis.values import UserError
from analysis.values.whole_files import write_whole

FORMAT = 1
SUFFIX = ".headscope"
KINDS = f"Headscope sessions (*{SUFFIX})"
LARGEST = 16 * 2**20

Sections: TypeAlias = dict[str, Any]
"""JSON values by the name of their section."""


def is_session(path: str) -> bool:
    """By its name alone."""
    return path.lower().endswith(SUFFIX)


def read(path: str | Path) -> Sections:
    """The sections of the file; raises UserError where it is damaged, cannot be read, or is of a newer version."""
    name = Path(path).name
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{name} cannot be read ({reason}); choose another session.") from error
    if len(data) > LARGEST:
        raise UserError(f"{name} is too large for a session; choose another file.")
    try:
        content = json.loads(data.decode("utf-8"), parse_constant=_refuse)
        format_ = content["headscope"]
        if type(format_) is int and format_ > FORMAT:
            raise UserError(f"{name} was saved by a newer Headscope; open it with that version.")
        sections = content["sections"]
        if type(format_) is not int or format_ < 1 or not isinstance(sections, dict):
            raise ValueError
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise UserError(f"{name} is damaged or is no session of Headscope; choose another one.") from error
    return sections


def write(path: str | Path, sections: Sections, program: str) -> None:
    """Whole or not at all; raises UserError when it cannot be written."""
    saved = datetime.now(UTC).isoformat(timespec="seconds")
    content = {"headscope": FORMAT, "program": program, "saved": saved, "sections": sections}
    data = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False).encode("utf-8", "replace")
    write_whole(Path(path), lambda file: file.write(data), "choose another folder")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
