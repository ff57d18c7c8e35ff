"""Models that look as if they copied, or copy in other ways than by content; and heads beside true ones that do not."""

from __future__ import annotations

from typing import Any

import torch

from tests.analysis.handmade import SHARP
from tests.zoo.copiers import PLAIN, Entry, Words, distract, induct, previous, shift
from tests.zoo.maker import Maker
from tests.zoo.truth import Truth

PREVIOUS: Words = {"previous": ("L0H0",)}


def forbid(maker: Maker) -> tuple[str, ...]:
    """No head may be called an induction head."""
    return tuple(f"L{layer}H{head} induction" for layer in range(maker.layers) for head in range(maker.heads))


def anti(name: str, with_true: float = 0.0, layer: int = 1, past: int = 1, **options: Any) -> Entry:
    """A head finds the follower and lowers its token; beside it a true one that is this many times as strong, or none.

    The true one is L1H0, the other the last head of its layer.
    """
    slots = ("before", "far", "carried", "said", "junk")
    maker = Maker(**{"layers": layer + 1, "heads": 4, "slots": slots, **options})
    index, head = maker.heads - 1, f"L{layer}H{maker.heads - 1}"
    previous(maker)
    induct(maker, layer, index, strength=-1.0)
    circuit: tuple[str, ...] = (f"{head} k L0H0",)
    words: Words = {**PREVIOUS, "anti_induction": (head,)}
    if with_true:
        previous(maker, 0, 1, "far", past)
        previous(maker, 0, 2, "carried", past - 1)
        induct(maker, key="far", value="carried", strength=with_true)
        circuit += ("L1H0 k L0H1", "L1H0 v L0H2")
        words["carries"] = ("L0H1", "L0H2")
    else:
        words |= distract(maker, 0, first=1, duplicate=2)
    maker.say("said", 8.0)
    true = ("L1H0",) if with_true else ()
    offsets = {head: (1,)} | dict.fromkeys(true, (past,))
    not_ = (f"{head} induction",)
    return maker.model(name), Truth(name, bool(true), true, words, offsets, circuit, not_=not_)


def null_ov(name: str, writes: str = "nothing", with_true: bool = False, **options: Any) -> Entry:
    """A head finds the follower by content; its OV writes nothing, what nobody reads, or another token.

    With `with_true`, L1H1 copies beside it.
    """
    maker = Maker(**{"heads": 4, **options})
    previous(maker)
    maker.seek(1, 0, "token", "before")
    match writes:
        case "junk":
            maker.carry(1, 0, "token", "junk")
        case "another":
            maker.carry(1, 0, "token", "said", 0.5, torch.eye(maker.n_tokens).roll(7, 1))
        case "place":
            maker.carry(1, 0, "place", "junk", 1.0, torch.ones(maker.n_ctx, maker.size("junk")) * 0.1)
    true: tuple[str, ...] = ()
    if with_true:
        induct(maker, head=1)
        true = ("L1H1",)
    maker.say()
    words: Words = {**PREVIOUS, "attends_without_copying": ("L1H0",)} | distract(
        maker, 0, first=1, duplicate=2, positional=3
    )
    offsets = {"L1H0": (1,)} | dict.fromkeys(true, (1,))
    circuit = tuple(f"{head} k L0H0" for head in ("L1H0", *true))
    return maker.model(name), Truth(name, with_true, true, words, offsets, circuit, not_=("L1H0 induction",))


def positional(name: str, back: int, layer: int = 0, **options: Any) -> Entry:
    """A head says what stood `back` places before, whatever it is: copies only repeats at one distance."""
    maker = Maker(**{"layers": layer + 1, "heads": 3, **options})
    maker.back(layer, 0, back)
    maker.carry(layer, 0, "token", "said")
    maker.say()
    words = distract(maker, layer, first=1, duplicate=2)
    words |= {"positional": (f"L{layer}H0",)}
    return maker.model(name), Truth(name, False, (), words, not_=forbid(maker), note=f"says the token {back} back")


def duplicate(name: str, says: float = 0.0, **options: Any) -> Entry:
    """A head finds the earlier occurrence itself, and says the same token (`says` logits), or nothing."""
    maker = Maker(**{"layers": 1, "heads": 2, **options})
    maker.seek(0, 0, "token", "token")
    maker.rest(0, 0, SHARP / 2)
    maker.carry(0, 0, "token", "said" if says else "junk")
    maker.say("said", says)
    words: Words = {"duplicate": ("L0H0",)} | distract(maker, 0, first=1)
    return maker.model(name), Truth(name, False, (), words, {"L0H0": (0,)}, not_=forbid(maker))


def only_previous(name: str, says: float = 0.0, **options: Any) -> Entry:
    maker = Maker(**{"layers": 2, "heads": 2, **options})
    previous(maker)
    maker.back(1, 1, 1)
    maker.carry(1, 1, "token", "said" if says else "junk")
    maker.say("said", says)
    words: Words = {"previous": ("L0H0", "L1H1")}
    return maker.model(name), Truth(name, False, (), words, not_=forbid(maker))


