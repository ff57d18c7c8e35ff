"""Plain induction in every kind of decoder, and induction that is displaced, weak, partial or in two steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from analysis.model.model import Model
from tests.analysis.handmade import SHARP
from tests.zoo.maker import Maker
from tests.zoo.truth import Truth

Entry = tuple[Model, Truth]
Words = dict[str, tuple[str, ...]]
PLAIN = ("L1H0 k L0H0",)


def distract(maker: Maker, layer: int, **kinds: int) -> Words:
    """Heads that have nothing to do with copying, by kind and index; returns their words."""
    words: Words = {}
    for kind, head in kinds.items():
        match kind:
            case "first":
                maker.rest(layer, head)
            case "duplicate":
                maker.seek(layer, head, "token", "token")
            case "positional":
                maker.back(layer, head, 5)
        maker.carry(layer, head, "token", "junk", 0.5)
        words[kind] = (f"L{layer}H{head}",)
    return words


def previous(maker: Maker, layer: int = 0, head: int = 0, target: str = "before", back: int = 1) -> None:
    """A head that carries the token `back` places before into a slot."""
    maker.back(layer, head, back)
    maker.carry(layer, head, "token", target)


def induct(
    maker: Maker, layer: int = 1, head: int = 0, *, key: str = "before", value: str = "token", target: str = "said",
    sharp: float = SHARP, strength: float = 1.0,
) -> None:  # fmt: skip
    """A head that seeks its token in the slot `key`, and carries on what stands in `value` there."""
    maker.seek(layer, head, "token", key, sharp)
    maker.carry(layer, head, value, target, strength)


def plain(name: str, sharp: float = SHARP, gain: float = 10.0, distracting: bool = True, **options: Any) -> Entry:
    """L0H0 previous token, L1H0 induction, and other heads beside them."""
    maker = Maker(**{"heads": 4, **options})
    previous(maker)
    induct(maker, sharp=sharp)
    maker.say("said", gain)
    words: Words = {"previous": ("L0H0",)}
    if distracting:
        words |= distract(maker, 0, first=1, duplicate=2, positional=3)
    offsets = {"L1H0": (1,)}
    return maker.model(name), Truth(name, True, ("L1H0",), words, offsets, PLAIN)


def plain_mlp(name: str) -> Entry:
    """The token before is handed on by the MLP: the later head's keys read what the MLP wrote."""
    maker = Maker(heads=3, slots=("before", "handed", "said", "junk"))
    previous(maker)
    eye, nothing = torch.eye(maker.n_tokens), torch.zeros(maker.n_tokens)
    maker.neurons(0, {"before": eye}, nothing, {"handed": eye})
    maker.neurons(1, {"said": eye}, nothing - 0.2, {"said": eye})
    induct(maker, key="handed")
    maker.say()
    words: Words = {"previous": ("L0H0",)} | distract(maker, 0, first=1, duplicate=2)
    note = "L1H0 reads L0H0 through the MLP of layer 0 only: no head writes into its keys directly"
    return maker.model(name), Truth(name, True, ("L1H0",), words, {"L1H0": (1,)}, note=note)


def plain_parallel(name: str) -> Entry:
    """Attention and MLP read the same stream; the MLP does something of its own."""
    maker = Maker(heads=3, turned=True, config={"parallel": True}, seed=3)
    previous(maker)
    induct(maker)
    maker.say()
    eye, nothing = torch.eye(maker.n_tokens), torch.zeros(maker.n_tokens)
    for layer in range(2):
        maker.neurons(layer, {"token": eye.roll(1, 0)}, nothing, {"junk": eye})
    words: Words = {"previous": ("L0H0",)} | distract(maker, 0, first=1, duplicate=2)
    return maker.model(name), Truth(name, True, ("L1H0",), words, {"L1H0": (1,)}, PLAIN)


def displaced(name: str, past: int, distracting: bool = True, **options: Any) -> Entry:
    """L1H0 looks `past` places past the earlier occurrence; L0H1 has carried the follower there."""
    maker = Maker(**{"heads": 4, "slots": ("before", "carried", "said", "junk"), **options})
    previous(maker, 0, 0, "before", past)
    previous(maker, 0, 1, "carried", past - 1)
    induct(maker, value="carried")
    maker.say()
    words: Words = {"carries": ("L0H0", "L0H1")}
    if distracting:
        words |= distract(maker, 0, first=2, duplicate=3)
    circuit = ("L1H0 k L0H0", "L1H0 v L0H1")
    return maker.model(name), Truth(name, True, ("L1H0",), words, {"L1H0": (past,)}, circuit)


