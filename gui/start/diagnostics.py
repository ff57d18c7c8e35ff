"""Help ▸ Diagnostics: what a bug report needs, as text to copy."""

import importlib.metadata
import os
import platform
from collections.abc import Callable

import psutil
from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from analysis import __version__
from gui.shared.context import Context
from gui.start.logs import Log
from gui.theme.typography import monospace
from gui.window.status import StatusLine

LIBRARIES = ("torch", "numpy", "PySide6-Essentials", "shiboken6", "pyqtgraph", "safetensors", "tokenizers", "psutil",
             "matplotlib", "scipy", "jinja2", "jaxtyping")

Rows = list[tuple[str, str]]


def library_versions() -> Rows:
    """Versions of the libraries, without importing them."""
    found = []
    for name in LIBRARIES:
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            found.append((name, "version not known"))
    return found


def rows(context: Context) -> Rows:
    """(name, value) lines, without names of files or persons other than the paths of log and settings."""
    catalogue, facts, log = context.store.catalogue, context.store.facts, context[Log]
    process, machine = psutil.Process(), psutil.virtual_memory()
    lines = [
        ("Headscope", __version__),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("System", f"{platform.platform()}, {platform.machine()}"),
        ("Processors", f"{os.cpu_count()}"),
        ("Memory", f"{process.memory_info().rss / 2**20:,.0f} MB in this process, {machine.available / 2**30:.1f} of "
                   f"{machine.total / 2**30:.1f} GB free"),
        ("Threads", str(process.num_threads())),
        ("Qt", f"{qVersion()}, {QGuiApplication.platformName()}"),
        *(("Screen", _words(screen)) for screen in QGuiApplication.screens()),
        ("Devices", "\n".join(catalogue.device_notes or catalogue.devices) if catalogue else "not known yet"),
    ]
    if catalogue is not None and catalogue.plugin_notes:
        lines.append(("Plugins", "\n".join(catalogue.plugin_notes)))
    if facts is not None:
        sizes = f"{facts.n_layers} layers × {facts.n_heads} heads, {facts.n_params:,} parameters"
        lines += [("Model", f"{facts.family}, {sizes}"),
                  ("In use", f"{facts.device}, {facts.precision}; {context[StatusLine].memory()}")]
    lines += [*library_versions(), ("Log", str(log.file or "cannot be written")), ("Settings", context.settings.path)]
    if log.crash:
        lines.append(("Last crash", log.crash))
    return lines


def describe(context: Context) -> str:
    """The rows as text; further lines of a value stand under its first."""
    lines = rows(context)
    width = max(len(name) for name, _ in lines) + 2
    return "\n".join(f"{name + ':':<{width}}{value.replace(chr(10), chr(10) + ' ' * width)}" for name, value in lines)


def _words(screen: QScreen) -> str:
    size = screen.size()
    return (f"{size.width()} × {size.height()} at {screen.devicePixelRatio():g}×, "
            f"{screen.logicalDotsPerInch():.0f} dpi, {screen.refreshRate():.0f} Hz")


class TextDialog(QDialog):
    """A text for a report, with buttons that copy it and close the dialog."""

    def __init__(self, parent: QWidget, title: str, text: str, name: str, description: str) -> None:
        """`name` and `description` of the text are for screen readers."""
        super().__init__(parent)
        self.setWindowTitle(f"Headscope – {title}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.text = QPlainTextEdit(text, readOnly=True, lineWrapMode=QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(monospace(self.font()))
        self.text.setAccessibleName(name)
        self.text.setAccessibleDescription(description)
        self.text.setTabChangesFocus(True)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._buttons.rejected.connect(self.reject)
        self.column = QVBoxLayout(self)
        self.column.addWidget(self.text)
        self.column.addWidget(self._buttons)

    def add_button(self, text: str, tip: str, run: Callable[[], object]) -> None:
        button = self._buttons.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.setToolTip(tip)
        button.clicked.connect(lambda _=False: run())

    def copy(self) -> None:
        """The whole text to the clipboard."""
        QGuiApplication.clipboard().setText(self.text.toPlainText())


def show_diagnostics(context: Context) -> None:
    """What `describe` says, in a dialog that does not block the window."""
    dialog = TextDialog(context.frame, "diagnostics", describe(context), "Diagnostics",
                        "Versions, devices, memory and the end of the log")
    dialog.add_button("Copy", "Put the whole text on the clipboard, for a report", dialog.copy)
    dialog.resize(760, 480)
    dialog.show()
