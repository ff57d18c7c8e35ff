"""Models in which several things happen at once, and further ways of seeming to copy."""

from __future__ import annotations

from typing import Any

import torch

from analysis.model.model import Config
from tests.analysis.handmade import SHARP, random_model
from tests.zoo.copiers import PLAIN, Entry, Words, distract, induct, previous
from tests.zoo.maker import Maker
from tests.zoo.shared_work import band, rest_on_bos
from tests.zoo.traps import PREVIOUS, forbid
from tests.zoo.truth import Truth


def says_the_second(name: str, past: int = 2, **options: Any) -> Entry:
    """A head looks `past` the earlier occurrence and says what stands there: not the next token, a later one."""
    maker = Maker(**{"heads": 3, **options})
    previous(maker, back=past)
    induct(maker)
    maker.say("said", 6.0)
    words: Words = {"carries": ("L0H0",), "attends_without_copying": ("L1H0",)} | distract(maker, 0, first=1)
    truth = Truth(name, False, (), words, {"L1H0": (past,)}, PLAIN, not_=forbid(maker))
    return maker.model(name), truth


def empty_comb(name: str, teeth: int, **options: Any) -> Entry:
    """A head that spreads over the places past the follower by content, and writes what nobody reads."""
    maker = Maker(**{"heads": 2, **options})
    maker.seek(0, 0, "place", "place", SHARP, band(maker, range(1, teeth + 1)))
    maker.carry(0, 0, "token", "before")
    induct(maker, target="junk", sharp=SHARP * teeth / 2)
    maker.say()
    words: Words = {"carries": ("L0H0",), "attends_without_copying": ("L1H0",)} | distract(maker, 0, duplicate=1)
    offsets = {"L1H0": tuple(range(1, teeth + 1))}
    return maker.model(name), Truth(name, False, (), words, offsets, PLAIN, not_=forbid(maker))


def duplicate_lowers(name: str, **options: Any) -> Entry:
    """A head finds the earlier occurrence and makes the same token unlikelier, which helps in any order."""
    maker = Maker(**{"layers": 1, "heads": 2, **options})
    maker.seek(0, 0, "token", "token")
    maker.rest(0, 0, SHARP / 2)
    maker.carry(0, 0, "token", "said", -1.0)
    maker.say()
    words: Words = {"duplicate": ("L0H0",)} | distract(maker, 0, first=1)
    return maker.model(name), Truth(name, False, (), words, {"L0H0": (0,)}, not_=forbid(maker))


def not_yet(name: str, **options: Any) -> Entry:
    """Tokens that came once are likely, those that came again are not: the second copy gets ever easier, in any order.

    L0H0 marks places whose token was there before, L1H0 gathers all tokens, L1H1 takes away those at marked places.
    """
    maker = Maker(**{"heads": 3, "slots": ("said", "junk"), "wide": {"again": 1}, **options})
    maker.seek(0, 0, "token", "token")
    maker.seek(0, 0, "place", "place", -2 * SHARP)
    maker.rest(0, 0, SHARP / 2)
    maker.carry(0, 0, "one", "again")
    maker.carry(0, 0, "bos", "again", -1.0)
    maker.carry(1, 0, "token", "said", 40.0)
    maker.seek(1, 1, "one", "again")
    maker.rest(1, 1, SHARP / 2)
    maker.carry(1, 1, "token", "said", -80.0)
    maker.say("said", 1.0)
    words: Words = {"duplicate": ("L0H0",), "uniform": ("L1H0",)} | distract(maker, 0, first=1, positional=2)
    truth = Truth(name, False, (), words, {"L0H0": (0,)}, ("L1H1 k L0H0",), not_=forbid(maker), note="order-free")
    return maker.model(name), truth


def two_token_match(name: str, **options: Any) -> Entry:
    """Both the token and the one before it must be the same: each gives half of the score."""
    maker = Maker(**{"heads": 3, "slots": ("before", "second", "said", "junk"), **options})
    previous(maker)
    previous(maker, 0, 1, "second", 2)
    maker.seek(1, 0, "token", "before", SHARP / 2)
    maker.seek(1, 0, "before", "second", SHARP / 2)
    maker.rest(1, 0, 0.75 * SHARP)
    maker.carry(1, 0, "token", "said")
    maker.say()
    words: Words = {"previous": ("L0H0",), "carries": ("L0H1",)} | distract(maker, 0, duplicate=2)
    circuit = (*PLAIN, "L1H0 k L0H1", "L1H0 q L0H0")
    return maker.model(name), Truth(name, True, ("L1H0",), words, {"L1H0": (1,)}, circuit)


