"""Headscope in the desktop's menu: what is written, what the desktop's own tools make of it, and that it goes again."""

from __future__ import annotations

import configparser
import plistlib
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QImage, QImageReader

from gui.start import desktop
from gui.start.desktop import linux, macos, windows

ICONS = Path(__file__).parents[2] / "resources" / "icons"
COMMAND = ["/opt/a b/pyth$on", "/opt/100%/ma`in\".py"]
OTHER = "[Desktop Entry]\nType=Application\nName=Zip\nExec=true %f\nMimeType=application/zip;\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's folders, empty, on a system without programs."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "shared"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "etc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def tool(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"needs {name}")


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def written(folder: Path) -> set[str]:
    """Files that are no caches of the desktop's tools."""
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return {name for name in names if not name.startswith("mime/") or "/packages/" in name} - {
        "applications/mimeinfo.cache", "icons/hicolor/icon-theme.cache"
    }


# ---- Linux -------------------------------------------------------------------------------------------------------


def test_that_the_desktop_entry_is_valid_and_starts_the_command(home: Path) -> None:
    linux.install(COMMAND)
    path = home / "data" / "applications" / "headscope.desktop"
    entry = configparser.RawConfigParser(delimiters="=")
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read(path)
    exec_line = entry["Desktop Entry"]["Exec"]
    assert exec_line.endswith(" %f")
    string = exec_line.replace("\\\\", "\\").replace("%%", "%")  # the two escapes above the quoting
    said = run("sh", "-c", f"printf '%s\\n' {string.removesuffix(' %f')}")  # quotes as a shell knows them
    assert said.splitlines() == COMMAND
    run(tool("desktop-file-validate"), str(path))


def test_that_endings_have_types_and_bin_has_none(home: Path) -> None:
    linux.install(["headscope"])
    folder = home / "data" / "mime"
    run(tool("update-mime-database"), str(folder))
    lines = [line.split(":") for line in (folder / "globs2").read_text().splitlines() if not line.startswith("#")]
    globs = {pattern: kind for _, kind, pattern in lines}
    assert globs == {"*.safetensors": linux.SAFETENSORS, "*.ckpt": linux.CKPT, "*.pt": linux.PT,
                     "*.headscope": linux.SESSION}
    entry = (home / "data" / "applications" / "headscope.desktop").read_text()
    assert f"MimeType={linux.SAFETENSORS};{linux.CKPT};{linux.PT};{linux.SESSION};\n" in entry
    package = ElementTree.parse(folder / "packages" / "headscope.xml")
    assert ".bin" not in ElementTree.tostring(package.getroot(), "unicode")


def test_that_the_program_that_opened_pt_files_before_stays_their_default(home: Path) -> None:
    """torch's files are zip archives."""
    applications = home / "shared" / "applications"
    applications.mkdir(parents=True)
    (applications / "zip.desktop").write_text(OTHER)
    (applications / "mimeinfo.cache").write_text("[MIME Cache]\napplication/zip=zip.desktop;\n")
    (home / "config").mkdir()
    own = "[Added Associations]\ntext/plain=editor.desktop;\n"
    (home / "config" / "mimeapps.list").write_text(own)
    assert not any("No other program" in line for line in linux.install([sys.executable]))
    assert linux.default_of(linux.PT) == "zip.desktop"
    if shutil.which("gio") and shutil.which("update-desktop-database"):
        said = run("gio", "mime", linux.PT)
        assert "zip.desktop" in said.splitlines()[0]
        assert "headscope.desktop" in said
    linux.uninstall()
    assert linux.PT not in (home / "config" / "mimeapps.list").read_text()
    assert own in (home / "config" / "mimeapps.list").read_text()


def test_that_where_nothing_else_opens_pt_files_the_default_that_headscope_becomes_is_said(home: Path) -> None:
    """No association is without it: one that is removed is gone from Open with too."""
    assert "No other program opens .pt files here" in "\n".join(linux.install([sys.executable]))
    if shutil.which("gio") and shutil.which("update-desktop-database"):
        assert "headscope.desktop" in run("gio", "mime", linux.PT).splitlines()[0]
        removed = f"[Removed Associations]\n{linux.PT}=headscope.desktop;\n"
        (home / "config").mkdir()
        (home / "config" / "mimeapps.list").write_text(removed)
        assert "headscope.desktop" not in run("gio", "mime", linux.PT)


def test_that_a_person_s_own_choice_for_pt_files_is_left_alone(home: Path) -> None:
    (home / "config").mkdir()
    chosen = f"[Default Applications]\n{linux.PT}=mine.desktop\napplication/zip=zip.desktop\n"
    (home / "config" / "mimeapps.list").write_text(chosen)
    linux.install(["headscope"])
    assert (home / "config" / "mimeapps.list").read_text() == chosen


