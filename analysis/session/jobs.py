"""Studies at work: what was asked of each, how far it has come, and the jobs that the worker does slice by slice.

A view asks `session.study(key, what)`. The first time that raises NotReady, and the worker finds the study among
`Session.new_jobs`; the view names the study in its `depends`, so that it is asked again whenever there is more to show.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from analysis.studies import Study
from analysis.values import JobUpdate, NotReady, UserError
from analysis.values.work import Work

TOLD_S = 0.25
"""Results on the way are told no more often: each makes views draw anew."""
LINED_UP = 4
"""Unfinished studies of one key; older ones give way. Two views may ask for two at once, a walk over heads for many."""
KEPT = 64
"""Finished results of one key."""


@dataclass
class StudyState:
    """One thing asked of a study, and how far it has come."""

    study: Study
    what: Hashable
    result: Any = None
    whole: bool = False
    failure: str = ""
    job: Job | None = None
    """None when it has ended, or was cancelled."""
    begun: bool = False

    @property
    def ended(self) -> bool:
        return self.whole or bool(self.failure)

    @property
    def wanted(self) -> bool:
        """Whether somebody who asks begins it: one that was cancelled too, unless every model gets it."""
        return not self.ended and self.job is None and not (self.begun and self.every_model)

    @property
    def every_model(self) -> bool:
        """Whether it is begun with every model, and again only by Score again."""
        return self.study.every_model and self.what is None


class Job:
    """One study at work: keeps what it has found and tells of it. An iterator of updates, each next() ≤ 100 ms."""

    def __init__(self, state: StudyState, work: Work[Any]) -> None:
        self.key, self.title = state.study.info.key, state.study.info.title
        self._state = state
        self._work: Work[Any] | None = work
        self._told = time.monotonic()

    def __iter__(self) -> Iterator[JobUpdate]:
        return self

    def __next__(self) -> JobUpdate:
        """Raises StopIteration after the last update, and once it is closed."""
        state = self._state
        if self._work is None:
            raise StopIteration
        try:
            with torch.no_grad():  # A generator must not hold the mode while it sleeps.
                fraction, result = next(self._work)
        except StopIteration as end:
            state.result, state.whole = end.value, True
        except UserError as error:
            state.failure = str(error)
        except BaseException:
            self.close()
            raise
        else:
            return self._on_the_way(fraction, result)
        self.close()
        return self._last()

    @property
    def closed(self) -> bool:
        return self._work is None

    def close(self) -> None:
        """Ends the work; what it has found stays."""
        if self._work is not None:
            self._work.close()
        self._work = self._state.job = None

    def _on_the_way(self, fraction: float, result: object) -> JobUpdate:
        if result is not None:
            self._state.result = result
        changed = result is not None and time.monotonic() - self._told > TOLD_S
        if changed:
            self._told = time.monotonic()
        if not changed:
            return JobUpdate(self.key, self.title, min(fraction, 1.0))
        words = tuple(self._state.study.words(result).items())
        return JobUpdate(self.key, self.title, min(fraction, 1.0), changed=True, result=result, words=words)

    def _last(self) -> JobUpdate:
        state = self._state
        if not state.whole:
            return JobUpdate(self.key, self.title, 1.0, done=True, changed=True, failure=state.failure)
        words, problem = tuple(state.study.words(state.result).items()), state.study.problem(state.result)
        return JobUpdate(self.key, self.title, 1.0, True, True, state.result, words, problem)


class Studies:
    """What has been asked of every study since the model was opened."""

    def __init__(self) -> None:
        self._states: dict[str, dict[Hashable, StudyState]] = {}
        self._new: list[Job] = []

    def look(self, session: Any, study: Study, what: Hashable) -> tuple[Any, bool]:
        """(result so far, whether that is all); raises NotReady before the first, UserError when the study failed."""
        of_key = self._states.setdefault(study.info.key, {})
        state = of_key.pop(what, None) or StudyState(study, what)
        of_key[what] = state  # The newest is the last.
        if state.wanted:
            self._start(session, state)
        self._make_room(of_key)
        if state.failure:
            raise UserError(state.failure)
        if state.result is None:
            raise NotReady(study.info.waiting or f"{study.info.title} is being computed.")
        return state.result, state.whole

    @torch.no_grad()
    def complete(self, session: Any, study: Study, what: Hashable) -> Work[Any]:
        """Its whole result for other long work: the kept one, or computed now and kept. Raises as the study does."""
        state = self._states.get(study.info.key, {}).get(what)
        if state is not None and state.whole:
            return state.result
        result = yield from study.run(session, what)
        self._states.setdefault(study.info.key, {})[what] = StudyState(study, what, result, whole=True)
        return result

    def new_jobs(self) -> tuple[Job, ...]:
        """The jobs begun since this was asked last, and not closed again."""
        new, self._new = [job for job in self._new if not job.closed], []
        return tuple(new)

    def begin_again(self, session: Any, first: Iterable[Study]) -> tuple[Job, ...]:
        """These studies from their beginning, whether they have ended or not; what they have found stays until then.

        After them all others that are unfinished, cancelled ones too: what they held may lie on another device.
        """
        states = [self._states.setdefault(one.info.key, {}).setdefault(None, StudyState(one, None)) for one in first]
        for of_key in self._states.values():
            unfinished = [state for state in of_key.values() if not (state.ended or state.every_model)]
            states += unfinished[-LINED_UP:]
        for state in states:
            if state.job is not None:
                state.job.close()
            self._start(session, state)
        return self.new_jobs()

    def forget(self, following_prompt: bool) -> None:
        """Forget all, or those that depend on the prompt in force."""
        for key, of_key in list(self._states.items()):
            if not following_prompt or any(state.study.info.follows_prompt for state in of_key.values()):
                self.forget_one(key)

    def forget_one(self, key: str) -> None:
        """Forget all that this study has found, and end its work."""
        for state in self._states.pop(key, {}).values():
            if state.job is not None:
                state.job.close()

    def _start(self, session: Any, state: StudyState) -> None:
        state.failure, state.whole, state.begun = "", False, True
        try:
            state.job = Job(state, state.study.run(session, state.what))
        except UserError as error:  # It cannot even begin.
            state.failure = str(error)
        else:
            self._new.append(state.job)

    def _make_room(self, of_key: dict[Hashable, StudyState]) -> None:
        running = [state for state in of_key.values() if state.job is not None]
        for state in running[:-LINED_UP]:
            assert state.job is not None
            state.job.close()
        for what in list(of_key)[:-KEPT]:
            gone = of_key.pop(what)
            if gone.job is not None:
                gone.job.close()
