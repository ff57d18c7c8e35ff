"""A second checkpoint beside the open one: the same prompt, the same views, another model's weights."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .values import ModelFacts, Tick, UserError

if TYPE_CHECKING:
    from .session import Session


class Beside:
    """The checkpoint that was last compared with; opened when it is first asked for."""

    def __init__(self) -> None:
        self._at: tuple[str, int, int] | None = None
        self._other: Session | None = None

    def get(self, session: Session, path: str, tick: Tick) -> Session:
        """A session on the checkpoint at `path`, with the prompt that is in force in `session`.

        Raises UserError when it cannot be opened, or when its heads or tokens are others than the open model's: what
        is in force stays.
        """
        at = _identity(path)
        if self._other is None or self._at != at:
            self._other, self._at = self._open(session, path, tick), at
        check_same_shape(session.loaded.facts, self._other.loaded.facts)
        self._other.share_prompt(session)
        return self._other

    def close(self) -> None:
        self._at = self._other = None

    def _open(self, session: Session, path: str, tick: Tick) -> Session:
        other = type(session)(str(session.device))
        other.seed, other.samples = session.seed, session.samples
        facts = session.loaded.facts
        other.open(path, facts.n_heads if facts.head_choices else None, tick=tick)
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