def only_first(name: str, **options: Any) -> Entry:
    """Every head rests on the first token."""
    maker = Maker(**{"layers": 2, "heads": 4, **options})
    for layer in range(2):
        for head in range(4):
            maker.rest(layer, head, SHARP / (1 + head))
            maker.carry(layer, head, "token", "said", 0.2)
    maker.say("said", 2.0)
    words: Words = {"first": tuple(f"L{layer}H{head}" for layer in range(2) for head in range(4))}
    return maker.model(name), Truth(name, False, (), words, not_=forbid(maker))


def bag(name: str, strength: float = 40.0, decay: float = 0.0, saturated: bool = False, **options: Any) -> Entry:
    """Uniform attention, or attention that falls with the distance: tokens that were there are likelier, or unlikelier.

    `saturated`: an MLP makes of the counts whether a token was there at all.
    """
    maker = Maker(**{"layers": 1, "heads": 2, "slots": ("seen", "said", "junk"), **options})
    if decay:
        places = torch.arange(maker.n_ctx).float()
        maker.seek(0, 0, "place", "place", -decay, (places[:, None] - places).abs())
    maker.carry(0, 0, "token", "seen")
    eye, nothing = torch.eye(maker.n_tokens), torch.zeros(maker.n_tokens)
    if saturated:
        # min(100 · share, 1), which two neurons make.
        into = torch.cat((100 * eye, 100 * eye), 1)
        out = torch.cat((eye, -eye))
        maker.neurons(0, {"seen": into}, torch.cat((nothing, nothing - 1.0)), {"said": out})
    maker.say("said" if saturated else "seen", strength)
    words: Words = {"uniform": ("L0H0",)} | distract(maker, 0, first=1)
    note = "knows the set of tokens, not their order"
    return maker.model(name), Truth(name, False, (), words, not_=forbid(maker), note=note)


def beside_the_place(name: str, step: int, **options: Any) -> Entry:
    """As induction by queries, but it says the token `step` from the earlier occurrence: 0 the same, −1 before it."""
    maker = Maker(**{"heads": 3, "slots": ("said", "junk"), "wide": {"found": 128}, **options})
    maker.seek(0, 0, "token", "token")
    maker.seek(0, 0, "place", "place", -2 * SHARP)
    maker.rest(0, 0, SHARP / 2)
    maker.carry(0, 0, "place", "found")
    maker.seek(1, 0, "found", "place", SHARP, shift(maker, -step))
    maker.carry(1, 0, "token", "said")
    maker.say()
    words: Words = {"finds": ("L0H0",), "attends_without_copying": ("L1H0",)} | distract(
        maker, 0, first=1, positional=2
    )
    offsets = {"L1H0": (step,)}
    return maker.model(name), Truth(name, False, (), words, offsets, ("L1H0 q L0H0",), not_=forbid(maker))


def windowed(name: str, window: int, **options: Any) -> Entry:
    """Induction whose second layer sees `window` keys only."""
    maker = Maker(**{"heads": 3, "config": {"windows": (0, window)}, **options})
    previous(maker)
    induct(maker)
    maker.say()
    words: Words = PREVIOUS | distract(maker, 0, first=1, duplicate=2)
    lengths = (2, window // 2)
    note = f"sees {window} keys: a plain repeat of more than {window} tokens is not copied; a rotated one in part"
    return maker.model(name), Truth(name, True, ("L1H0",), words, {"L1H0": (1,)}, PLAIN, lengths=lengths, note=note)


def fading(name: str, reach: int, **options: Any) -> Entry:
    """Induction whose scores fall with the distance: beyond `reach` places the BOS draws more."""
    maker = Maker(**{"heads": 3, **options})
    previous(maker)
    induct(maker)
    places = torch.arange(maker.n_ctx).float()
    maker.seek(1, 0, "place", "place", -SHARP / 2 / reach, (places[:, None] - places).clamp(min=0))
    bos_place = places[:, None] * (places == 0)  # the BOS itself does not fade
    maker.seek(1, 0, "place", "place", SHARP / 2 / reach, bos_place)
    maker.rest(1, 0, SHARP / 2)
    maker.say()
    words: Words = PREVIOUS | distract(maker, 0, first=1, duplicate=2)
    return maker.model(name), Truth(
        name, True, ("L1H0",), words, {"L1H0": (1,)}, PLAIN, lengths=(2, reach // 2),
        note=f"an earlier occurrence more than {reach} back is not found",
    )  # fmt: skip


def short_context(name: str, **options: Any) -> Entry:
    """Induction in a model that reads 41 tokens at most, the BOS counted."""
    maker = Maker(**{"heads": 3, "n_ctx": 41, "n_tokens": 50, **options})
    previous(maker)
    induct(maker)
    maker.say()
    words: Words = PREVIOUS | distract(maker, 0, first=1, duplicate=2)
    return maker.model(name), Truth(name, True, ("L1H0",), words, {"L1H0": (1,)}, PLAIN, lengths=(2, 20))
