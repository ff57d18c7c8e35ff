"""A second checkpoint beside the open one: the same prompt, the same views, another model's weights."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.values import ModelFacts, UserError
from analysis.values.work import Steps

if TYPE_CHECKING:
    from analysis.session.session import Session


@dataclass(eq=False)
class Second:
    """One checkpoint on its way: the work that is left, and what came of it."""

    work: Steps[Session]
    session: Session | None = None


class Beside:
    """The checkpoint that was last compared with; opened when it is first asked for.

    Whoever asks does the next steps of one common work: a look that is cancelled leaves what it did to the next.
    """

    def __init__(self) -> None:
        self._at: tuple[str, int, int] | None = None
        self._second: Second | None = None

    def opening(self, session: Session, path: str) -> Steps[Session]:
        """A session on the checkpoint at `path`, with the prompt that is in force in `session`.

        Raises UserError when it cannot be opened, or when its heads or tokens are others than the open model's: what
        is in force stays.
        """
        at = _identity(path)
        if self._second is None or self._at != at:
            self._second, self._at = Second(_open(session, path)), at
        second = self._second
        while second.session is None:
            try:
                fraction = next(second.work)
            except StopIteration as end:
                second.session = end.value
            except BaseException:
                if self._second is second:
                    self.close()
                raise
            else:
                yield fraction
        check_same_shape(session.loaded.facts, second.session.loaded.facts)
        second.session.share_prompt(session)
        return second.session

    def close(self) -> None:
        self._at = self._second = None


def _open(session: Session, path: str) -> Steps[Session]:
    other = type(session)(str(session.device))
    other.seed, other.samples = session.seed, session.samples
    facts = session.loaded.facts
    yield from other.opening(path, facts.n_heads if facts.head_choices else None)
    return other


def check_same_shape(here: ModelFacts, there: ModelFacts) -> None:
    """Raises UserError when the models cannot be laid over one another, head on head and token on token."""
    if there.weights_only:
        raise UserError(f"{there.name} cannot be compared: {there.weights_only}")
    if (here.heads, here.d_vocab) != (there.heads, there.d_vocab):
        raise UserError(
            f"{there.name} has {_shape(there)}, and {here.name} has {_shape(here)}; compare with a checkpoint of the "
            "same shape."
        )


def _shape(facts: ModelFacts) -> str:
    cross = " and cross-attention" if facts.has_cross else ""
    return f"{facts.n_layers} layers of {facts.n_heads} heads{cross} and {facts.d_vocab} tokens"


def _identity(path: str) -> tuple[str, int, int]:
    """What changes when the file does."""
    try:
        stat = os.stat(path)
    except OSError:
        return path, 0, 0  # Opening it says what is wrong; demos have no path.
    return path, stat.st_mtime_ns, stat.st_size
