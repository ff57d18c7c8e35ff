"""A session without torch: small made-up results, and gates to hold the worker at a known place."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np

from analysis.figures.axis import Axis, Scale
from analysis.figures.figure import Figure
from analysis.figures.heatmap import Heatmap
from analysis.figures.ink import Ink
from analysis.figures.table import Row, Table
from analysis.values import (
    Asked,
    Cancelled,
    Catalogue,
    Certificate,
    DemoInfo,
    HeadChoice,
    HeadId,
    JobUpdate,
    ModelFacts,
    NotReady,
    Option,
    PromptFacts,
    PromptInfo,
    PromptSpec,
    ScoreInfo,
    ScoreTable,
    Selection,
    Tick,
    UserError,
    ViewInfo,
    no_tick,
)

LAYERS, HEADS, TOKENS = 2, 4, 12
SCALE = Option("scale", "scale", "linear", choices=(("linear", "linear"), ("log", "log")), tip="Colours.")
VIEWS = (
    ViewInfo("pattern", "attention", "Pattern", "Attention.", (SCALE,), frozenset({"head", "sample", "prompt"}), 10,
             "A = softmax"),
    ViewInfo("mosaic", "attention", "Scores", "All heads.", (), frozenset({"scores"}), 30),
    ViewInfo("qk", "qk", "Residual", "QK.", (), frozenset({"head"}), 10),
    ViewInfo("ov", "ov", "Residual", "OV.", (), frozenset({"head"}), 10),
    ViewInfo("composition", "composition", "All pairs", "Pairs.", (), frozenset({"head", "pair", "composition"}), 10),
    ViewInfo("ink", "ink", "Ink", "Handwriting.", (), frozenset({"head", "sample", "prompt"}), 10),
    ViewInfo("card", "card", "Head", "The head.", (), frozenset({"head", "scores"}), 10),
)
PROMPTS = (
    PromptInfo("random", "Repeated random", "Random tokens, repeated.",
               (Option("length", "length", "6", "number", low=2, high=500, tip="Tokens in one copy."),), 10),
    PromptInfo("file", "Token file", "From a file.", (Option("tokens", "tokens", "", "file", tip="A file."),), 20),
)
SCORES = (
    ScoreInfo("induction", "Induction", "ind.", "Attention to the follower, 0 to 1.", "A source", 0.0, 1.0,
              formula="A[i, i − L + 1]"),
    ScoreInfo("previous", "Previous token", "prev", "Attention to the token before, 0 to 1.", "A source", 0.0, 1.0,
              ("self", "cross")),
)


DEMOS = (DemoInfo("demo:first", "First demo", "The first."), DemoInfo("demo:second", "Second demo", "The second."))


def heads(cross: bool) -> tuple[HeadId, ...]:
    kinds = ("self", "cross") if cross else ("self",)
    return tuple(HeadId(layer, index, kind) for layer in range(LAYERS) for kind in kinds for index in range(HEADS))


def table(value: float = 0.5) -> ScoreTable:
    """Induction counts up head by head to `value`, the last head undefined; previous-token counts down."""
    up = np.linspace(0, value, LAYERS * HEADS, dtype=np.float32).reshape(LAYERS, HEADS)
    up[-1, -1] = np.nan
    down = 1 - np.linspace(0, 1, LAYERS * HEADS, dtype=np.float32).reshape(LAYERS, HEADS)
    return ScoreTable({"induction": {"self": up}, "previous": {"self": down, "cross": down}}, {})


class FakeJob:
    def __init__(self, session: FakeSession, key: str, title: str) -> None:
        self.key, self.title, self._session, self._step = key, title, session, 0
        self.closed = False

    def __iter__(self) -> Iterator[JobUpdate]:
        return self

    def __next__(self) -> JobUpdate:
        session = self._session
        if self.closed or self._step > session.job_steps:
            raise StopIteration
        self._step += 1
        session.calls.append(("slice", self.key))
        time.sleep(session.slice_s)
        if session.job_error:
            raise session.job_error
        if self._step <= session.job_steps:
            return JobUpdate(self.key, self.title, self._step / (session.job_steps + 1))
        session.ready.add(self.key)
        result = table() if self.key == "scores" else None
        return JobUpdate(self.key, self.title, 1.0, done=True, changed=True, result=result)

    def close(self) -> None:
        self.closed = True
        self._session.calls.append(("closed", self.key))


class FakeSession:
    """Answers like the real session. Attributes say what fails, what waits at `gate`, how long jobs are."""

    def __init__(self, device: str = "auto") -> None:
        self.device, self.cross, self.handwriting = "cpu", False, False
        self.calls: list[tuple[str, object]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.held = threading.Event()
        self.look_error: Exception | None = None
        self.job_error: Exception | None = None
        self.job_steps, self.slice_s = 3, 0.0
        self.ready: set[str] = set()
        self.wanted: list[str] = []
        self.choices: tuple[HeadChoice, ...] = ()

    def catalogue(self) -> Catalogue:
        return Catalogue(VIEWS, PROMPTS, SCORES, ("Fake",), DEMOS, ("cpu", "cuda:0"))

    def open(
        self, path: str | None, n_head: int | None = None, data: str | None = None, tick: Tick = no_tick
    ) -> ModelFacts:
        self.calls.append(("open", path))
        self._wait(tick)
        if path is not None and "bad" in path:
            raise UserError(f"{path} is not a checkpoint; choose another file.")
        self.path, self.ready = path, set()
        return self._facts()

    def set_prompt(self, spec: PromptSpec | None, tick: Tick = no_tick) -> PromptFacts:
        self.calls.append(("prompt", spec))
        spec = spec or PromptSpec("random")
        if spec.option("length", "6") == "500":
            raise UserError("500 tokens do not fit; choose a shorter length.")
        labels = tuple(tuple(f"t{i}" for i in range(TOKENS)) for _ in range(3))
        context = tuple(tuple("abcd") for _ in range(3)) if self.cross else ()
        return PromptFacts(spec, "6 random tokens × 2", 3, TOKENS, labels, context, 6, handwriting=self.handwriting)

    def set_data(self, path: str, tick: Tick = no_tick) -> PromptFacts:
        self.calls.append(("data", path))
        if "bad" in path:
            raise UserError("Item 7 of bad.json is no handwriting; correct or remove it.")
        return self.set_prompt(PromptSpec("random"))

    def look(self, view: str, selection: Selection, tick: Tick = no_tick) -> Figure:
        self.calls.append(("look", (view, selection)))
        self._wait(tick)
        if self.look_error:
            raise self.look_error
        needed = {"composition": "composition", "mosaic": "scores", "card": "scores"}.get(view)
        if needed and needed not in self.ready:
            raise NotReady(f"{view} is being computed.")
        if view == "card":
            return Table(selection.head.label, ("", "value"), (Row(("Induction", "0.50")),))
        if view == "ink":
            if selection.sample is None:
                raise UserError("A mean over samples has no ink; show one sample.")
            return self._ink(selection)
        return self._picture(view, selection)

    def set_device(self, name: str, tick: Tick = no_tick) -> ModelFacts:
        self.calls.append(("device", name))
        if name.startswith("cuda"):
            raise UserError("There is no CUDA device; choose another one.")
        self.device = name
        return self._facts()

    def ask(self, asked: Asked) -> None:
        self.calls.append(("ask", asked))
        if asked.length == 500:
            raise UserError("The length is from 4 to 60 tokens here, not 500.")
        self.wanted.append("answer")

    def start_jobs(self) -> tuple[FakeJob, ...]:
        self.calls.append(("jobs", None))
        return FakeJob(self, "scores", "Scoring"), FakeJob(self, "composition", "Composition")

    def new_jobs(self) -> tuple[FakeJob, ...]:
        """What `wanted` says that the last look asked for."""
        new = tuple(FakeJob(self, key, key.title()) for key in self.wanted)
        self.wanted.clear()
        return new

    def memory(self) -> str:
        return f"{len(self.ready)} MB {self.device}"

    def named(self, what: str) -> list[object]:
        """The arguments of the calls of this name, in order."""
        return [value for name, value in self.calls if name == what]

    def _wait(self, tick: Tick) -> None:
        """Stay until the gate opens or the tick raises."""
        self.held.set()
        for _ in range(1000):
            if self.gate.is_set():
                return
            try:
                tick(0.5)
            except Cancelled:
                self.calls.append(("cancelled", None))
                raise
            time.sleep(0.005)
        raise AssertionError("nobody opened the gate")

    def _facts(self) -> ModelFacts:
        demo = self.path is None or self.path.startswith("demo:")
        name = "demo" if demo else self.path.rpartition("/")[2]
        return ModelFacts(
            self.path or "", name, "0" * 64, "Fake", ("made up",), LAYERS, HEADS, HEADS, 16, 4, 20, 64, 1000, "learned",
            heads(self.cross), self.device, "float32", Certificate(True, ("every tensor used",)),
            head_choices=self.choices, demo="demo:first" if demo else "", handwriting=self.handwriting,
        )

    def _ink(self, selection: Selection) -> Ink:
        """Six strokes in a row, all as long as their space; the text "abcd", where there is a context."""
        start = np.arange(TOKENS // 2) * 0.5
        zero = np.zeros_like(start)
        strokes = np.column_stack([start, zero, start + 0.25, zero])
        places = np.arange(TOKENS).reshape(-1, 2)
        labels, letters = tuple(f"t{i}" for i in range(TOKENS)), tuple("abcd") if self.cross else ()
        reading = np.linspace(0, 1, TOKENS * len(letters)).reshape(TOKENS, len(letters))
        return Ink(f"{selection.head} ink", strokes, zero == 0, places, (0,), labels, letters, reading, "L0X0")

    def _picture(self, view: str, selection: Selection) -> Heatmap:
        if view == "pattern":
            rows = Axis("query", TOKENS)
            cols = Axis("key", 4) if selection.head.kind == "cross" else Axis("key", TOKENS)
        elif view == "mosaic":
            rows, cols = Axis("layer", LAYERS), Axis("head", HEADS)
        elif view == "composition":
            rows, cols = (Axis(name, LAYERS * HEADS, heads=heads(False)) for name in ("earlier head", "later head"))
        else:
            rows, cols = Axis("row", 16), Axis("column", 16)
        values = np.linspace(0, 1, rows.size * cols.size, dtype=np.float32).reshape(rows.size, cols.size)
        return Heatmap(f"{selection.head} {view}", values, rows, cols, Scale("sequential", 0.0, 1.0, "value"))
