"""A person at the window, made of random choices: what there is to press is found, not listed."""

from __future__ import annotations

import faulthandler
import random
import time
from collections.abc import Callable

from PySide6.QtWidgets import QApplication

from analysis.figures.figure import Figure
from analysis.values import HeadId, Option, PromptSpec, as_options
from gui.panels.panel import FigurePanel
from gui.window.main_window import MainWindow

PATIENCE_S = 120


def app() -> QApplication:
    found = QApplication.instance()
    assert isinstance(found, QApplication)
    return found


def wait_until(holds: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
    """Let the window live until this holds; raises AssertionError when it never does."""
    end = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end, f"never happened: {what}"
        app().processEvents()
        time.sleep(0.0005)


def wait_until_still(window: MainWindow) -> None:
    """Let the window live until nothing is on its way; says what is, when that never comes."""
    try:
        wait_until(lambda: window.settled, "the window is still")
    except AssertionError as error:
        faulthandler.dump_traceback(all_threads=True)
        raise AssertionError(f"{error}; {restless(window)}") from None


def restless(window: MainWindow) -> str:
    """What a window waits for."""
    requests = window.requests
    shown = {panel.key: panel.current_view() for panel in window.panels.values() if requests.in_sight(panel)}
    return (
        f"prompt {window.store.prompt is not None}, session {window.restorer.busy}, opening {window.opener.doing!r}, "
        f"reading {window.opener.reading!r}, jobs {list(window.status._unfinished)}, in sight {shown}, "
        f"pending {requests._pending}, waiting {requests._waiting}, asked {requests._asked}, facts {requests._versions}"
    )


def live(seconds: float) -> None:
    """Let the window live for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app().processEvents()
        time.sleep(0.0005)


def values_of(option: Option) -> list[str]:
    """Values of an option that are surely good."""
    if option.kind == "choice":
        return [value for value, _ in option.choices]
    if option.kind == "number":
        low = max(option.low, 0)
        return [str(number) for number in (low, min(low + 3, option.high)) if number >= option.low]
    return []


class Person:
    """Does random things to a window; the same seed, the same things."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self.window, self.random = window, random.Random(seed)

    def switch(self) -> HeadId:
        """To another head, by the list's own signal or by a step of the keys."""
        facts = self.window.store.facts
        assert facts is not None
        head = self.random.choice(facts.heads)
        if self.random.random() < 0.2:
            self.window.tree.step(self.random.choice((-1, 1)))
        else:
            self.window.tree.head_clicked.emit(head)
        return self.window.store.selection.head

    def panel(self) -> FigurePanel:
        return self.random.choice([panel for panel in self.window.panels.values() if panel.views()])

    def another_view(self) -> None:
        panel = self.panel()
        panel._tabs.setCurrentIndex(self.random.randrange(len(panel.views())))

    def another_option(self) -> None:
        panel = self.panel()
        options = [control.option for control in panel._controls if values_of(control.option)]
        if options:
            option = self.random.choice(options)
            value = self.random.choice(values_of(option))
            panel.set_options({option.key: value})
            panel._option_changed(option.key, value)

    def another_sample(self) -> None:
        prompt = self.window.store.prompt
        if prompt is not None:
            self.window.store.set_sample(self.random.choice([None, *range(min(prompt.n_samples, 4))]))

    def another_pair(self) -> None:
        facts = self.window.store.facts
        if facts is not None and len(facts.heads) > 1:
            earlier, later = sorted(self.random.sample(list(facts.heads), 2))
            self.window.store.select(later, earlier)

    def toggle_dock(self) -> None:
        dock = self.random.choice(list(self.window.docks.values()))
        dock.toggleViewAction().trigger()

    def float_dock(self) -> None:
        dock = self.random.choice(list(self.window.docks.values()))
        dock.setFloating(not dock.isFloating())

    def cancel(self) -> None:
        self.window.worker.cancel_jobs()

    def score_again(self) -> None:
        self.window.worker.score_again()

    def another_prompt(self) -> None:
        length = self.random.choice(("4", "8", "12"))
        self.window.worker.set_prompt(
            PromptSpec("repeated_random", as_options({"length": length, "samples": self.random.choice(("2", "3"))}))
        )

    def resize(self) -> None:
        self.window.resize(self.random.randint(900, 1600), self.random.randint(600, 1000))

    def point(self) -> None:
        """The crosshair somewhere in the attention panel, or away."""
        row, col = self.random.randrange(8), self.random.randrange(8)
        panel = self.window.panels["attention"]
        panel.cell_hovered.emit(*self.random.choice(((row, col), (-1, -1))))

    def anything(self) -> None:
        """One of all that is not a switch of heads nor a reload; the cheap ones more often."""
        often = (self.another_view, self.another_option, self.another_pair, self.point, self.toggle_dock)
        seldom = (self.another_sample, self.cancel, self.resize, self.float_dock)
        rarely = (self.score_again, self.another_prompt)
        self.random.choice(self.random.choice((often, often, often, often, seldom, seldom, rarely)))()

    def show_all(self) -> None:
        self.window.layouts.reset()


def misplaced(window: MainWindow, view: str) -> str:
    """What is wrong with the figure that the panel with this view has just been given; empty when nothing is."""
    panel = next((panel for panel in window.panels.values() if panel.current_view() == view), None)
    figure = panel.figure() if panel is not None else None
    facts = window.store.facts
    if panel is None or figure is None or facts is None:
        return ""
    return stale(figure, panel, facts.sha256, str(window.store.selection.head), view)


def stale(figure: Figure, panel: FigurePanel, sha256: str, head: str, view: str) -> str:
    origin = figure.provenance
    info = next(info for info in panel.views() if info.key == view)
    if sha256 and origin.sha256 and origin.sha256 != sha256:
        return f"{view} is of another checkpoint"
    veiled = bool(panel._area.veil.text)  # words lie over the old figure, which is dimmed
    if "head" in info.depends and not veiled and origin.head and head not in origin.head.split():
        return f"{view} is of {origin.head} while {head} is selected"
    return ""