def weak(name: str, share: float, rest: str = "first", **options: Any) -> Entry:
    """A small share of the attention, and a strong OV: the rest on the BOS, or spread over everything."""
    maker = Maker(**{"heads": 3, **options})
    previous(maker)
    odds = (1 - share) / share
    # Against the BOS the odds are the same at any length; against everything they are for 48 places.
    sharp = SHARP if rest == "first" else float(torch.tensor(48 / odds).log())
    induct(maker, sharp=sharp)
    if rest == "first":
        maker.rest(1, 0, sharp + float(torch.tensor(odds).log()))
    maker.say("said", 10 / share)
    words: Words = {"previous": ("L0H0",)} | distract(maker, 0, first=1, duplicate=2)
    note = f"about {share} of its attention on the follower, a strong OV; the rest: {rest}"
    return maker.model(name), Truth(name, True, ("L1H0",), words, {"L1H0": (1,)}, PLAIN, note=note)


def subset(name: str, of: int, **options: Any) -> Entry:
    """Only every so manyth token is looked for; at others the head rests on the BOS."""
    maker = Maker(**{"heads": 3, **options})
    previous(maker)
    chosen = torch.diag((torch.arange(maker.n_tokens) % of == 0).float())
    maker.seek(1, 0, "token", "before", SHARP, chosen)
    maker.rest(1, 0, SHARP / 2)
    maker.carry(1, 0, "token", "said")
    maker.say()
    words: Words = {"previous": ("L0H0",)} | distract(maker, 0, first=1, duplicate=2)
    note = f"for one token of {of} only"
    return maker.model(name), Truth(name, True, ("L1H0",), words, {"L1H0": (1,)}, PLAIN, note=note)


def by_queries(name: str, idle: int = 0, **options: Any) -> Entry:
    """An earlier head finds the earlier occurrence and writes its place; the later one looks one place further."""
    finder, reader = f"L{idle}H0", f"L{idle + 1}H0"
    maker = Maker(**{"layers": 2 + idle, "heads": 3, "slots": ("said", "junk"), "wide": {"found": 128}, **options})
    places = torch.eye(maker.n_ctx)
    maker.seek(idle, 0, "token", "token")
    maker.seek(idle, 0, "place", "place", -2 * SHARP)  # not the token itself
    maker.rest(idle, 0, SHARP / 2)
    maker.carry(idle, 0, "place", "found", 1.0, places)
    maker.seek(idle + 1, 0, "found", "place", SHARP, shift(maker, -1))
    maker.carry(idle + 1, 0, "token", "said")
    maker.say()
    words: Words = {"finds": (finder,), "duplicate": (finder,)} | distract(maker, 0, first=1, positional=2)
    circuit = (f"{reader} q {finder}",)
    return maker.model(name), Truth(name, True, (reader,), words, {reader: (1,)}, circuit)


def shift(maker: Maker, steps: int) -> torch.Tensor:
    """As Maker.back: the place found less `steps`; nothing is found at the BOS, whose place is 0."""
    matrix = torch.diag(torch.ones(maker.n_ctx - abs(steps)), -steps)
    matrix[0] = 0.0
    return matrix


def late(name: str, layer: int = 2, **options: Any) -> Entry:
    """Induction with idle layers between its two heads."""
    maker = Maker(**{"layers": layer + 1, "heads": 2, **options})
    previous(maker)
    induct(maker, layer)
    maker.say()
    words: Words = {"previous": ("L0H0",)} | distract(maker, 1, duplicate=0, positional=1)
    head = f"L{layer}H0"
    return maker.model(name), Truth(name, True, (head,), words, {head: (1,)}, (f"{head} k L0H0",))


def chain(name: str, **options: Any) -> Entry:
    """Two steps of one place each: L2H0 matches the token two before, and says the token one before."""
    options = {"layers": 3, "heads": 2, "slots": ("before", "second", "said", "junk"), **options}
    maker = Maker(**options)
    previous(maker)
    maker.back(1, 0, 1)
    maker.carry(1, 0, "before", "second")
    induct(maker, 2, key="second", value="before")
    maker.say()
    words: Words = {"previous": ("L0H0", "L1H0")} | distract(maker, 0, duplicate=1)
    circuit = ("L1H0 v L0H0", "L2H0 k L1H0", "L2H0 v L0H0")
    return maker.model(name), Truth(name, True, ("L2H0",), words, {"L2H0": (2,)}, circuit)


def moved_on(name: str, **options: Any) -> Entry:
    """The induction head writes what it found into a slot of its own; a head that looks at its own place says it."""
    maker = Maker(**{"layers": 3, "heads": 2, "slots": ("before", "found", "said", "junk"), **options})
    previous(maker)
    induct(maker, target="found")
    maker.back(2, 0, 0)
    maker.carry(2, 0, "found", "said")
    maker.say()
    words: Words = {"previous": ("L0H0",), "mover": ("L2H0",)} | distract(maker, 0, duplicate=1)
    truth = Truth(name, True, ("L1H0",), words, {"L1H0": (1,)}, ("L1H0 k L0H0", "L2H0 v L1H0"))
    return maker.model(name), replace(truth, not_=("L2H0 induction",))
