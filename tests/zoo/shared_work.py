"""Copying that several heads do together: groups, combs, redundant heads, backups, gates."""

from __future__ import annotations

import math
from typing import Any

import torch

from tests.analysis.handmade import SHARP
from tests.zoo.copiers import PLAIN, Entry, Words, distract, induct, previous
from tests.zoo.maker import Maker
from tests.zoo.truth import Truth


def rest_on_bos(maker: Maker, layer: int, head: int, share: float, sharp: float = SHARP) -> None:
    """Leaves a head this share of its attention for the place that scores `sharp`."""
    maker.rest(layer, head, sharp + math.log((1 - share) / share))


def group(name: str, members: int, share: float, **options: Any) -> Entry:
    """Each of them gives the follower a small share, and writes a part of what is needed."""
    maker = Maker(**{"heads": members, **options})
    previous(maker)
    for head in range(members):
        induct(maker, head=head)
        rest_on_bos(maker, 1, head, share)
    maker.say("said", 10 / (members * share))
    heads = tuple(f"L1H{head}" for head in range(members))
    words: Words = {"previous": ("L0H0",)} | distract(maker, 0, first=1, duplicate=2)
    circuit = tuple(f"{head} k L0H0" for head in heads)
    return maker.model(name), Truth(name, True, heads, words, dict.fromkeys(heads, (1,)), circuit, (heads,))


def spread_group(name: str, offsets: tuple[int, ...], share: float, **options: Any) -> Entry:
    """Each looks at another place past the follower, with a small share; each place has been given the follower."""
    members = len(offsets)
    slots = [f"{what}{step}" for step in offsets for what in ("key", "value")]
    maker = Maker(**{"n_tokens": 40, "heads": max(members, 2 * members), "slots": (*slots, "said"), **options})
    circuit: list[str] = []
    for index, step in enumerate(offsets):
        previous(maker, 0, 2 * index, f"key{step}", step)
        previous(maker, 0, 2 * index + 1, f"value{step}", step - 1)
        induct(maker, head=index, key=f"key{step}", value=f"value{step}")
        rest_on_bos(maker, 1, index, share)
        circuit += [f"L1H{index} k L0H{2 * index}", f"L1H{index} v L0H{2 * index + 1}"]
    maker.say("said", 10 / (members * share))
    heads = tuple(f"L1H{index}" for index in range(members))
    where = {head: (step,) for head, step in zip(heads, offsets, strict=True)}
    words: Words = {"carries": tuple(f"L0H{index}" for index in range(2 * members))}
    return maker.model(name), Truth(name, True, heads, words, where, tuple(circuit), (heads,))


def band(maker: Maker, steps: range) -> torch.Tensor:
    """Attention spread evenly over several places back; the BOS takes the part of those before the first token."""
    matrix = sum((torch.diag(torch.ones(maker.n_ctx - step), -step) for step in steps), torch.zeros(1))
    matrix[:, 0] = 0.0
    missing = len(steps) - matrix.sum(1)
    matrix[missing > 0, 0] = 1 + missing[missing > 0].log() / SHARP
    return matrix


def comb(name: str, teeth: int, share: float = 1.0, carriers: int = 1, **options: Any) -> Entry:
    """One head spreads over the `teeth` places past the earlier occurrence; each holds the tokens around it.

    The key of a place says which tokens stand 1 … teeth before it, its value which stand 0 … teeth − 1 before it: only
    the follower is in all the values, so that their sum says it.
    """
    maker = Maker(**{"heads": 1 + carriers, "slots": ("before", "carried", "said", "junk"), **options})
    maker.seek(0, 0, "place", "place", SHARP, band(maker, range(1, teeth + 1)))
    maker.carry(0, 0, "token", "before")
    for carrier in range(carriers):
        steps = range(carrier, teeth, carriers)
        maker.seek(0, 1 + carrier, "place", "place", SHARP, band(maker, steps))
        maker.carry(0, 1 + carrier, "token", "carried", len(steps) / teeth)
    induct(maker, value="carried", sharp=SHARP * teeth / 2)
    if share < 1:
        maker.rest(1, 0, SHARP / 2 + math.log(teeth * (1 - share) / share))
    maker.say("said", 2.5 * teeth**2 / share)
    words: Words = {"carries": tuple(f"L0H{head}" for head in range(1 + carriers))}
    circuit = ("L1H0 k L0H0", *(f"L1H0 v L0H{1 + carrier}" for carrier in range(carriers)))
    offsets = {"L1H0": tuple(range(1, teeth + 1))}
    note = f"{teeth} places of {share / teeth:.2f} each"
    return maker.model(name), Truth(name, True, ("L1H0",), words, offsets, circuit, note=note)


def redundant(name: str, where: tuple[tuple[int, int], ...], gain: float = 12.0, **options: Any) -> Entry:
    """Several induction heads, (layer, index), each of which suffices."""
    maker = Maker(**{"layers": 1 + max(layer for layer, _ in where), "heads": 3, **options})
    previous(maker)
    for layer, head in where:
        induct(maker, layer, head)
    maker.say("said", gain)
    heads = tuple(f"L{layer}H{head}" for layer, head in where)
    words: Words = {"previous": ("L0H0",)} | distract(maker, 0, first=1, duplicate=2)
    circuit = tuple(f"{head} k L0H0" for head in heads)
    return maker.model(name), Truth(name, True, heads, words, dict.fromkeys(heads, (1,)), circuit, (heads,))


