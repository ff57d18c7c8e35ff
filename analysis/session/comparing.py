"""A second checkpoint beside the open one: the same prompt, the same views, another model's weights."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from analysis.values import ModelFacts, UserError
from analysis.values.work import Work

T = TypeVar("T")


@dataclass(eq=False)
class Second(Generic[T]):
    """One checkpoint on its way: the work that is left, and what came of it."""

    work: Work[T]
    result: T | None = None


class Beside(Generic[T]):
    """The checkpoint that was last compared with; opened when it is first asked for.

    Whoever asks does the next steps of one common work: a look that is cancelled leaves what it did to the next.
    """

    def __init__(self) -> None:
        self._at: tuple[str, int, int] | None = None
        self._second: Second[T] | None = None

    def open(self, path: str, work: Callable[[], Work[T]]) -> Work[T]:
        """What `work()` returns for the checkpoint at `path`, opened again only once its file has changed.

        Raises UserError when it cannot be opened.
        """
        at = _identity(path)
        if self._second is None or self._at != at:
            self._second, self._at = Second(work()), at
        second = self._second
        while second.result is None:
            try:
                step = next(second.work)
            except StopIteration as end:
                second.result = end.value
            except BaseException:
                if self._second is second:
                    self.close()
                raise
            else:
                yield step
        return second.result

    def close(self) -> None:
        self._at = self._second = None


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