def with_position(name: str, back: int = 20, **options: Any) -> Entry:
    """A true induction head, and beside it one that says what stood `back` before: on a plain repeat of `back` + 1
    tokens both look the same."""
    maker = Maker(**{"heads": 3, **options})
    previous(maker)
    induct(maker)
    maker.back(1, 1, back)
    maker.carry(1, 1, "token", "said", 0.4)
    maker.say()
    words: Words = {**PREVIOUS, "positional": ("L1H1",)} | distract(maker, 0, first=1, duplicate=2)
    truth = Truth(name, True, ("L1H0",), words, {"L1H0": (1,)}, PLAIN, not_=("L1H1 induction",))
    return maker.model(name), truth


def two_previous(name: str, **options: Any) -> Entry:
    """Two previous-token heads write the same: the induction head needs either."""
    maker = Maker(**{"heads": 4, **options})
    previous(maker)
    previous(maker, 0, 1)
    induct(maker)
    maker.rest(1, 0, SHARP / 2)
    maker.say()
    words: Words = {"previous": ("L0H0", "L0H1")} | distract(maker, 0, first=2, duplicate=3)
    note = "L1H0's keys read L0H0 and L0H1, either of which is enough"
    return maker.model(name), Truth(name, True, ("L1H0",), words, {"L1H0": (1,)}, note=note)


def unequal(name: str, shares: tuple[float, ...] = (0.45, 0.25, 0.15), **options: Any) -> Entry:
    """Induction heads in the same and in later layers, of unequal attention and strength; one more writes nothing."""
    maker = Maker(**{"layers": 3, "heads": 4, **options})
    previous(maker)
    heads = []
    for index, share in enumerate(shares):
        layer = 1 + index % 2
        induct(maker, layer, index)
        rest_on_bos(maker, layer, index, share)
        heads.append(f"L{layer}H{index}")
    maker.seek(2, 3, "token", "before")
    maker.carry(2, 3, "token", "junk")
    maker.say("said", 10.0)
    words: Words = {**PREVIOUS, "attends_without_copying": ("L2H3",)} | distract(maker, 0, first=1, duplicate=2)
    circuit = tuple(f"{head} k L0H0" for head in (*heads, "L2H3"))
    offsets = dict.fromkeys((*heads, "L2H3"), (1,))
    truth = Truth(name, True, tuple(heads), words, offsets, circuit, (tuple(heads),), not_=("L2H3 induction",))
    return maker.model(name), truth


def crowd(name: str, **options: Any) -> Entry:
    """Three layers of six heads with one of everything."""
    slots = ("before", "far", "carried", "seen", "said", "junk")
    maker = Maker(**{"layers": 3, "heads": 6, "n_tokens": 40, "n_ctx": 96, "slots": slots, "turned": True, **options})
    previous(maker)
    previous(maker, 0, 1, "far", 4)
    previous(maker, 0, 2, "carried", 3)
    words = distract(maker, 0, first=3, duplicate=4)
    maker.carry(0, 5, "token", "seen", 4.0)
    induct(maker)
    rest_on_bos(maker, 1, 0, 0.7)
    induct(maker, 1, 1, key="far", value="carried", strength=3.0)
    rest_on_bos(maker, 1, 1, 0.2)
    maker.seek(1, 2, "token", "before")
    maker.carry(1, 2, "token", "junk")
    words = {
        kind: heads + more.get(kind, ()) for more in [distract(maker, 1, first=3)] for kind, heads in words.items()
    }
    maker.back(1, 4, 17)
    maker.carry(1, 4, "token", "said", 0.1)
    induct(maker, 2, 0, strength=-0.5)
    rest_on_bos(maker, 2, 0, 0.5)
    maker.back(2, 1, 1)
    maker.carry(2, 1, "token", "junk")
    maker.say("said", 8.0)
    maker.say("seen", 1.0)
    words |= {
        "previous": ("L0H0", "L2H1"), "carries": ("L0H1", "L0H2"), "uniform": ("L0H5",), "positional": ("L1H4",),
        "attends_without_copying": ("L1H2",), "anti_induction": ("L2H0",),
    }  # fmt: skip
    true = ("L1H0", "L1H1")
    offsets = {"L1H0": (1,), "L1H1": (4,), "L1H2": (1,), "L2H0": (1,)}
    circuit = (*PLAIN, "L1H1 k L0H1", "L1H1 v L0H2", "L2H0 k L0H0", "L1H2 k L0H0")
    not_ = tuple(f"{head} induction" for head in ("L1H2", "L1H4", "L2H0", "L2H1", "L0H4", "L0H5"))
    return maker.model(name), Truth(name, True, true, words, offsets, circuit, (true,), not_=not_)


