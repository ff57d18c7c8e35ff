"""Adds Headscope to the desktop's menu and to the programs that open a checkpoint, and removes it again.

One module per system; each writes only into the user's own folders, keeps what others put there, and says what it did.
"""

import sys
from pathlib import Path
from types import ModuleType

from analysis.values import UserError
from gui.start.desktop.shared import ROOT


def command() -> list[str]:
    """How this program is started from anywhere: the bundle, the installed script, or Python on the source tree."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    name = "headscope.exe" if sys.platform == "win32" else "headscope"
    script = Path(sys.executable).parent / name
    return [str(script)] if script.exists() else [sys.executable, str(ROOT / "main.py")]


def install() -> list[str]:
    """Add it for this person; lines that say what was done. Raises UserError where something cannot be written."""
    try:
        return _system().install(command())
    except OSError as error:
        raise UserError(f"Headscope was not added to the desktop's menu ({error}); make room or mend the folder's "
                        "rights, and try again.") from error


def uninstall() -> list[str]:
    """Take away what `install` wrote; lines that say what was done."""
    try:
        return _system().uninstall()
    except OSError as error:
        raise UserError(f"Headscope was not taken out of the desktop's menu ({error}); mend the folder's rights, and "
                        "try again.") from error


def installed() -> bool:
    """Whether this person's menu has it."""
    return bool(_system().installed())


def _system() -> ModuleType:
    from gui.start.desktop import linux, macos, windows

    return {"win32": windows, "darwin": macos}.get(sys.platform, linux)
