"""Why the program cannot start, and what to do about it, in words the user gets to see."""

import ctypes
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

BAD_INPUT = 2
PACKAGES = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl"),
    "libGL.so.1": ("libgl1", "libglvnd-glx"),
    "libGLX.so.0": ("libglx0", "libglvnd-glx"),
    "libOpenGL.so.0": ("libopengl0", "libglvnd-opengl"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util"),
}
"""Library: (package of Debian and Ubuntu, package of Fedora), where the name does not follow from the library's."""


def refuse(sentence: str) -> int:
    """Say it on standard error, or in a dialog if nobody reads that; returns the exit status."""
    words = " ".join(sentence.split())
    print(words, file=sys.stderr, flush=True)
    if not _is_read(sys.stderr):
        show_dialog(words)
    return BAD_INPUT


def library_words(error: str) -> str:
    """What to do about an import that failed with this error."""
    if library := _library_in(error):
        return f"Headscope cannot start: the system library {library} is missing or broken. {remedy(library)}"
    if found := re.search(r"No module named '([\w.]+)'", error):
        name = found[1].partition(".")[0]
        return (f"Headscope cannot start: the Python library {name} is missing. Install the program with its "
                f"libraries: {Path(sys.executable).name} -m pip install . in its folder.")
    return f"Headscope cannot start: its window library does not load ({error}). Install PySide6 anew."


def remedy(library: str) -> str:
    """How to install a system library."""
    debian, fedora = PACKAGES.get(library, _guess(library))
    return f"Install it: sudo apt-get install {debian} (Debian, Ubuntu) or sudo dnf install {fedora} (Fedora)."


def _guess(library: str) -> tuple[str, str]:
    """"libxcb-shape.so.0" is in libxcb-shape0; Fedora keeps what belongs to X's protocol in libxcb."""
    stem, _, version = library.partition(".so.")
    debian = stem.lower() + ("-" if stem[-1:].isdigit() else "") + version.partition(".")[0]
    return debian, "libxcb" if stem.startswith("libxcb") else stem


def display_words(qt_says: str) -> str:
    """What to do about Qt finding no way to show a window; `qt_says` is its own complaint."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform == "linux" and (library := missing_library()) and (platform or "xcb").startswith("xcb"):
        return f"The window cannot be shown: the system library {library} is missing or broken. {remedy(library)}"
    if sys.platform != "linux" or platform not in ("", "xcb", "wayland", "wayland-egl"):
        return (f"The window cannot be shown: Qt finds no platform plugin ({qt_says.strip().partition(chr(10))[0]}). "
                "Unset QT_QPA_PLATFORM and QT_PLUGIN_PATH, or install PySide6 anew.")
    display, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    if not display and not wayland:
        return ("The window cannot be shown: there is no display (DISPLAY and WAYLAND_DISPLAY are not set). Start it "
                "from the desktop, log in with ssh -X, or save a picture with --screenshot FILE.png.")
    if not display and platform == "xcb":
        return ("The window cannot be shown: QT_QPA_PLATFORM asks for X and DISPLAY is not set. Unset "
                "QT_QPA_PLATFORM, or set DISPLAY.")
    return (f"The window cannot be shown: the display {display or wayland} does not answer. Check that it runs and "
            "that this person may use it (with X: xhost, or ssh -X), then start again.")


def missing_library() -> str:
    """The first system library that Qt's plugin for X lacks; empty when it lacks none."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        return ""
    plugin = Path(spec.origin).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return _library_in(str(error))
    return ""


def _library_in(error: str) -> str:
    """The library that the loader complains of; empty when it is Qt's own or none."""
    found = re.search(r"(lib[\w.+-]+\.so[.\d]*)", error)
    return found[1] if found and not re.match(r"lib(Qt6|pyside|shiboken|qxcb)", found[1]) else ""


def show_dialog(words: str) -> bool:
    """Show the words with what the system has for that; False when it has nothing."""
    if sys.platform == "win32":
        ctypes.windll.user32.MessageBoxW(None, words, "Headscope", 0x10)
        return True
    if sys.platform == "darwin":
        script = 'on run words\ndisplay alert "Headscope" message (item 1 of words)\nend run'
        return _ran(["osascript", "-e", script, words])
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    commands = (["zenity", "--error", "--no-markup", "--title=Headscope", f"--text={words}"],
                ["kdialog", "--title", "Headscope", "--error", words], ["xmessage", "-center", words],
                ["notify-send", "--urgency=critical", "Headscope", words])
    return any(shutil.which(command[0]) and _ran(command) for command in commands)


def _ran(command: list[str]) -> bool:
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode < 2
    except OSError:
        return False


def _is_read(stream: object) -> bool:
    """Whether anybody reads standard error: a terminal, a pipe or a file, but not a file manager's null device.

    Desktops hand programs the journal's socket as standard error; systemd names it in JOURNAL_STREAM.
    """
    try:
        target = os.fstat(stream.fileno())  # type: ignore[attr-defined]
        null = os.stat(os.devnull)
    except (AttributeError, OSError, ValueError):
        return False
    unread = (f"{null.st_dev}:{null.st_ino}", os.environ.get("JOURNAL_STREAM", ""))
    return f"{target.st_dev}:{target.st_ino}" not in unread
