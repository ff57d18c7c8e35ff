"""What is lost without heads or edges on a trial: alone, together, in every order, and what takes over.

Everything removed is set to its mean over samples and positions: it still says what it always says, and nothing of this
token here. An effect is the rise of the loss, in nats a token, where order tells the next token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from jaxtyping import Float

from analysis.causal.effects import Effects, effects
from analysis.causal.interventions import Ablate, Cut, Experiment, How
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt
from analysis.values import FloatArray, HeadId
from analysis.values.work import Work, part
from analysis.verdict.induction.edges import Edge
from analysis.verdict.trials.trial import Trial

Heads = tuple[HeadId, ...]


@dataclass(frozen=True, eq=False)
class Lost:
    """Of several removals, each in a pass of its own."""

    told: Float[FloatArray, "removals samples"]
    """Rise of the loss where order tells the next token; of real words, beyond that of the same tokens after another
    word: what handwriting costs without a head is no copying."""
    first: Float[FloatArray, "removals samples"]
    """The same at the end of the first copy, where nothing can be copied; 0 for real words: `told` is beyond that."""


def without(heads: Heads, how: How = "mean") -> Experiment:
    """All of these heads' outputs at their means, or at zero."""
    return Experiment(tuple(Ablate(head, how) for head in heads))


def cut(edges: Sequence[Edge], others: Heads = (), how: How = "mean") -> Experiment:
    """All of these edges at the mean of what is written, with other heads removed."""
    cuts = tuple(Cut(edge.earlier, edge.later, edge.into, "mean") for edge in edges)
    return Experiment((*cuts, *without(others, how).changes))


def remove(model: Model, trial: Trial, experiments: Sequence[Experiment]) -> Work[Lost]:
    """Raises UserError for heads that do not exist."""
    passes = 1 if trial.another is None else 2
    prompt, told = Prompt(trial.ordered, trial.context, trial.words), trial.told[:, :-1]
    found: Effects = yield from part(effects(model, prompt, experiments, trial.counted), 0.0, 1 / passes)
    change = found.losses - found.clean
    if trial.another is None:
        return Lost(_mean(change, told.numpy()), _mean(change, trial.inside.numpy()))
    prompt = Prompt(*trial.compared, trial.words)
    found = yield from part(effects(model, prompt, experiments, told), 0.5, 1.0)
    beyond = _mean(change, told.numpy()) - _mean(found.losses - found.clean, told.numpy())
    return Lost(beyond, np.zeros_like(beyond))


def _mean(change: FloatArray, counted: np.ndarray) -> FloatArray:
    """change [removals, samples, targets] → means over what is counted."""
    sums = np.where(counted, np.nan_to_num(change), 0).sum(-1)
    return np.asarray(sums / np.maximum(counted.sum(-1), 1), np.float32)


@dataclass(frozen=True, eq=False)
class Together:
    """What some heads do as a group."""

    heads: Heads
    alone: Lost
    """Without each of them, the others there."""
    joint: Float[FloatArray, " samples"]
    """The loss without all of them, above the clean loss."""
    kept: Float[FloatArray, "heads samples"]
    """How much of that each one brings back alone, all others of the group removed."""
    order: Heads
    """Greedy: the head first whose removal costs most, then the one that costs most beside it …; may be cut short."""
    curve: Float[FloatArray, " removed"]
    """The mean loss above the clean one after 1, 2, … of `order`."""
    shapley: Float[FloatArray, " heads"]
    """Mean cost of each one's removal over random orders of all (Shapley 1953), in nats; NaN where it was not asked."""


def together(
    model: Model, trial: Trial, heads: Heads, how: How = "mean", *, most: int = 64, greedy: int = 8, orders: int = 0,
    seed: int = 0,
) -> Work[Together]:  # fmt: skip
    """Remove all, each of the first `most` and all but that one, greedily up to `greedy` of them, and along `orders`
    random orders (16 heads at most). What was not asked is NaN."""
    n = len(heads)
    asked = heads[:most]
    sets = [heads, *(tuple(other for other in heads if other != head) for head in asked), *((head,) for head in asked)]
    some = yield from part(remove(model, trial, [without(one, how) for one in sets]), 0.0, 0.4)
    found = Lost(*(_spread(values, len(asked), n) for values in (some.told, some.first)))
    order, curve = yield from part(_greedy(model, trial, heads, how, greedy), 0.4, 0.7)
    shapley = yield from part(_shapley(model, trial, heads, how, orders, seed), 0.7, 1.0)
    alone = Lost(found.told[n + 1 :], found.first[n + 1 :])
    return Together(heads, alone, found.told[0], found.told[0] - found.told[1 : n + 1], order, curve, shapley)


def _spread(values: FloatArray, asked: int, n: int) -> FloatArray:
    """Rows of the joint removal, of `asked` and `asked` others, as 1 + n + n rows."""
    found = np.full((1 + 2 * n, values.shape[1]), np.nan, np.float32)
    found[: 1 + asked], found[1 + n : 1 + n + asked] = values[: 1 + asked], values[1 + asked :]
    return found


def _greedy(model: Model, trial: Trial, heads: Heads, how: How, most: int) -> Work[tuple[Heads, FloatArray]]:
    order: Heads = ()
    curve: list[float] = []
    while len(order) < min(most, len(heads)):
        left = [head for head in heads if head not in order]
        done = len(order) / len(heads)
        lost = yield from part(remove(model, trial, [without((*order, head), how) for head in left]), done, done)
        best = int(lost.told.mean(1).argmax())
        order, curve = (*order, left[best]), [*curve, float(lost.told[best].mean())]
    return order, np.array(curve, np.float32)


def _shapley(model: Model, trial: Trial, heads: Heads, how: How, orders: int, seed: int) -> Work[FloatArray]:
    values = np.full(len(heads), np.nan, np.float32)
    if not orders or len(heads) > 16:
        return values
    draw, worth = np.random.default_rng(seed), {(): 0.0}
    walks = [tuple(draw.permutation(len(heads)).tolist()) for _ in range(orders)]
    sets = {tuple(sorted(walk[: n + 1])) for walk in walks for n in range(len(walk))}
    waiting = iter(sorted(sets))
    while some := list(islice(waiting, 64)):
        done = len(worth) / (len(sets) + 1)
        asked = [without(tuple(heads[number] for number in one), how) for one in some]
        lost = yield from part(remove(model, trial, asked), done, done)
        worth |= dict(zip(some, lost.told.mean(1).tolist(), strict=True))
    values[:] = 0
    for walk in walks:
        for n, number in enumerate(walk):
            values[number] += worth[tuple(sorted(walk[: n + 1]))] - worth[tuple(sorted(walk[:n]))]
    return values / np.float32(len(walks))