def test_that_installing_twice_is_once_and_uninstalling_leaves_nothing(home: Path) -> None:
    assert not linux.installed()
    linux.install(["headscope"])
    first = written(home / "data")
    linux.install(["headscope"])
    assert written(home / "data") == first
    assert linux.installed()
    linux.uninstall()
    assert written(home / "data") == set()
    assert not linux.installed()
    assert linux.uninstall() == ["Headscope is no longer in the desktop's menu."]


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_that_the_command_line_installs_and_takes_back(home: Path) -> None:
    main = str(Path(__file__).parents[2] / "main.py")
    assert "Open with for .safetensors" in run(sys.executable, main, "--install")
    entry = (home / "data" / "applications" / "headscope.desktop").read_text()
    assert f'Exec="{desktop.command()[0]}"' in entry
    assert "no longer" in run(sys.executable, main, "--uninstall")


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_that_a_folder_that_cannot_be_written_is_a_sentence(home: Path) -> None:
    (home / "data").write_text("a file in the folder's place")
    main = str(Path(__file__).parents[2] / "main.py")
    done = subprocess.run([sys.executable, main, "--install"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "was not added to the desktop's menu" in done.stderr


# ---- Windows and macOS, as files ---------------------------------------------------------------------------------


def strings_of(link: bytes) -> list[str]:
    """The string data of a shell link, read after the header and the link info."""
    at = 0x4C + struct.unpack_from("<I", link, 0x4C)[0]
    found = []
    for _ in range(4):
        count = struct.unpack_from("<H", link, at)[0]
        found.append(link[at + 2 : at + 2 + 2 * count].decode("utf-16-le"))
        at += 2 + 2 * count
    return found


def test_that_the_shortcut_is_a_shell_link_to_the_command(home: Path) -> None:
    target = "C:\\Programs\\Größe\\pythonw.exe"
    link = windows.shortcut([target, "C:\\a b\\main.py"], "C:\\i.ico")
    assert struct.unpack_from("<I", link)[0] == 0x4C
    assert link[4:20] == bytes.fromhex("0114020000000000c000000000000046")
    assert strings_of(link)[1:] == ["C:\\Programs\\Größe", '"C:\\a b\\main.py"', "C:\\i.ico"]
    info = 0x4C
    wide_at = info + struct.unpack_from("<I", link, info + 0x1C)[0]
    assert link[wide_at : wide_at + 2 * len(target)].decode("utf-16-le") == target
    block = link.index(struct.pack("<II", 0x314, 0xA0000001))
    assert link[block + 268 :].decode("utf-16-le", "ignore").startswith(target)
    assert len(link) == block + 0x314 + 4
    if shutil.which("file"):
        (home / "x.lnk").write_bytes(link)
        assert "MS Windows shortcut" in run("file", str(home / "x.lnk"))


def test_that_windows_is_told_of_open_with_and_of_no_default(home: Path) -> None:
    windows.install(["C:\\headscope.exe"])
    assert windows.installed()
    lines = windows.registry(["C:\\headscope.exe"])
    assert ("Software\\Classes\\.headscope", "", "Headscope.Session") in lines  # our own ending is ours
    endings = [(key, name) for key, name, _ in lines if key.startswith("Software\\Classes\\.") and name]
    assert endings == [(f"Software\\Classes\\.{ending}\\OpenWithProgids", "Headscope.Checkpoint")
                       for ending in ("safetensors", "ckpt", "pt")]
    assert ("Software\\Classes\\Headscope.Checkpoint\\shell\\open\\command", "", '"C:\\headscope.exe" "%1"') in lines
    windows.uninstall()
    assert not windows.installed()


def test_that_the_mac_bundle_is_whole_and_offers_itself_as_an_alternate(home: Path) -> None:
    macos.install(["/opt/a b/headscope"])
    contents = home / "Applications" / "Headscope.app" / "Contents"
    properties = plistlib.loads((contents / "Info.plist").read_bytes())
    ranks = {kind["CFBundleTypeExtensions"][0]: kind["LSHandlerRank"] for kind in properties["CFBundleDocumentTypes"]}
    assert ranks == dict.fromkeys(("safetensors", "ckpt", "pt"), "Alternate") | {"headscope": "Owner"}
    assert [kind["CFBundleTypeExtensions"] for kind in properties["CFBundleDocumentTypes"]] == [
        ["safetensors"], ["ckpt"], ["pt"], ["headscope"]
    ]
    program = contents / "MacOS" / properties["CFBundleExecutable"]
    assert program.stat().st_mode & 0o111 == 0o111
    assert program.read_text() == "#!/bin/sh\nexec '/opt/a b/headscope' \"$@\"\n"
    assert (contents / "Resources" / "headscope.icns").exists()
    macos.uninstall()
    assert not macos.installed()


# ---- icons -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "sizes"), [("headscope.ico", {16, 24, 32, 48, 64, 128, 256}),
                                             ("headscope.icns", {16, 32, 64, 128, 256, 512, 1024})])
def test_that_icon_files_hold_every_size_as_other_readers_see_it(name: str, sizes: set[int]) -> None:
    reader = QImageReader(str(ICONS / name))
    assert reader.canRead()
    found = set()
    for index in range(reader.imageCount()):
        reader.jumpToImage(index)
        image = reader.read()
        assert not image.isNull()
        assert image.pixelColor(image.width() // 2, image.height() // 2).alpha() == 255
        found.add(image.width())
    assert found == sizes


def test_that_the_picture_is_that_of_the_drawing() -> None:
    from resources.icons.make_icons import png

    made = QImage.fromData(png(256)).convertToFormat(QImage.Format.Format_ARGB32)
    kept = QImage(str(ICONS / "headscope.png")).convertToFormat(QImage.Format.Format_ARGB32)
    assert made == kept
