"""A small application bundle in the person's Applications folder that starts the program.

Files reach it as the system's "open document" event, which Qt turns into a QFileOpenEvent. Not yet tried on macOS
itself.
"""

import os
import plistlib
import shlex
import shutil
from pathlib import Path

from gui.start.desktop.shared import ICONS, write

IDENTIFIER = "org.headscope.Headscope"
ENDINGS = {"safetensors": "Safetensors checkpoint", "ckpt": "PyTorch checkpoint", "pt": "PyTorch file"}
SESSION = "headscope"


def bundle() -> Path:
    return Path.home() / "Applications" / "Headscope.app"


def install(command: list[str]) -> list[str]:
    contents = bundle() / "Contents"
    write(contents / "Info.plist", plistlib.dumps(properties()))
    write(contents / "PkgInfo", b"APPL????")
    write(contents / "Resources" / "headscope.icns", (ICONS / "headscope.icns").read_bytes())
    program = contents / "MacOS" / "headscope"
    write(program, script(command).encode())
    os.chmod(program, 0o755)
    return [f"Wrote {bundle()}", "Headscope is in your Applications, and under Open With for .safetensors, .ckpt, .pt."]


def uninstall() -> list[str]:
    there = bundle().exists()
    if there:
        shutil.rmtree(bundle())
    return [*([f"Removed {bundle()}"] if there else []), "Headscope is no longer in your Applications."]


def installed() -> bool:
    return bundle().exists()


def script(command: list[str]) -> str:
    return f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n'


def properties() -> dict[str, object]:
    """Info.plist. Rank "Alternate": offered under Open With, never the default of an ending but our own."""
    from analysis import __version__

    documents = [
        {"CFBundleTypeName": name, "CFBundleTypeRole": "Viewer", "LSHandlerRank": "Alternate",
         "CFBundleTypeExtensions": [ending], "CFBundleTypeIconFile": "headscope"}
        for ending, name in ENDINGS.items()
    ]
    documents.append({"CFBundleTypeName": "Headscope session", "CFBundleTypeRole": "Editor", "LSHandlerRank": "Owner",
                      "CFBundleTypeExtensions": [SESSION], "CFBundleTypeIconFile": "headscope"})
    return {
        "CFBundleName": "Headscope", "CFBundleDisplayName": "Headscope", "CFBundleIdentifier": IDENTIFIER,
        "CFBundleExecutable": "headscope", "CFBundleIconFile": "headscope", "CFBundlePackageType": "APPL",
        "CFBundleInfoDictionaryVersion": "6.0", "CFBundleShortVersionString": __version__,
        "CFBundleVersion": __version__, "LSMinimumSystemVersion": "12.0", "NSHighResolutionCapable": True,
        "NSRequiresAquaSystemAppearance": False, "CFBundleDocumentTypes": documents,
    }
