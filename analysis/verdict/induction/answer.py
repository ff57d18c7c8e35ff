"""The answer about one model: does it copy by content, from how far, by which heads, through which circuits.

In this order, each step on what the one before it found, with something to read after each: the gain at several
lengths; where every head looks at the best of them; what the heads that look by content write; what is lost without
them, alone and together; through which edges they find it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from analysis.model.model import Model
from analysis.values import FloatArray, HeadId, UserError
from analysis.values.work import Work, part
from analysis.verdict import chance
from analysis.verdict.induction import circuits
from analysis.verdict.induction.attention import Looks, content, look
from analysis.verdict.induction.effects import Effects, measure_effects
from analysis.verdict.induction.lengths import Gain, best, gain_at, possible, scan
from analysis.verdict.induction.position import ByPosition, by_position
from analysis.verdict.induction.purse import Purse
from analysis.verdict.induction.writing import patch, screen
from analysis.verdict.measured import Measured, mean_of
from analysis.verdict.trials.trial import Asked, Trial, rotated
from analysis.verdict.wording.facts import Answer, Copies, HeadFacts
from analysis.verdict.wording.words import MAIN, called, elsewhere, trace

FEW = 16
"""Samples at most of what is asked many times: of edges and groups."""


def answer(model: Model, asked: Asked, assumed: bool = False) -> Work[Answer]:
    """Ask a model. `assumed`: its head count is a guess. Yields (fraction, the Answer so far or None).

    Raises UserError where the model cannot be run, or where no copy fits into its context.
    """
    if model.config.weights_only:
        raise UserError("Only the attention weights of this model are known, so it cannot be asked what it copies.")
    purse = Purse(model, asked)
    gains: list[Gain] = []
    lengths = purse.lengths(possible(model, asked))
    for fraction, known in scan(model, asked, lengths, purse.each(lengths)):
        gains = known if isinstance(known, list) else gains
        first = Answer(_copies(best(gains), gains, assumed), samples=asked.samples, seed=asked.seed) if gains else None
        yield 0.1 * fraction, first if known else None
    chosen = best(gains)
    found = Answer(_copies(chosen, gains, assumed), samples=asked.samples, seed=asked.seed)
    trial = rotated(model, asked, chosen.length, asked.samples, asked.seed)
    looks = yield from part(look(model, trial), 0.1, 0.3)
    found = replace(found, copies=_copies(gain_at(looks), gains, assumed), prompt=trial.words,
                    heads=looked(model, looks, gains[-1].looks))  # fmt: skip
    yield 0.3, named(found)
    if len(trial) >= chance.MINIMUM:
        found = yield from _by_position(model, asked, found)
        found = yield from _explained(model, trial, found, purse)
    return replace(named(found), whole=True)


def answer_on(model: Model, trial: Trial, looks: Looks, asked: Asked, assumed: bool = False) -> Work[Answer]:
    """The same of a trial that has been looked at already, real words for one. Yields (fraction, the Answer so far)."""
    gain, written = gain_at(looks), trial.another is not None
    copies = replace(_copies(gain, [gain], assumed), written=written)
    found = Answer(copies, looked(model, looks, looks), samples=len(trial), seed=asked.seed, prompt=trial.words)
    yield 0.0, named(found)
    if len(trial) >= chance.MINIMUM:
        found = yield from _explained(model, trial, found, Purse(model, asked))
    return replace(named(found), whole=True)


def _copies(chosen: Gain, gains: Sequence[Gain], assumed: bool) -> Copies:
    looks = chosen.looks
    saved = float((looks.first - looks.ordered).mean())
    return Copies(
        chosen.real, chosen.gain, chosen.length, tuple((one.length, one.gain) for one in gains), assumed, saved,
        float(looks.shuffled.mean()),
    )


def looked(model: Model, looks: Looks, longest: Looks) -> dict[HeadId, HeadFacts]:
    """What attention alone says of every head; fixed distances are taken from the longest prompts."""
    shares = content(looks)
    q, q_duplicate = (chance.adjusted(chance.one_sided(one)) for one in (shares.share, shares.duplicate))
    uniform = float((1 / np.arange(2, looks.tokens + 1)).mean())
    late = 1 / (0.75 * looks.tokens)
    lags = max((looks, longest), key=lambda one: one.tokens).lags
    far = np.where(np.arange(lags.shape[1]) >= 2, np.nan_to_num(lags), -1)
    found = {}
    for number, head in enumerate(looks.heads):
        offsets, each = shares.offsets[number], looks.excess[:, number].mean(0)
        sizes = [float(each[np.flatnonzero(looks.offsets == k)[0]]) for k in offsets]
        found[head] = HeadFacts(
            head, mean_of(shares.share[:, number], q=float(q[number])), offsets,
            bool(sizes) and sizes[0] >= MAIN * sum(sizes),
            mean_of(shares.duplicate[:, number], q=float(q_duplicate[number])), float(shares.before[:, number].mean()),
            shares.places[number],
            mean_of(looks.previous[:, number], uniform), mean_of(looks.sink[:, number], late),
            Measured(float(far[number].max())), int(far[number].argmax()),
            window=_window(model, head),
        )  # fmt: skip
    return found


def _window(model: Model, head: HeadId) -> int:
    """Keys that it can see, where that is less than the context."""
    window = model.config.windows[head.layer] if model.config.windows else 0
    return window if window < model.config.n_ctx else 0


def named(found: Answer) -> Answer:
    """Every head with its words, and whether removal confirms them."""
    joint = {head: group.effect for group in found.groups for head in group.heads}
    return replace(found, heads={head: called(facts, joint.get(head)) for head, facts in found.heads.items()})


def _by_position(model: Model, asked: Asked, found: Answer) -> Work[Answer]:
    """Whether heads that look at one distance copy plain repeats at one."""
    seen: ByPosition | None = yield from part(by_position(model, asked, list(found.heads.values())), 0.3, 0.35)
    if seen is None:
        return found
    heads = {head: replace(facts, by_position=seen.copying.get(head)) for head, facts in found.heads.items()}
    copies = replace(found.copies, distance=seen.distance, by_position=seen.gain)
    return replace(found, heads=heads, copies=copies)


def _explained(model: Model, trial: Trial, found: Answer, purse: Purse) -> Work[Answer]:
    """What the heads write that look by content, what is lost without them, and how they find it."""
    looking = [head for head, facts in found.heads.items() if trace(facts)]
    late = any(one.places and one.head.layer > 0 and elsewhere(one) for one in found.heads.values())
    if not looking and not found.copies.copies and not late:
        return found
    some = trial[: purse.samples(trial[:FEW], 7.0, 0.15)]
    screened = yield from part(screen(model, some), 0.35, 0.45)
    direct = dict(zip(screened.heads, screened.direct.mean(0).tolist(), strict=True))
    worth = dict(zip(screened.heads, screened.worth.mean(0).tolist(), strict=True))
    looking.sort(key=lambda head: -abs(found.heads[head].share.value))
    looking = looking[: purse.most(trial, 0.12)]
    some = trial[: purse.samples(trial, len(looking), 0.12)]
    written = yield from part(patch(model, some, looking), 0.45, 0.55)
    copying = _family(written)
    heads = {head: replace(facts, direct=direct[head], copying=copying.get(head))
             for head, facts in found.heads.items()}  # fmt: skip
    found = replace(found, heads=heads)
    yield 0.55, named(found)
    effects: Effects = yield from part(measure_effects(model, trial, found, worth, purse, FEW), 0.55, 0.8)
    heads = {head: replace(facts, effect=effects.alone.get(head), backup=head in effects.backups)
             for head, facts in found.heads.items()}  # fmt: skip
    found = replace(found, heads=heads, groups=effects.groups)
    yield 0.8, named(found)
    some = trial[: purse.samples(trial[:FEW], 12.0, 0.15)]
    edges = yield from part(circuits.find(model, some, named(found), purse), 0.8, 1.0)
    return replace(found, circuits=edges)


def _family(asked: dict[HeadId, Float[FloatArray, " samples"]]) -> dict[HeadId, Measured]:
    """Numbers that are asked together, of either sign: one false-discovery rate for all."""
    if not asked:
        return {}
    q = chance.adjusted(chance.two_sided(np.stack(list(asked.values()), axis=1)))
    return {head: mean_of(values, q=float(rate)) for (head, values), rate in zip(asked.items(), q, strict=True)}