def softly(name: str, gain: float, sharp: float, noise: float, **options: Any) -> Entry:
    """Induction as small and blurred as in a model that has only begun to learn it."""
    maker = Maker(**{"heads": 4, "noise": noise, "config": {"norm": "layer"}, **options})
    maker.back(0, 0, 1, sharp)
    maker.carry(0, 0, "token", "before")
    induct(maker, sharp=sharp)
    maker.say("said", gain)
    words: Words = {"previous": ("L0H0",)}
    return maker.model(name), Truth(name, True, ("L1H0",), words, {"L1H0": (1,)}, PLAIN)


def bag_and_duplicate(name: str, **options: Any) -> Entry:
    """The earlier occurrence is found by content, and its own token lowered, beside a bag that raises all others."""
    maker = Maker(**{"layers": 2, "heads": 2, **options})
    maker.carry(0, 0, "token", "said", 8.0)
    maker.seek(1, 0, "token", "token")
    maker.seek(1, 0, "place", "place", -2 * SHARP, torch.eye(maker.n_ctx))
    maker.rest(1, 0, SHARP / 2)
    maker.carry(1, 0, "token", "said", -1.0)
    maker.say("said", 4.0)
    words: Words = {"uniform": ("L0H0",), "duplicate": ("L1H0",)} | distract(maker, 0, first=1)
    return maker.model(name), Truth(name, False, (), words, {"L1H0": (0,)}, not_=forbid(maker))


def by_avoiding(name: str, **options: Any) -> Entry:
    """A head spreads over everything but the follower, and lowers what it sees: the right token is lowered least.

    It copies without a stripe; whether to call it an induction head is a matter of taste.
    """
    maker = Maker(**{"heads": 2, "n_tokens": 30, "n_ctx": 64, **options})
    previous(maker)
    maker.seek(1, 0, "token", "before", -SHARP)
    maker.carry(1, 0, "token", "said", -100.0)
    maker.say("said", 1.0)
    words: Words = {**PREVIOUS} | distract(maker, 0, duplicate=1)
    return maker.model(name), Truth(name, True, (), words, circuit=PLAIN, unclear=("L1H0",), note="copies by absence")


def half_duplicate(name: str, **options: Any) -> Entry:
    """A head divides its attention between the earlier occurrence and its follower, and says both."""
    maker = Maker(**{"heads": 3, **options})
    previous(maker)
    induct(maker)
    maker.seek(1, 0, "token", "token")
    maker.seek(1, 0, "place", "place", -2 * SHARP)
    maker.rest(1, 0, SHARP / 2)
    maker.say("said", 12.0)
    words: Words = {**PREVIOUS} | distract(maker, 0, first=1, positional=2)
    return maker.model(name), Truth(name, True, ("L1H0",), words, {"L1H0": (0, 1)}, PLAIN)


def untrained(name: str, seed: int = 0, spread: float = 0.15, **options: Any) -> Entry:
    """Random weights."""
    sizes: dict[str, Any] = {"n_layers": 2, "n_heads": 4, "n_kv_heads": 4, "d_model": 64, "d_head": 16, "d_vocab": 50}
    model = random_model(Config(**{**sizes, "n_ctx": 96, **options}), seed, spread)
    not_ = tuple(f"{head} induction" for head in model.heads)
    return model, Truth(name, False, not_=not_)
