"""Help ▸ Diagnostics: what a bug report needs, as text to copy."""

import importlib.metadata
import os
import platform

import psutil
from PySide6.QtCore import Qt, Slot, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from analysis.values import Catalogue, ModelFacts
from gui.shared.context import Context
from gui.start.logs import Log
from gui.theme.typography import monospace
from gui.window.status import StatusLine

LIBRARIES = ("torch", "numpy", "PySide6-Essentials", "shiboken6", "pyqtgraph", "safetensors", "tokenizers", "psutil",
             "matplotlib", "jinja2", "jaxtyping")

Rows = list[tuple[str, str]]


def version() -> str:
    """Headscope's own: the installed one, or that of the source tree."""
    from analysis import __version__

    return __version__


def library_versions() -> Rows:
    """Versions of the libraries, without importing them."""
    found = []
    for name in LIBRARIES:
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            found.append((name, "version not known"))
    return found


def rows(catalogue: Catalogue | None, facts: ModelFacts | None, memory: str, log: Log, settings: str) -> Rows:
    """(name, value) lines. No name of a file or person is in them but the places of log and settings."""
    process, machine = psutil.Process(), psutil.virtual_memory()
    lines = [
        ("Headscope", version()),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("System", f"{platform.platform()}, {platform.machine()}"),
        ("Processors", f"{os.cpu_count()}"),
        ("Memory", f"{process.memory_info().rss / 2**20:,.0f} MB in this process, {machine.available / 2**30:.1f} of "
                   f"{machine.total / 2**30:.1f} GB free"),
        ("Threads", str(process.num_threads())),
        ("Qt", f"{qVersion()}, {QGuiApplication.platformName()}"),
        *(("Screen", _screen(index)) for index in range(len(QGuiApplication.screens()))),
        ("Devices", "\n".join(catalogue.device_notes or catalogue.devices) if catalogue else "not known yet"),
    ]
    if catalogue is not None and catalogue.plugin_notes:
        lines.append(("Plugins", "\n".join(catalogue.plugin_notes)))
    if facts is not None:
        lines += [
            ("Model", f"{facts.family}, {facts.n_layers} layers × {facts.n_heads} heads, "
                      f"{facts.n_params:,} parameters"),
            ("In use", f"{facts.device}, {facts.precision}; {memory}"),
        ]
    lines += library_versions()
    lines += [("Log", str(log.file or "cannot be written")), ("Settings", settings)]
    if log.crash:
        lines.append(("Last crash", log.crash))
    return lines


def as_text(lines: Rows) -> str:
    """One line a row; further lines of a value stand under its first."""
    width = max(len(name) for name, _ in lines) + 2
    return "\n".join(f"{name + ':':<{width}}{value.replace(chr(10), chr(10) + ' ' * width)}" for name, value in lines)


def describe(context: Context) -> str:
    """The text for one window."""
    store, memory = context.store, context[StatusLine].memory()
    return as_text(rows(store.catalogue, store.facts, memory, context[Log], context.settings.path))


def _screen(index: int) -> str:
    screen = QGuiApplication.screens()[index]
    size = screen.size()
    return (f"{size.width()} × {size.height()} at {screen.devicePixelRatio():g}×, "
            f"{screen.logicalDotsPerInch():.0f} dpi, {screen.refreshRate():.0f} Hz")


class DiagnosticsDialog(QDialog):
    """The text, and a button that copies it."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Headscope – diagnostics")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.text = QPlainTextEdit(text, readOnly=True, lineWrapMode=QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(monospace(self.font()))
        self.text.setAccessibleName("Diagnostics")
        self.text.setAccessibleDescription("Versions, devices, memory and the end of the log")
        self.text.setTabChangesFocus(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip("Put the whole text on the clipboard, for a report")
        copy.clicked.connect(self._copy)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addWidget(buttons)
        self.resize(760, 480)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
