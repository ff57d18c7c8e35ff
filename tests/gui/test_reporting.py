"""The report, ordered in the window and written on the worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from analysis.loading.formats.native import save_native
from analysis.values import HeadId
from gui.export import report as reporting
from gui.shared.settings import Settings
from gui.window.main_window import MainWindow
from gui.work.worker import Worker
from tests.analysis.handmade import induction_model

PATIENCE_MS = 60_000


@pytest.fixture
def real(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """A window on the real analysis, with the handmade circuit open."""
    model = induction_model(20, 48)
    save_native({name: model.weights[name] for name in model.weights}, model.config, tmp_path / "m.safetensors")
    window = MainWindow(Worker(device="cpu"), Settings(str(tmp_path / "settings.ini")))
    window.show()
    window.start(str(tmp_path / "m.safetensors"), head=HeadId(1, 0))
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE_MS)
    yield window
    window.close()
    assert window.stopped_cleanly
    window.deleteLater()


def order(window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "ask_where", lambda *what: str(path))
    window.menus.action("file.report").trigger()


def said(window: MainWindow) -> str:
    return window.status.words.text()


def test_that_the_report_is_written_while_the_window_goes_on(
    real: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.html", "a.html", "b.html"):  # a second order of the same page is written anew
        (tmp_path / name).unlink(missing_ok=True)
        order(real, tmp_path / name, monkeypatch)
        assert said(real) == f"Writing {tmp_path / name}…"
        real.store.select(HeadId(0, 0))
        qtbot.waitUntil(lambda name=name: said(real) == f"Saved {tmp_path / name}", timeout=PATIENCE_MS)
        assert "L1H0" in (tmp_path / name).read_text("utf-8")


def test_that_a_report_that_cannot_be_written_says_why(
    real: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(real, tmp_path / "gone" / "a.html", monkeypatch)
    qtbot.waitUntil(lambda: "There is no folder" in said(real), timeout=PATIENCE_MS)


def test_that_a_cancelled_report_leaves_nothing(
    real: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    real.worker.job_changed.connect(lambda update: told.append(update.failure if update.key == "report" else ""))
    order(real, tmp_path / "a.html", monkeypatch)
    real.worker.cancel_jobs()
    qtbot.waitUntil(lambda: any(words.startswith("Report was cancelled") for words in told), timeout=PATIENCE_MS)
    assert [name for name in os.listdir(tmp_path) if "html" in name or "report" in name] == []


def test_that_the_card_of_the_window_gives_its_verdict(real: MainWindow, qtbot: QtBot) -> None:
    def title() -> str:
        figure = real.panels["card"].figure()
        return figure.title if figure is not None else ""

    qtbot.waitUntil(lambda: title() == "L1H0: induction, strong — confirmed alone", timeout=PATIENCE_MS)
