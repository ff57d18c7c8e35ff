"""A loaded model with its prompt, its results and a bounded cache; answers what the window or a script asks for."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from analysis import __version__
from analysis.figures.figure import Figure
from analysis.figures.heatmap import Heatmap
from analysis.figures.pooling import with_levels
from analysis.handwriting.dataset import check_letters, open_data
from analysis.handwriting.finding import no_handwriting
from analysis.loading.demos import DEMOS, find_demo
from analysis.loading.formats import Format
from analysis.loading.opening import Loaded, checking, opening
from analysis.measures.composition import compose, factor_bytes, multiplications
from analysis.measures.patterns import blocks, head_pattern
from analysis.measures.scores import Score
from analysis.measures.scoring import Scoring, part
from analysis.measures.spectrum import by_lag
from analysis.model import devices
from analysis.model.cache import Cache
from analysis.model.model import Model, tensor_bytes
from analysis.model.transformer import Run, forward
from analysis.plugins import discover, plugin_notes
from analysis.prompts import PromptSource
from analysis.prompts.prompt import Prompt, past_the_end
from analysis.prompts.repeated_random import repeated_random_spec
from analysis.session import recipe
from analysis.session.comparing import Beside
from analysis.session.jobs import Job
from analysis.studies import Study
from analysis.values import (
    Catalogue,
    HeadId,
    JobUpdate,
    ModelFacts,
    PromptFacts,
    PromptSpec,
    Provenance,
    Selection,
    Tick,
    UserError,
    as_options,
    no_tick,
)
from analysis.values.work import Steps, drive
from analysis.views import View

CACHE_BYTES = 1024 * 2**20
GROUP_BYTES = 192 * 2**20
"""The most that the q and k of samples run together may hold."""
QUICK = 10**9
"""Multiplications that take so little that composition need not wait for the scores."""


class Session:
    """One model at a time, on one thread. Every method that can fail leaves the previous state in place."""

    def __init__(self, device: str = "auto") -> None:
        self.device = devices.choose(device)
        self.views: dict[str, View] = {view.info.key: view for view in discover("views")}
        self.prompts: dict[str, PromptSource] = {p.info.key: p for p in discover("prompts")}
        self.scores: list[Score] = discover("scores")
        self.studies: dict[str, Study] = {study.info.key: study for study in discover("studies")}
        self.seed, self.samples = 0, 32
        self._loaded: Loaded | None = None
        self._data: str | None = None
        """The data set that was chosen last."""
        self._cache = Cache(CACHE_BYTES)
        self._beside = Beside()

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

    def pattern(self, head: HeadId, sample: int | None, tick: Tick = no_tick) -> torch.Tensor:
        """Attention of one head, [T, T] or [T, C]: of one sample of the prompt, or the mean over all (None)."""
        if sample is not None:
            run, index = self.run(sample, tick)
            return head_pattern(self.model, run.layers[head.layer, head.kind], head, index)
        total: torch.Tensor | None = None
        for samples in self._groups():
            kept = self.group(samples, tick).layers[head.layer, head.kind]
            mean = head_pattern(self.model, kept, head, None, tick) * (len(samples) / len(self.prompt.tokens))
            total = mean if total is None else total + mean
        assert total is not None
        return total

    def spectrum(self, sample: int | None, tick: Tick = no_tick) -> torch.Tensor:
        """Mean attention at every distance, [self heads, T], over one sample or all; NaN never occurs."""
        return self._cache.get(("spectrum", sample), lambda: self._spectrum(sample, tick), tensor_bytes)

    def losses(self, sample: int | None, tick: Tick = no_tick) -> torch.Tensor:
        """Loss in nats of every token but the first, [samples, T − 1]: one sample, or all (None). NaN past the end of a
        line."""
        if sample is not None:
            run, index = self.run(sample, tick)
            return self._written(run.losses(tick), run.tokens)[index : index + 1]
        groups = (self.group(samples, tick) for samples in self._groups())
        every = lambda: torch.cat([self._written(run.losses(tick), run.tokens) for run in groups])  # noqa: E731
        return self._cache.get("losses", every, tensor_bytes)

    def _written(self, losses: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        return losses.masked_fill(past_the_end(self.model, tokens), torch.nan)

    def run(self, sample: int, tick: Tick = no_tick) -> tuple[Run, int]:
        """A run that holds this sample, and the sample's place in it: a group if one is at hand, else one alone."""
        self._check_sample(sample)
        for samples in self._groups():
            if sample in samples and ("group", samples) in self._cache:
                return self.group(samples, tick), sample - samples.start
        alone = lambda: self._forward(range(sample, sample + 1), tick)  # noqa: E731
        return self._cache.get(("sample", sample), alone, lambda run: run.nbytes), 0

    def group(self, samples: range, tick: Tick = no_tick) -> Run:
        """A run of several samples together."""
        return self._cache.get(("group", samples), lambda: self._forward(samples, tick), lambda run: run.nbytes)

    def scoring_prompt(self) -> Prompt:
        """The repeated random tokens that scores are measured on, with this session's seed and samples."""
        spec = repeated_random_spec(length=50, repeats=2, samples=self.samples, seed=self.seed)
        return self.prompts[spec.source].make(self.model, spec)

    def study(self, key: str, what: Hashable = None) -> tuple[Any, bool]:
        """What a study has found so far, and whether that is all; the worker takes it up when it is new.

        Raises NotReady before there is anything, UserError when the study failed.
        """
        return self.loaded.studies.look(self, self.studies[key], what)

    def other(self, path: str) -> Steps[Session]:
        """A session on a second checkpoint of the same shape, with this one's prompt; see `Beside.opening`."""
        return self._beside.opening(self, path)

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
            scores=tuple(score.info for score in self.scores),
            formats=tuple(item.title for item in formats),
            demos=tuple(demo.info for demo in DEMOS),
            devices=devices.available(),
            device_notes=devices.notes(),
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
        return drive(self.opening(path, n_head, data, tick), tick)

    def opening(
        self, path: str | None, n_head: int | None = None, data: str | None = None, tick: Tick = no_tick
    ) -> Steps[ModelFacts]:
        """`open` in steps; nothing changes before the last."""
        demo = find_demo(path)
        file = Path(path or "") if demo is None else demo.path
        work = opening(file, n_head, data, self.device, tick, demo.info if demo else None, self._data)
        self._loaded = yield from work
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
        data = open_data(path)
        check_letters(enumerate(data.all(tick)), codec.alphabet, data.name)
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

    def look(self, view: str, selection: Selection, tick: Tick = no_tick) -> Figure:
        """One view's figure; raises UserError where it does not exist, NotReady while a job it needs runs."""
        info = self.views[view].info
        for fact, head in (("head", selection.head), ("pair", selection.pair)):
            if fact in info.depends and head is not None:
                self.model.head(head)  # Says of a head that the model does not have that it has none such.
        with torch.no_grad():
            figure = self.views[view].compute(self, selection, tick)
        made = recipe.of(self, info, selection)
        prompt = self.loaded.prompt_facts.description if self.loaded.prompt_facts and made.prompt else ""
        settings = ", ".join(f"{option.key} {selection.option(option.key, option.default)}" for option in info.options)
        figure = replace(
            figure,
            provenance=Provenance(
                _described(self.loaded.facts),
                self.loaded.facts.sha256,
                selection.head.label if "head" in info.depends else "",
                prompt,
                f"{info.title}: {info.tip}" + (f" ({settings})" if settings else ""),
                __version__,
                made,
            ),
        )
        return with_levels(figure) if isinstance(figure, Heatmap) else figure

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
        """What a newly opened model needs: loading and checks that opening left, scores, composition; begun studies."""
        return (*self._own_jobs(), *self.loaded.studies.begin_again(self))

    def finishing(self, *wanted: str) -> Iterator[JobUpdate]:
        """The jobs of the model that are wanted by their keys and not done, and its checks, for those who wait for
        them; an update with a failure says what there will not be."""
        done = {"scores": self.loaded.scored, "composition": self.loaded.composition is not None}
        for job in self._own_jobs():
            if job.key == "check" or (job.key in wanted and not done.get(job.key, False)):
                yield from job

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

    def _own_jobs(self) -> list[Job]:
        loaded = self.loaded
        jobs: list[Job] = []
        if not loaded.checked:
            jobs.append(Job("check", "Loading", self._check(loaded)))
        if loaded.model is not None and not loaded.facts.weights_only:
            jobs.append(Job("scores", "Scoring", self._score()))
        if loaded.model is not None:
            composition = Job("composition", "Composition", self._compose())
            jobs.insert(len(jobs) - 1 if multiplications(loaded.model) < QUICK else len(jobs), composition)
        if loaded.model is not None and loaded.model.data:
            jobs.append(Job("data", "Reading handwriting", self._read_data(loaded.model)))
        return jobs

    def _check(self, loaded: Loaded) -> Iterator[JobUpdate]:
        """Raises UserError for weights that mean nothing; the window says so, and the circuits stay on offer."""
        work = checking(loaded)
        for fraction in work:
            yield JobUpdate("check", "Loading", fraction)
        yield JobUpdate("check", "Loading", 1.0, done=True, facts=loaded.facts)

    def _read_data(self, model: Model) -> Iterator[JobUpdate]:
        """The rest of the words: the first ones were read when they were asked for."""
        assert model.data is not None
        assert model.vocabulary.codec is not None
        data = open_data(model.data)
        for fraction in data.reading():
            yield JobUpdate("data", "Reading handwriting", fraction)
        check_letters(enumerate(data.all()), model.vocabulary.codec.alphabet, data.name)
        yield JobUpdate("data", "Reading handwriting", 1.0, done=True)

    def _score(self) -> Iterator[JobUpdate]:
        loaded = self.loaded
        loaded.scored = False
        scoring = Scoring(self.model, self.scores, self.prompts, self.seed, self.samples)
        before = -1.0
        for fraction in scoring.run():
            changed = fraction - before > 0.1
            if changed:
                loaded.scores, before = scoring.table(), fraction
            yield JobUpdate("scores", "Scoring", fraction, changed=changed, scores=loaded.scores if changed else None)
        loaded.scores, loaded.scored = scoring.table(), True
        failure = "; ".join(scoring.problems)
        yield JobUpdate("scores", "Scoring", 1.0, done=True, changed=True, scores=loaded.scores, failure=failure)

    def _compose(self) -> Iterator[JobUpdate]:
        loaded = self.loaded
        needed, free = factor_bytes(self.model), devices.free_memory(self.device)
        if self.model.weights.limited and needed > free / 2:
            words = (
                f"Composition of all pairs takes {needed / 2**30:.1f} GB at once and {free / 2**30:.1f} GB are free."
            )
            yield JobUpdate("composition", "Composition", 1.0, done=True, failure=words)
            return
        with torch.no_grad():
            work = compose(self.model)
            while True:
                try:
                    fraction = next(work)
                except StopIteration as end:
                    loaded.composition = end.value
                    break
                yield JobUpdate("composition", "Composition", fraction)
        yield JobUpdate("composition", "Composition", 1.0, done=True, changed=True)

    def _spectrum(self, sample: int | None, tick: Tick) -> torch.Tensor:
        prompt, config = self.prompt, self.model.config
        n, groups = len(prompt.tokens), self._groups()
        if sample is not None:
            groups = [range(sample, sample + 1)]
        length = prompt.tokens.shape[1]
        total = torch.zeros(config.n_layers, config.n_heads, length, device=self.model.device)
        for samples in groups:
            run = self.group(samples, tick) if sample is None else self._forward(samples, tick)
            for block in blocks(self.model, run, part(prompt, slice(samples.start, samples.stop)), tick):
                if block.kind == "self":
                    lags = by_lag(block).sum(0)
                    total[block.layer, :, : lags.shape[-1]] += lags
        queries = torch.arange(length, 0, -1, device=total.device)  # How many queries have a key at this distance.
        return (total / (queries * (n if sample is None else 1))).flatten(0, 1)

    def _forward(self, samples: range, tick: Tick) -> Run:
        piece = part(self.prompt, slice(samples.start, samples.stop))
        return forward(self.model, piece.tokens, piece.context, tick=tick)

    def _groups(self) -> list[range]:
        """The samples of the prompt, in groups whose runs fit into GROUP_BYTES."""
        config, length = self.model.config, self.prompt.tokens.shape[1]
        width = (config.n_heads + config.n_kv_heads) * config.d_head
        cross = len(config.cross_layers) * config.n_heads * config.d_head * (length + config.n_ctx_context)
        each = 4 * (config.n_layers * width * length + cross + config.d_model * length)
        size, n = max(1, GROUP_BYTES // each), len(self.prompt.tokens)
        return [range(low, min(low + size, n)) for low in range(0, n, size)]

    def _check_sample(self, sample: int) -> None:
        if not 0 <= sample < len(self.prompt.tokens):
            raise UserError(f"The prompt has no sample {sample}: choose 0 to {len(self.prompt.tokens) - 1}.")

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
            spec, prompt.description, n, length, labels, context, prompt.period, prompt.start, drawn,
            recipe.digest(prompt),
        )


def _described(facts: ModelFacts) -> str:
    """The checkpoint for a figure's provenance: a head count that was chosen is part of what was computed."""
    return (
        f"{facts.name} ({facts.family}, {facts.n_layers} layers × {facts.n_heads} heads)" if facts.heads else facts.name
    )
