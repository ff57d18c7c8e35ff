"""What is true of a trained model, by plain measurements. Prints what is measured, and the truth that follows:

    python -m tests.zoo.learning.judging FILE ...

A head is an induction head when it attends past the earlier occurrence by content, and the model forgets without what
it then writes. Heads that are neither clearly one nor clearly none are unclear.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import torch

from analysis.model.model import Model
from tests.zoo.measuring import Lab
from tests.zoo.trained import read

LENGTHS = (8, 12, 16, 20, 30, 40)
COPIES, NO_COPIES = 0.3, 0.05
"""Nats by which the order of the second piece helps a model that copies, and one that does not."""
SHARE, NO_SHARE = 0.08, 0.05
"""Of a head's attention that goes past the earlier occurrence, by content."""
MATTERS = 0.05
"""Nats that the model loses when the head forgets."""


@dataclass
class Head:
    """What was measured for one, over lengths and seeds."""

    share: tuple[float, float]
    """Attention by content past the earlier occurrence: the least, and by the mean of each offset."""
    same: float
    """Attention by content to the earlier occurrence itself."""
    forgets: tuple[float, float]
    """The least and the most."""
    offsets: tuple[int, ...]
    back: dict[int, float]
    """The three distances at which it attends most, and how much."""
    first: float

    def __str__(self) -> str:
        low, high = self.forgets
        return (
            f"share {self.share[0]:.2f}…{self.share[1]:.2f} at {self.offsets}, same {self.same:.2f}, "
            f"forgets {low:+.3f}…{high:+.3f}, back {self.back}, first {self.first:.2f}"
        )


def longest(model: Model) -> int:
    return min((model.config.n_ctx - 1) // 2, model.config.d_vocab - 1)


def gains(model: Model) -> dict[int, float]:
    """By the length of the piece, of many samples."""
    return {length: Lab(model, length, 96, 3).usual_gain() for length in LENGTHS if length <= longest(model)}


def labs(model: Model, gained: dict[int, float]) -> list[Lab]:
    """At the two lengths where the model gains most, or at all where it does not gain."""
    found = sorted(gained, key=lambda length: -gained[length])
    best = found[:2] if gained[found[0]] > COPIES else found
    return [Lab(model, length, 24, seed) for length in best for seed in (1, 2)]


def measure(model: Model, name: str, given: list[Lab]) -> Head:
    looks = [lab.looks(name, range(15)) for lab in given]
    shares = [sum(share for step, share in found.items() if step and share > 0.01) for found in looks]
    usual = sum(max(0.0, sum(found[step] for found in looks) / len(looks)) for step in range(1, 15))
    forgets = [lab.forgets((name,)) for lab in given]
    back = max(given, key=lambda lab: lab.length).attends_back(name)
    most = sorted(range(len(back)), key=lambda step: -back[step])[:3]
    offsets = tuple(step for step in range(1, 15) if min(found[step] for found in looks) > NO_SHARE)
    first = min(float(lab.pattern(name)[:, :, 0].mean()) for lab in given)
    return Head(
        (min(shares), usual), min(found[0] for found in looks), (min(forgets), max(forgets)), offsets,
        {step: round(back[step], 2) for step in most}, first,
    )  # fmt: skip


def word(head: Head, copies: bool) -> str:
    """By attention, but for movers: in a model that does not copy, to forget the first piece is to forget its set."""
    if copies and moves(head):
        return "mover"
    if any(step > 2 and share > 0.15 for step, share in head.back.items()):
        return "positional"
    if head.same > 0.4:
        return "duplicate"
    if head.back.get(1, 0) > 0.6:
        return "previous"
    return "first" if head.first > 0.6 else ""


def judge(model: Model) -> dict[str, object]:
    gained = gains(model)
    given, gain = labs(model, gained), max(gained.values())
    print(f"== {model.name}: gains " + ", ".join(f"{value:.2f} at {length}" for length, value in gained.items()))
    heads = {str(head): measure(model, str(head), given) for head in model.heads}
    for name, head in heads.items():
        print(f"   {name} {head}")
    induction = [name for name, head in heads.items() if gain > COPIES and is_induction(head)]
    clear = [name for name, head in heads.items() if head.share[1] < NO_SHARE]
    copies = bool(induction)
    assert copies or gain < NO_COPIES or len(clear) == len(heads), "neither a model that copies nor one that does not"
    truth: dict[str, object] = {"copies": copies}
    good = [length for length, value in gained.items() if value > gain / 2]
    if copies and max(good) < max(gained):
        truth["lengths"] = (min(good), max(good))
    words: dict[str, list[str]] = {}
    for name in clear:
        words.setdefault(word(heads[name], copies), []).append(name)
    words.pop("", None)
    truth |= {"induction": induction, "words": words}
    truth["offsets"] = {name: heads[name].offsets for name in induction}
    truth["unclear"] = [name for name in heads if name not in (*induction, *clear)]
    truth["not_"] = [f"{name} induction" for name in clear]
    truth["circuit"] = circuit(given[0], induction, heads)
    if len(induction) > 1:
        truth["groups"] = [induction]
        alone = max(given[0].forgets((name,)) for name in induction)
        print(f"   together they forget {given[0].forgets(induction):+.2f}, one alone at most {alone:+.2f}")
    return truth


def moves(head: Head) -> bool:
    """Without content of its own, it carries on what others found."""
    return head.share[1] < NO_SHARE and head.forgets[0] > MATTERS


def is_induction(head: Head) -> bool:
    return head.share[0] > SHARE and head.forgets[0] > MATTERS and bool(head.offsets)


def circuit(lab: Lab, induction: list[str], heads: dict[str, Head]) -> list[str]:
    """The edges from earlier heads into keys and queries without which less than half of the share is left."""
    found = []
    for name in induction:
        whole = sum(lab.looks(name, heads[name].offsets).values())
        for other in (other for other in heads if int(other[1]) < int(name[1])):
            for letter in "qk":
                edge = f"{name} {letter} {other}"
                left = sum(lab.looks(name, heads[name].offsets, edge=edge).values()) / whole
                if left < 0.5:
                    found.append(edge)
                    print(f"   {edge}: {left:.2f} left without it")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    truths: dict[str, object] = {}
    if asked.out and asked.out.is_file():
        truths = json.loads(asked.out.read_text())
    for file in asked.files:
        model = read(file)
        truths[model.name] = judge(model)
        print(json.dumps(truths[model.name]))
    if asked.out:
        asked.out.write_text(json.dumps(truths, indent=1) + "\n")


if __name__ == "__main__":
    main()
