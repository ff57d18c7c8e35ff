"""The freedesktop way: a desktop entry, a MIME package and icons below XDG_DATA_HOME.

Desktop Entry, Shared MIME-info, Icon Theme and MIME Applications Associations specifications, freedesktop.org.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from gui.start.desktop.shared import COMMENT, ICONS, write

SAFETENSORS, CKPT, PT = (f"application/x-{name}" for name in ("safetensors", "pytorch-lightning", "pytorch"))
SESSION = "application/x-headscope-session+json"
ENTRY = "headscope.desktop"
ICON_FILES = {"hicolor/scalable/apps": "headscope.svg", "hicolor/256x256/apps": "headscope.png"}

MIME = f"""<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="{SAFETENSORS}">
    <comment>Safetensors checkpoint</comment>
    <icon name="headscope"/>
    <glob pattern="*.safetensors"/>
  </mime-type>
  <mime-type type="{CKPT}">
    <comment>PyTorch checkpoint with training state</comment>
    <glob pattern="*.ckpt" weight="40"/>
  </mime-type>
  <mime-type type="{PT}">
    <comment>PyTorch file</comment>
    <sub-class-of type="application/zip"/>
    <glob pattern="*.pt" weight="40"/>
  </mime-type>
  <mime-type type="{SESSION}">
    <comment>Headscope session</comment>
    <icon name="headscope"/>
    <sub-class-of type="application/json"/>
    <glob pattern="*.headscope"/>
  </mime-type>
</mime-info>
"""
"""*.bin is not named at all: the ending belongs to everyone."""


DATA = QStandardPaths.StandardLocation.GenericDataLocation
CONFIG = QStandardPaths.StandardLocation.GenericConfigLocation


def data_home() -> Path:
    return Path(QStandardPaths.writableLocation(DATA))


def config_home() -> Path:
    return Path(QStandardPaths.writableLocation(CONFIG))


def files(command: Sequence[str] = ()) -> dict[Path, bytes]:
    """What is written where, for a program that is started by `command`."""
    data = data_home()
    icons = {data / "icons" / folder / name: (ICONS / name).read_bytes() for folder, name in ICON_FILES.items()}
    return icons | {data / "applications" / ENTRY: entry(command).encode(),
                    data / "mime" / "packages" / "headscope.xml": MIME.encode()}


def install(command: list[str]) -> list[str]:
    before = default_of("application/zip")
    for path, content in files(command).items():
        write(path, content)
    lines = [f"Wrote {path}" for path in files()]
    if before and before != ENTRY and keep_default(PT, before):
        lines.append(f"{before} stays the program that opens .pt files by itself.")
    _tell_desktop()
    if default_of(PT) in ("", ENTRY):
        lines.append("No other program opens .pt files here, so Headscope does by itself until you choose another.")
    return [*lines, "Headscope is in the desktop's menu, and under Open with for .safetensors, .ckpt and .pt."]


def uninstall() -> list[str]:
    there = [path for path in files() if path.exists()]
    for path in there:
        path.unlink()
    forget_default(PT)
    _tell_desktop()
    return [*(f"Removed {path}" for path in there), "Headscope is no longer in the desktop's menu."]


def installed() -> bool:
    return (data_home() / "applications" / ENTRY).exists()


def entry(command: Sequence[str]) -> str:
    """The desktop entry. One file a window: %f, and the desktop starts a program for each."""
    program = " ".join(map(quoted, command))
    return f"""[Desktop Entry]
Type=Application
Version=1.0
Name=Headscope
GenericName=Attention microscope
Comment={COMMENT}
Exec={program} %f
Icon=headscope
Terminal=false
Categories=Science;ArtificialIntelligence;
Keywords=transformer;attention;checkpoint;interpretability;
MimeType={SAFETENSORS};{CKPT};{PT};{SESSION};
StartupNotify=true
StartupWMClass=headscope
"""


def quoted(argument: str) -> str:
    """As the Exec key wants it: in quotes with ", `, $ and backslash escaped, % doubled; escaped again as a string."""
    for mark in ("\\", '"', "`", "$"):
        argument = argument.replace(mark, "\\" + mark)
    return f'"{argument}"'.replace("%", "%%").replace("\\", "\\\\")


# ---- what opens by itself stays what it was ----------------------------------------------------------------------


def default_of(mime: str) -> str:
    """The desktop entry that opens this type by default; empty when there is none."""
    applications = [Path(folder) / "applications" for folder in QStandardPaths.standardLocations(DATA)]
    for folder in (*map(Path, QStandardPaths.standardLocations(CONFIG)), *applications):
        if found := _listed(folder / "mimeapps.list", "[Default Applications]", mime):
            return found
    for folder in applications:
        if found := _listed(folder / "mimeinfo.cache", "[MIME Cache]", mime):
            return found
    return ""


def keep_default(mime: str, program: str) -> bool:
    """Name the program as the default of this new type, unless the person has named one; whether it was written."""
    path = config_home() / "mimeapps.list"
    if _listed(path, "[Default Applications]", mime):
        return False
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    if "[Default Applications]" not in lines:
        lines += ["[Default Applications]"]
    lines.insert(lines.index("[Default Applications]") + 1, f"{mime}={program}")
    write(path, ("\n".join(lines) + "\n").encode())
    return True


def forget_default(mime: str) -> None:
    path = config_home() / "mimeapps.list"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if not line.startswith(f"{mime}=")]
    if kept != lines:
        write(path, ("\n".join(kept) + "\n").encode())


def _listed(path: Path, section: str, mime: str) -> str:
    """The first program of `mime` in a section of an INI-like file."""
    inside = False
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        if line.startswith("["):
            inside = line.strip() == section
        elif inside and line.startswith(f"{mime}="):
            return line.partition("=")[2].split(";")[0].strip()
    return ""


def _tell_desktop() -> None:
    """Rebuild the caches; desktops without these tools read the files themselves."""
    data = data_home()
    for command in (
        ["update-desktop-database", "-q", str(data / "applications")],
        ["update-mime-database", str(data / "mime")],
        ["gtk-update-icon-cache", "-q", "-t", "-f", str(data / "icons" / "hicolor")],
    ):
        if shutil.which(command[0]):
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=60)
