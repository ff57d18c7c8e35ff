"""A shortcut in the Start menu, and Headscope under "Open with" in the person's own part of the registry.

The shortcut is written by hand after [MS-SHLLINK]: header, link info with the path, strings, and the target's path once
more as an environment block, which is what Windows resolves where there is no list of shell items. Not yet tried on
Windows itself.
"""

import struct
import sys
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from gui.start.desktop.shared import COMMENT, ICONS, write

CLASS = struct.pack("<IHH8B", 0x00021401, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46)
HAS_LINK_INFO, HAS_NAME, HAS_FOLDER, HAS_ARGUMENTS = 0x2, 0x4, 0x10, 0x20
HAS_ICON, IS_UNICODE, HAS_ENVIRONMENT = 0x40, 0x80, 0x200
ENVIRONMENT_SIGNATURE, ENVIRONMENT_SIZE = 0xA0000001, 0x314
ENDINGS = (".safetensors", ".ckpt", ".pt")
PROGRAM_ID, SESSION_ID = "Headscope.Checkpoint", "Headscope.Session"
CLASSES = "Software\\Classes"


def shortcut_path() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.ApplicationsLocation)) / "Headscope.lnk"


def install(command: list[str]) -> list[str]:
    path = shortcut_path()
    write(path, shortcut(command, str(ICONS / "headscope.ico")))
    _set_registry(registry(command))
    return [f"Wrote {path}", "Headscope is in the Start menu, and under Open with for .safetensors, .ckpt and .pt."]


def uninstall() -> list[str]:
    path = shortcut_path()
    there = path.exists()
    path.unlink(missing_ok=True)
    _clear_registry()
    return [*([f"Removed {path}"] if there else []), "Headscope is no longer in the Start menu."]


def installed() -> bool:
    return shortcut_path().exists()


def shortcut(command: list[str], icon: str) -> bytes:
    """The bytes of a .lnk that starts the command."""
    target, arguments = command[0], " ".join(f'"{word}"' for word in command[1:])
    folder = target.replace("/", "\\").rpartition("\\")[0]
    flags = HAS_LINK_INFO | HAS_NAME | HAS_FOLDER | HAS_ICON | IS_UNICODE | HAS_ENVIRONMENT
    flags |= HAS_ARGUMENTS if arguments else 0
    header = struct.pack("<I16sII", 0x4C, CLASS, flags, 0x20) + bytes(24) + struct.pack("<IiIHHII", 0, 0, 1, 0, 0, 0, 0)
    strings = [COMMENT, folder, *([arguments] if arguments else []), icon]
    return header + _link_info(target) + b"".join(map(_string, strings)) + _environment(target) + bytes(4)


def _string(text: str) -> bytes:
    return struct.pack("<H", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def _link_info(target: str) -> bytes:
    """A local path on a fixed drive, in the machine's code page and once more in Unicode."""
    volume = struct.pack("<IIII", 0x11, 3, 0, 0x10) + b"\0"
    narrow, wide = target.encode("ascii", "replace") + b"\0", target.encode("utf-16-le") + b"\0\0"
    start = 0x24
    suffix = start + len(volume) + len(narrow)
    wide_at = suffix + 1
    size = wide_at + len(wide) + 2
    return (struct.pack("<IIIIIIIII", size, start, 1, start, start + len(volume), 0, suffix, wide_at,
                        wide_at + len(wide)) + volume + narrow + b"\0" + wide + b"\0\0")


def _environment(target: str) -> bytes:
    narrow, wide = target.encode("ascii", "replace")[:259], target.encode("utf-16-le")[:518]
    return struct.pack("<II260s520s", ENVIRONMENT_SIZE, ENVIRONMENT_SIGNATURE, narrow, wide)


def registry(command: list[str]) -> list[tuple[str, str, str]]:
    """(key below HKEY_CURRENT_USER, name, value). OpenWithProgids adds to a list; no default but that of
    our own ending is touched."""
    start = " ".join(f'"{word}"' for word in command) + ' "%1"'
    lines = []
    for program, title in ((PROGRAM_ID, "Checkpoint of a neural network"), (SESSION_ID, "Headscope session")):
        key = f"{CLASSES}\\{program}"
        lines += [(key, "", title), (f"{key}\\DefaultIcon", "", str(ICONS / "headscope.ico")),
                  (f"{key}\\shell\\open", "FriendlyAppName", "Headscope"), (f"{key}\\shell\\open\\command", "", start)]
    lines.append((f"{CLASSES}\\.headscope", "", SESSION_ID))
    return lines + [(f"{CLASSES}\\{ending}\\OpenWithProgids", PROGRAM_ID, "") for ending in ENDINGS]


def _set_registry(lines: list[tuple[str, str, str]]) -> None:
    if sys.platform == "win32":
        import winreg

        for key, name, value in lines:
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as handle:
                winreg.SetValueEx(handle, name, 0, winreg.REG_SZ, value)


def _clear_registry() -> None:
    if sys.platform == "win32":
        import contextlib
        import winreg

        user = winreg.HKEY_CURRENT_USER
        for ending in ENDINGS:
            with (contextlib.suppress(OSError),
                  winreg.OpenKey(user, f"{CLASSES}\\{ending}\\OpenWithProgids", 0, winreg.KEY_SET_VALUE) as handle):
                winreg.DeleteValue(handle, PROGRAM_ID)
        below = ("\\shell\\open\\command", "\\shell\\open", "\\shell", "\\DefaultIcon", "")
        keys = [f"{program}{part}" for program in (PROGRAM_ID, SESSION_ID) for part in below]
        for key in (*keys, ".headscope"):
            with contextlib.suppress(OSError):
                winreg.DeleteKey(user, f"{CLASSES}\\{key}")
