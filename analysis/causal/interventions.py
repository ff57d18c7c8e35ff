"""What may be changed in a forward pass, as values: any number at once, in any combination."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from analysis.model.model import Config, Model
from analysis.values import HeadId, UserError

How = Literal["zero", "mean", "resample"]
Into = Literal["q", "k", "v"]
INPUTS: tuple[Into, ...] = ("q", "k", "v")
Pattern = Literal["previous", "induction"]


@dataclass(frozen=True)
class Ablate:
    """A head's output z [T, d_head] replaced at every position.

    zero: by 0. mean: by its mean over all samples and positions. resample: by the same head's z in another sample.
    """

    head: HeadId
    how: How = "zero"

    def __str__(self) -> str:
        return f"{self.head} ablated ({self.how})"


@dataclass(frozen=True)
class Cut:
    """One edge of the circuit: what `earlier` wrote is left out of one input of `later`, and of nothing else.

    The stream that `later` reads is built again without that output, everything else as it is in this pass, and goes
    through the norms as the model applies them; only this head's queries, keys or values are computed from it. Keys
    and values shared with other heads stay as they are for the others. zero: nothing is left of it; mean: its mean
    over all samples and positions is.
    """

    earlier: HeadId
    later: HeadId
    into: Into = "k"
    how: Literal["zero", "mean"] = "zero"

    def __str__(self) -> str:
        return f"{self.earlier} cut from {self.into.upper()} of {self.later}"


@dataclass(frozen=True)
class Ideal:
    """A self-attention head's pattern replaced by a perfect one.

    previous: each query attends to the token before it. induction: to the token after the previous occurrence of its
    own, i − L + 1 where the prompt repeats with period L, else the last match. A query for which there is no such key
    keeps its own pattern.
    """

    head: HeadId
    pattern: Pattern

    def __str__(self) -> str:
        return f"{self.head} with a perfect {self.pattern} pattern"


Intervention: TypeAlias = Ablate | Cut | Ideal
Place: TypeAlias = tuple[int, bool]
"""A sublayer in the order of the pass: (layer, whether it is cross-attention)."""


@dataclass(frozen=True)
class Experiment:
    """Changes made together in one pass. None at all: the clean pass."""

    changes: tuple[Intervention, ...]
    frozen: bool = False
    """Pattern-preserving: all attention patterns are those of the clean pass, but for what a change sets itself."""

    def __str__(self) -> str:
        words = ", ".join(map(str, self.changes)) or "unchanged"
        return words + (", patterns frozen" if self.frozen else "")

    def start(self, config: Config) -> Place:
        """The first sublayer that need not be as in the clean pass; past the last one where nothing changes."""
        heads = (change.earlier if isinstance(change, Cut) else change.head for change in self.changes)
        return min(map(place, heads), default=(config.n_layers, False))


def place(head: HeadId) -> Place:
    return head.layer, head.kind == "cross"


def ablations(model: Model, how: How = "zero", frozen: bool = False) -> tuple[Experiment, ...]:
    """Each head of the model alone, in the order in which they write."""
    return tuple(Experiment((Ablate(head, how),), frozen) for head in model.heads)


def check(model: Model, experiment: Experiment, n_samples: int) -> None:
    """Raises UserError for changes that do not exist in this model or with this many samples."""
    for change in experiment.changes:
        if isinstance(change, Cut):
            _check_cut(model, change)
        else:
            model.head(change.head)
        if isinstance(change, Ideal) and change.head.kind == "cross":
            raise UserError(
                f"{change.head} attends to the context, where no position comes before; choose a self-attention head."
            )
        if isinstance(change, Ablate) and change.how == "resample" and n_samples < 2:
            raise UserError("Resampling takes a head's output from another sample; use a prompt of at least 2 samples.")


def _check_cut(model: Model, cut: Cut) -> None:
    model.head(cut.earlier)
    model.head(cut.later)
    if place(cut.earlier) >= place(cut.later):
        raise UserError(f"{cut.earlier} writes only after {cut.later} has read; choose an earlier head.")
    if cut.later.kind == "cross" and cut.into != "q":
        raise UserError(f"{cut.later} reads its keys and values from the context; only its Q edge can be cut.")
