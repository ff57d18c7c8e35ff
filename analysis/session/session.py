"""A loaded model with its prompt, its results and a bounded cache; answers what the window or a script asks for."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from analysis.figures.figure import Figure
from analysis.figures.heatmap import Heatmap, with_levels
from analysis.handwriting.dataset import read_all
from analysis.handwriting.finding import no_handwriting
from analysis.loading.demos import DEMOS, find_demo
from analysis.loading.formats import Format
from analysis.loading.opening import open_model
from analysis.measures.composition import multiplications
from analysis.measures.scores import Score
from analysis.model import devices
from analysis.model.model import Model
from analysis.plugins import discover, plugin_notes
from analysis.prompts import PromptSource
from analysis.prompts.prompt import Prompt
from analysis.prompts.repeated_random import repeated_random_spec
from analysis.prompts.token_range import settled
from analysis.session.comparing import Beside, check_same_shape
from analysis.session.jobs import Job
from analysis.session.loaded import Loaded
from analysis.session.prompt_runs import PromptRuns
from analysis.session.provenance import digest, provenance
from analysis.studies import Study
from analysis.values import (
    Asked,
    Catalogue,
    ModelFacts,
    NotReady,
    PromptFacts,
    PromptSpec,
    Selection,
    Tick,
    UserError,
    as_options,
    no_tick,
)
from analysis.values.work import Work, finish
from analysis.verdict.induction.lengths import possible
from analysis.views import View

QUICK = 10**9
"""Multiplications that take so little that composition need not wait for the scores."""


class Session(PromptRuns):
    """One model at a time, on one thread. Every method that can fail leaves the previous state in place."""

    def __init__(self, device: str = "auto") -> None:
        super().__init__()
        self.device = devices.choose(device)
        self.views: dict[str, View] = {view.info.key: view for view in discover("views")}
        self.prompts: dict[str, PromptSource] = {p.info.key: p for p in discover("prompts")}
        self.scores: list[Score] = discover("scores")
        self.studies: dict[str, Study] = {study.info.key: study for study in discover("studies")}
        self.seed, self.samples = 0, 32
        self.asked = Asked()
        """How models are asked for induction."""
        self._loaded: Loaded | None = None
        self._data: str | None = None
        """The data set that was chosen last."""
        self._beside: Beside[Session] = Beside()

    # ---- what views read -------------------------------------------------------------------------------------

    @property
    def loaded(self) -> Loaded:
        if self._loaded is None:
            raise UserError("No model is open; open a checkpoint first.")
        return self._loaded

    @property
    def model(self) -> Model:
        """Raises UserError when the file's architecture is not known."""
        if self.loaded.model is None:
            raise UserError(self.loaded.facts.weights_only)
        return self.loaded.model

    @property
    def prompt(self) -> Prompt:
        if self.loaded.facts.weights_only:
            raise UserError(self.loaded.facts.weights_only)
        if self.loaded.prompt is None:
            raise UserError("There is no prompt yet; choose one above.")
        return self.loaded.prompt

    @property
    def prompt_facts(self) -> PromptFacts:
        prompt, facts = self.prompt, self.loaded.prompt_facts
        assert facts is not None, prompt.description
        return facts

    def scoring_prompt(self) -> Prompt:
        """The repeated random tokens that scores are measured on, with this session's seed and samples."""
        spec = repeated_random_spec(length=50, repeats=2, samples=self.samples, seed=self.seed)
        return self.prompts[spec.source].make(self.model, spec)

    def study(self, key: str, what: Hashable = None) -> tuple[Any, bool]:
        """What a study has found so far, and whether that is all; the worker takes it up when it is new.

        Raises NotReady before there is anything, UserError when the study failed.
        """
        return self.loaded.studies.look(self, self.studies[key], what)

    def found(self, key: str, what: Hashable = None) -> Any:
        """What a study has found so far, for those who can do without; None where there is nothing (yet)."""
        try:
            return self.study(key, what)[0]
        except (NotReady, UserError):
            return None

    def complete(self, key: str, what: Hashable = None) -> Work[Any]:
        """The whole result of a study, for other long work: the kept one, or computed now and kept.

        Raises UserError where there is none.
        """
        return self.loaded.studies.complete(self, self.studies[key], what)

    def other(self, path: str) -> Work[Session]:
        """A session on a second checkpoint, with this one's prompt; opened once, for all who ask for it.

        Raises UserError when it cannot be opened, or when its heads or tokens are others than the open model's.
        """
        there = yield from self._beside.open(path, lambda: self._open_other(path))
        check_same_shape(self.loaded.facts, there.loaded.facts)
        there.share_prompt(self)
        return there

    def _open_other(self, path: str) -> Work[Session]:
        other, facts = Session(str(self.device)), self.loaded.facts
        other.seed, other.samples, other.asked = self.seed, self.samples, self.asked
        yield from other.opening(path, facts.n_heads if facts.head_choices else None)
        return other

    def share_prompt(self, session: Session) -> None:
        """Put the prompt of another session in force here; their models have the same tokens."""
        if self.loaded.prompt is not session.loaded.prompt:
            self.loaded.prompt, self.loaded.prompt_facts = session.loaded.prompt, session.loaded.prompt_facts
            self._cache.clear()

    # ---- what the window asks --------------------------------------------------------------------------------

    def catalogue(self) -> Catalogue:
        """What this program can do."""
        formats: list[Format] = discover("formats")
        return Catalogue(
            views=tuple(view.info for view in self.views.values()),
            prompts=tuple(source.info for source in self.prompts.values()),
            scores=tuple(score.info for score in self.scores), formats=tuple(item.title for item in formats),
            demos=tuple(demo.info for demo in DEMOS), devices=devices.available(), device_notes=devices.notes(),
            plugin_notes=plugin_notes(),
        )

    def open(
        self, path: str | None, n_head: int | None = None, data: str | None = None, tick: Tick = no_tick
    ) -> ModelFacts:
        """Open a file or a model folder (None: the first demo; "demo:KEY": that one) in place of the present one.

        Raises UserError, and keeps the present one, when it cannot be opened. A file of no known architecture opens
        without a model: its facts have no heads and say why. `n_head` sets the head count where the file does not tell
        it; `data` is a handwriting data set, for prompts and to rank the possible head counts by. One that cannot be
        used keeps no model from opening: `data_problem` says why.
        """
        return finish(self.opening(path, n_head, data, tick), tick)

    def opening(
        self, path: str | None, n_head: int | None = None, data: str | None = None, tick: Tick = no_tick
    ) -> Work[ModelFacts]:
        """`open` as long work; nothing changes before it has ended."""
        demo = find_demo(path)
        file = Path(path or "") if demo is None else demo.path
        work = open_model(file, n_head, data, self.device, tick, demo.info if demo else None, self._data)
        found = yield from work
        self._loaded = Loaded(found.checkpoint, found.facts, found.spec, found.model)
        if data and not self._loaded.facts.data_problem:
            self._data = data
        self._cache.clear()
        self._beside.close()
        return self._loaded.facts

    def set_data(self, path: str, tick: Tick = no_tick) -> PromptFacts:
        """Open a handwriting data set, and write its first words as the prompt.

        It is read to its last word before anything changes. Raises UserError, and keeps data and prompt as they were,
        when the model does not read handwriting or an item is malformed.
        """
        loaded = self.loaded
        codec = loaded.model.vocabulary.codec if loaded.model else None
        if loaded.model is None or codec is None:
            raise UserError(no_handwriting(loaded.facts.name, path))
        finish(read_all(path, codec.alphabet), tick)
        before, loaded.model.data = loaded.model.data, path
        try:
            facts = self.set_prompt(PromptSpec("handwriting"), tick)
        except BaseException:
            loaded.model.data = before
            raise
        self._data = path
        return facts

    def set_prompt(self, spec: PromptSpec | None, tick: Tick = no_tick) -> PromptFacts:
        """Make a prompt (None: the default one) and put it in force; raises UserError and keeps the present one.

        The default is handwriting where a data set is at hand, else repeated random tokens.
        """
        if self.loaded.facts.weights_only:
            raise UserError(self.loaded.facts.weights_only)
        if spec is None and self.model.data:
            try:
                return self.set_prompt(PromptSpec("handwriting"), tick)
            except UserError:
                pass  # The job that reads all of it says what is wrong.
        spec = spec or repeated_random_spec()
        if spec.source not in self.prompts:
            raise UserError(f"There is no prompt source {spec.source!r}; choose one of {', '.join(self.prompts)}.")
        prompt = self.prompts[spec.source].make(self.model, spec)
        self.loaded.prompt, self.loaded.prompt_facts = prompt, self._prompt_facts(spec, prompt)
        self.loaded.studies.forget(following_prompt=True)
        self._cache.clear()
        return self.loaded.prompt_facts

    def ask(self, asked: Asked) -> None:
        """Ask for induction like this from now on, beginning with the open model.

        Raises UserError, and asks as before, where the open model cannot be asked so.
        """
        if self._loaded is not None and not self._loaded.facts.weights_only:
            possible(self.model, settled(self.model, asked))
        self.asked = asked
        if self._loaded is not None and not self._loaded.facts.weights_only:
            self._loaded.studies.forget_one("answer")
            self.found("answer")

    def look(self, view: str, selection: Selection, tick: Tick = no_tick) -> Figure:
        """One view's figure; raises UserError where it does not exist, NotReady while a job it needs runs."""
        info = self.views[view].info
        for fact, head in (("head", selection.head), ("pair", selection.pair)):
            if fact in info.depends and head is not None:
                self.model.head(head)  # Raises UserError for a head that the model lacks.
        with torch.no_grad():
            figure = self.views[view].compute(self, selection, tick)
        following = {"prompt", "sample", *(key for key, study in self.studies.items() if study.info.follows_prompt)}
        made = provenance(self.loaded, info, selection, following, self.seed, self.samples, self.asked)
        figure = replace(figure, provenance=made)
        return with_levels(figure) if isinstance(figure, Heatmap) else figure

    def figure(self, view: str, selection: Selection) -> Figure:
        """The whole figure of a view, with all the work that it needs: the window asks in parts, a script waits.

        Raises UserError where the figure does not exist for this selection.
        """
        finish(self.complete("loading"))
        while True:
            waiting: NotReady | None = None
            try:
                figure = self.look(view, selection)
            except NotReady as error:
                waiting = error
            jobs = self.new_jobs()
            for job in jobs:
                for _ in job:
                    pass
            if not jobs and waiting is not None:
                raise waiting
            if not jobs:
                return figure

    def set_device(self, name: str, tick: Tick = no_tick) -> ModelFacts:
        """Move the model to another device; results are kept, cached runs are not."""
        device = devices.choose(name)
        loaded = self.loaded
        if loaded.model is not None:
            loaded.model.weights = loaded.model.weights.moved(device)
            loaded.model.scratch.clear()
        self.device = device
        self._cache.clear()
        self._beside.close()
        loaded.facts = replace(loaded.facts, device=str(device))
        return loaded.facts

    def start_jobs(self) -> tuple[Job, ...]:
        """What a newly opened model needs: what opening left, scores, the answer, composition; begun studies."""
        return self.loaded.studies.begin_again(self, [self.studies[key] for key in self._first_studies()])

    def new_jobs(self) -> tuple[Job, ...]:
        """Studies that were asked for since this was called last."""
        return self._loaded.studies.new_jobs() if self._loaded is not None else ()

    def memory(self) -> str:
        """What weights and cached runs hold, for the status line."""
        if self._loaded is None or self._loaded.model is None:
            return str(self.device)
        used = self.model.weights.nbytes + self._cache.nbytes
        size = f"{used / 2**30:.1f} GB" if used >= 2**30 else f"{used / 2**20:.0f} MB"
        return devices.memory(self.device) if self.device.type == "cuda" else f"{size} {self.device}"

    # ---- inside ----------------------------------------------------------------------------------------------

    def _first_studies(self) -> list[str]:
        """What every model gets, in this order."""
        loaded, model = self.loaded, self.loaded.model
        if model is None:
            return []
        runs = not loaded.facts.weights_only
        wanted = {
            "loading": not loaded.checked, "scores": runs, "answer": runs, "composition": True,
            "handwriting": bool(model.data),
        }
        quick = ("composition",) if multiplications(model) < QUICK else ()
        order = dict.fromkeys(("loading", *quick, *wanted))
        return [key for key in order if wanted[key]]

    def _prompt_facts(self, spec: PromptSpec, prompt: Prompt) -> PromptFacts:
        label, model = self.model.vocabulary.label, self.model
        context: tuple[tuple[str, ...], ...] = ()
        if prompt.context is not None and model.context_vocabulary is not None:
            letters = model.context_vocabulary.label
            context = tuple(tuple(letters(token) for token in row) for row in prompt.context.tolist())
        labels = tuple(tuple(label(token) for token in row) for row in prompt.tokens.tolist())
        n, length = prompt.tokens.shape
        drawn = model.vocabulary.codec is not None
        spec = PromptSpec(spec.source, as_options(dict(spec.options) | dict(prompt.settled)))
        return PromptFacts(
            spec, prompt.description, n, length, labels, context, prompt.period, prompt.start, drawn, digest(prompt),
        )
