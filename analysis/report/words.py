"""The findings as a paragraph, with how sure they are."""

import math
from collections.abc import Sequence

from analysis.report.findings import Findings, share_of
from analysis.values import HeadId
from analysis.verdict.chance import LEVEL, MINIMUM
from analysis.verdict.verdict import EFFECT

NAMED = 4
"""Heads named in one sentence; the rest are counted."""


def summary(found: Findings) -> tuple[str, ...]:
    """Sentences: does the model copy, which heads do it, what confirms them, what feeds them, what contradicts it."""
    if (n := len(found.evidence.first_loss)) < MINIMUM:
        few = f"Fewer than {MINIMUM} samples of random tokens cannot say who copies, and here are {n}: ask for more."
        return few, *_reading(found)
    return (*_behaviour(found), *_heads(found), *_ablation(found), *_circuit(found), *_against(found), *_reading(found))


def _behaviour(found: Findings) -> list[str]:
    evidence = found.evidence
    first, second = float(evidence.first_loss.mean()), float(evidence.second_loss.mean())
    on = f"{evidence.length} random tokens repeated once ({len(evidence.first_loss)} samples)"
    said = f"On {on} the loss goes from {first:.2f} nats in the first copy to {second:.2f} in the second"
    if copies(found):
        return [f"{said}: the model copies; it gains {evidence.gain} nats."]
    sentences = [f"{said} (gain {evidence.gain.signed}): the model does not copy, so ablation can confirm nothing."]
    if first > math.log(found.facts.d_vocab):
        guess = f"worse than a uniform guess ({math.log(found.facts.d_vocab):.2f})"
        sentences.append(f"That is {guess}: random tokens are far from what it was trained on.")
    return sentences


def copies(found: Findings) -> bool:
    return next(iter(found.cases.values())).copies


def _heads(found: Findings) -> list[str]:
    heads = found.called("induction")
    if not heads:
        best = max(found.cases.values(), key=lambda one: one.shares.induction.value)
        highest = f"the highest stripe, of {best.head}, is {best.shares.induction}"
        by_chance = f"shuffled copies give {best.shares.induction.null:.2f}"
        return [f"No head attends as an induction head: {highest}, where {by_chance}."]
    shares = [f"{head} with {share_of(found.cases[head], 'induction').value:.2f}" for head in heads]
    count = f"{len(heads)} of {len(found.cases)} self-attention heads attend as induction heads"
    if len(heads) == 1:
        count = f"One of {len(found.cases)} self-attention heads attends as an induction head"
    rate = f"at a false-discovery rate of {LEVEL:.0%} against shuffled copies"
    return [f"{count}: {listed(shares)} of the attention in the second copy, {rate}."]


def _ablation(found: Findings) -> list[str]:
    heads = found.called("induction")
    if not heads or not copies(found):
        return []
    confirmed = [head for head in heads if found.verdicts[head].confirmed]
    largest = max(heads, key=lambda head: found.removals[head].second.value)
    most = f"the largest effect of one head is that of {largest}, {found.removals[largest].second.signed} nats"
    if len(heads) == 1:
        held, change = "confirms it" if confirmed else "does not confirm it", found.removals[largest].second.signed
        said = [f"Ablation {held}: without {largest} the second copy costs {change} nats more."]
    else:
        said = [f"Ablation confirms {len(confirmed)} of {len(heads)}; {most}."]
    if found.together is not None:
        lost = found.together.value / found.evidence.gain.value if found.evidence.gain.value > 0 else 0.0
        of_gain = f", {min(lost, 1):.0%} of what copying gains" if lost > 0 else ""
        said.append(f"Without all of them it costs {found.together.signed} nats more{of_gain}.")
        if found.removals[largest].second.value < 0.3 * found.together.value:
            said.append("They stand in for one another: single ablations understate them.")
    return said


def _circuit(found: Findings) -> list[str]:
    if not found.called("induction") or not copies(found):
        return []
    if not found.circuits:
        return ["No earlier head feeds the keys more than random weights would."]
    best = max(found.circuits, key=lambda one: one.cut_k.value)
    share = found.cases[best.earlier].shares.previous
    whose = "Their" if len(found.called("induction")) > 1 else "Its"
    number = str(best.later[0]) if len(best.later) == 1 else f"{len(best.later)} of them"
    if best.cut_k.value < EFFECT:
        return [f"Cutting earlier heads out of the keys does next to nothing (most {best.earlier}, {best.cut_k.signed} "
                "nats): by which circuit the follower is found stays open."]
    return [f"{whose} keys depend most on {best.earlier} (previous-token share {share}): leaving its output out of the "
            f"keys of {number} costs {best.cut_k.signed} nats on the second copy, out of the queries "
            f"{best.cut_q.signed}."]


def _against(found: Findings) -> list[str]:
    said = []
    unconfirmed = [head for head in found.called("induction") if found.verdicts[head].confirmed is False]
    if unconfirmed:
        said.append(f"Not confirmed by ablation: {listed(unconfirmed)}.")
    silent = [head for head, verdict in found.verdicts.items()
              if verdict.word in ("none", "sink") and found.removals[head].confirms]
    if silent and copies(found):
        silent.sort(key=lambda head: -found.removals[head].second.value)
        sizes = [f"{head} {found.removals[head].second.value:+.2f}" for head in silent]
        said.append(f"Heads without a share of their own that copying needs all the same: {listed(sizes)} nats.")
    return said


def _reading(found: Findings) -> list[str]:
    if (known := found.readers) is None:
        return []
    heads = known.reading
    if heads:
        confirmed = sum(known.heads[head].verdict.confirmed is True for head in heads)
        walks = listed([f"{head} {known.heads[head].walk.value:.2f}" for head in heads])
        said = f"{len(heads)} of {len(known.heads)} cross-attention heads read the letters of real lines (walk {walks})"
        return [f"{said}; ablation confirms {confirmed}."]
    best = max(known.heads, key=lambda head: known.heads[head].walk.value)
    walk = known.heads[best].walk
    return [f"No cross-attention head reads the letters of real lines: the best walk through a word, of {best}, is "
            f"{walk}, and {walk.null:.2f} beside another text."]


def listed(names: Sequence[HeadId | str]) -> str:
    """ "a, b and c", or "a, b, c, d and 4 more"."""
    texts = [str(name) for name in names]
    if len(texts) > NAMED + 1:
        return f"{', '.join(texts[:NAMED])} and {len(texts) - NAMED} more"
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