def redundant_ways(name: str, past: int = 4, **options: Any) -> Entry:
    """Two ways that share nothing: one head looks at the follower, one further on. Each suffices."""
    slots = ("before", "far", "carried", "said")
    maker = Maker(**{"layers": 2, "heads": 3, "slots": slots, **options})
    previous(maker)
    previous(maker, 0, 1, "far", past)
    previous(maker, 0, 2, "carried", past - 1)
    induct(maker)
    induct(maker, head=1, key="far", value="carried")
    maker.say("said", 12.0)
    heads = ("L1H0", "L1H1")
    words: Words = {"previous": ("L0H0",), "carries": ("L0H1", "L0H2")}
    circuit = (*PLAIN, "L1H1 k L0H1", "L1H1 v L0H2")
    return maker.model(name), Truth(name, True, heads, words, {"L1H0": (1,), "L1H1": (past,)}, circuit, (heads,))


def backup(name: str, **options: Any) -> Entry:
    """L2H0 does what L1H0 does, but only when that has written nothing: the MLP between them asks."""
    maker = Maker(**{"layers": 3, "heads": 3, "slots": ("before", "asked", "said", "junk"), **options})
    previous(maker)
    induct(maker)
    rest_on_bos(maker, 1, 0, 1 - 1e-9, SHARP / 2)
    eye, nothing = torch.eye(maker.n_tokens), torch.zeros(maker.n_tokens)
    # A token is asked for unless anything at all is said.
    maker.neurons(1, {"token": eye, "said": -torch.ones(maker.n_tokens, maker.n_tokens)}, nothing, {"asked": eye})
    for layer in (0, 2):
        maker.neurons(layer, {}, nothing, {})
    maker.seek(2, 0, "asked", "before")
    maker.rest(2, 0, SHARP / 2)
    maker.carry(2, 0, "token", "said")
    maker.say()
    words: Words = {"previous": ("L0H0",)} | distract(maker, 0, first=1, duplicate=2)
    truth = Truth(
        name, True, ("L1H0",), words, {"L1H0": (1,)}, PLAIN, (("L1H0", "L2H0"),), {"L2H0": "L1H0"}, ("L2H0",),
        note="removing L1H0 alone changes nothing, since L2H0 then does its work; L2H0 does nothing before that",
    )  # fmt: skip
    return maker.model(name), truth


def sink_backup(name: str, **options: Any) -> Entry:
    """The same without an MLP: what L1H0 has written draws L2H0 to the BOS."""
    maker = Maker(**{"layers": 3, "heads": 3, **options})
    previous(maker)
    induct(maker)
    maker.rest(1, 0, SHARP / 2)
    induct(maker, 2)
    maker.rest(2, 0, SHARP / 2)
    maker.seek(2, 0, "said", "bos", 2 * SHARP, torch.ones(maker.size("said"), 1))
    maker.say()
    words: Words = {"previous": ("L0H0",)} | distract(maker, 0, first=1, duplicate=2)
    truth = Truth(
        name, True, ("L1H0",), words, {"L1H0": (1,)}, PLAIN, (("L1H0", "L2H0"),), {"L2H0": "L1H0"}, ("L2H0",),
        note="as with the MLP, by attention alone: L2H0 looks at the BOS while L1H0 writes",
    )  # fmt: skip
    return maker.model(name), truth


def gate(name: str, at: int = 1, by_mlp: bool = True, **options: Any) -> Entry:
    """L1H0 matches by content (`at` past the earlier occurrence) and writes a flag; without it L2H0 copies nothing."""
    slots, wide = ("before", "asked", "said", "junk"), {"flag": 1}
    maker = Maker(**{"layers": 3, "heads": 3, "slots": slots, "wide": wide, **options})
    previous(maker)
    maker.seek(1, 0, "token", "before" if at else "token")
    if not at:
        maker.seek(1, 0, "place", "place", -2 * SHARP)
    maker.rest(1, 0, SHARP / 2)
    maker.carry(1, 0, "one", "flag")
    maker.carry(1, 0, "bos", "flag", -1.0)
    if by_mlp:
        eye, nothing = torch.eye(maker.n_tokens), torch.zeros(maker.n_tokens)
        both = {"token": eye, "flag": torch.ones(1, maker.n_tokens)}
        maker.neurons(1, both, nothing - 1.0, {"asked": eye})
        for layer in (0, 2):
            maker.neurons(layer, {}, nothing, {})
        maker.seek(2, 0, "asked", "before")
        maker.rest(2, 0, SHARP / 2)
    else:
        maker.seek(2, 0, "token", "before")
        maker.rest(2, 0, 2 * SHARP)
        maker.seek(2, 0, "flag", "bos", -2 * SHARP)
    maker.carry(2, 0, "token", "said")
    maker.say()
    words: Words = {"previous": ("L0H0",), "gates": ("L1H0",)} | distract(maker, 0, first=1, duplicate=2)
    circuit = ("L2H0 k L0H0", "L2H0 q L1H0", *(PLAIN if at else ()))
    if by_mlp:
        circuit = ("L2H0 k L0H0", *(PLAIN if at else ()))
    offsets = {"L2H0": (1,), "L1H0": (at,)}
    return maker.model(name), Truth(name, True, ("L2H0",), words, offsets, circuit, not_=("L1H0 induction",))
