"""Studies: long work that a view asks for and that the worker does slice by slice, with results on the way.

A view asks `session.study(key, what)`. The first time that raises NotReady, and the worker finds the study among
`Session.new_jobs`; the view names the study in its `depends`, so that it is asked again whenever there is more to show.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Hashable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from analysis.studies import Study, Work
from analysis.values import JobUpdate, NotReady, UserError

if TYPE_CHECKING:
    from analysis.session.session import Session

TOLD_S = 0.25
"""Results on the way are told no more often: each makes views draw anew."""
LINED_UP = 4
"""Unfinished studies of one key; older ones give way. Two views may ask for two at once, a walk over heads for many."""
KEPT = 64
"""Finished results of one key."""


class Job:
    """Long work: an iterator of updates, each next() at most 100 ms."""

    def __init__(self, key: str, title: str, updates: Iterator[JobUpdate]) -> None:
        self.key, self.title, self._updates = key, title, updates

    def __iter__(self) -> Iterator[JobUpdate]:
        return self

    def __next__(self) -> JobUpdate:
        return next(self._updates)

    def close(self) -> None:
        """Nobody waits for it any more."""


@dataclass
class Asked:
    """One thing asked of a study, and how far it has come."""

    study: Study
    what: Hashable
    result: Any = None
    whole: bool = False
    failure: str = ""
    job: StudyJob | None = None
    """None when it has ended, or was cancelled: the next to ask starts it anew."""

    @property
    def ended(self) -> bool:
        return self.whole or bool(self.failure)


class StudyJob(Job):
    """One study at work: keeps what it has found and tells of it."""

    def __init__(self, session: Session, asked: Asked) -> None:
        info = asked.study.info
        super().__init__(info.key, info.title, iter(()))
        self._asked = asked
        self._work: Work | None = asked.study.run(session, asked.what)
        self._told = time.monotonic()

    def __next__(self) -> JobUpdate:
        """Raises StopIteration after the last update, and once it is closed."""
        if self._work is None:
            raise StopIteration
        try:
            with torch.no_grad():  # A generator must not hold the mode while it sleeps.
                fraction, result = next(self._work)
        except StopIteration as end:
            self._asked.result, self._asked.whole = end.value, True
        except UserError as error:
            self._asked.failure = str(error)
        except BaseException:
            self.close()
            raise
        else:
            return self._on_the_way(fraction, result)
        self.close()
        asked = self._asked
        words = tuple(asked.study.words(asked.result).items()) if asked.whole else ()
        return JobUpdate(self.key, self.title, 1.0, done=True, changed=True, words=words, failure=asked.failure)

    def close(self) -> None:
        """Ends the work; what it has found stays."""
        if self._work is not None:
            self._work.close()
        self._work = self._asked.job = None

    def _on_the_way(self, fraction: float, result: Any) -> JobUpdate:
        if result is not None:
            self._asked.result = result
        changed = result is not None and time.monotonic() - self._told > TOLD_S
        if changed:
            self._told = time.monotonic()
        return JobUpdate(self.key, self.title, min(fraction, 1.0), changed=changed)


class Studies:
    """What has been asked of every study since the model was opened."""

    def __init__(self) -> None:
        self._asked: dict[str, dict[Hashable, Asked]] = {}
        self._new: list[StudyJob] = []

    def look(self, session: Session, study: Study, what: Hashable) -> tuple[Any, bool]:
        """(result so far, whether that is all); raises NotReady before the first, UserError when the study failed."""
        of_key = self._asked.setdefault(study.info.key, {})
        asked = of_key.pop(what, None) or Asked(study, what)
        of_key[what] = asked  # The newest is the last.
        if not asked.ended and asked.job is None:
            self._start(session, asked)
        self._make_room(of_key)
        if asked.failure:
            raise UserError(asked.failure)
        if asked.result is None:
            raise NotReady(f"{study.info.title} is being computed.")
        return asked.result, asked.whole

    def complete(self, session: Session, study: Study, what: Hashable) -> Generator[float, None, Any]:
        """Its whole result for other long work: the kept one, or computed now and kept. Raises as the study does."""
        asked = self._asked.get(study.info.key, {}).get(what)
        if asked is not None and asked.whole:
            return asked.result
        work = study.run(session, what)
        while True:
            try:
                yield next(work)[0]
            except StopIteration as end:
                self._asked.setdefault(study.info.key, {})[what] = Asked(study, what, end.value, whole=True)
                return end.value

    def new_jobs(self) -> tuple[StudyJob, ...]:
        """The jobs begun since this was asked last."""
        new, self._new = self._new, []
        return tuple(new)

    def begin_again(self, session: Session) -> tuple[StudyJob, ...]:
        """The unfinished ones, cancelled ones too, from their beginning: what they held may lie on another device."""
        for of_key in self._asked.values():
            for asked in [asked for asked in of_key.values() if not asked.ended][-LINED_UP:]:
                if asked.job is not None:
                    asked.job.close()
                self._start(session, asked)
        return self.new_jobs()

    def forget(self, following_prompt: bool) -> None:
        """Forget all, or those that depend on the prompt in force."""
        for key, of_key in list(self._asked.items()):
            if not following_prompt or any(asked.study.info.follows_prompt for asked in of_key.values()):
                for asked in of_key.values():
                    if asked.job is not None:
                        asked.job.close()
                del self._asked[key]
        self._new = [job for job in self._new if job._asked.job is job]

    def _start(self, session: Session, asked: Asked) -> None:
        asked.failure, asked.whole = "", False
        try:
            asked.job = StudyJob(session, asked)
        except UserError as error:  # It cannot even begin.
            asked.failure = str(error)
        else:
            self._new.append(asked.job)

    def _make_room(self, of_key: dict[Hashable, Asked]) -> None:
        running = [asked for asked in of_key.values() if asked.job is not None]
        for asked in running[:-LINED_UP]:
            assert asked.job is not None
            asked.job.close()
        for what in list(of_key)[:-KEPT]:
            gone = of_key.pop(what)
            if gone.job is not None:
                gone.job.close()
