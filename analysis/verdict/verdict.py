"""One word for a head, whether ablation bears it out, and where the evidence disagrees: a rule, no more.

The word is read from attention alone: which share of the second copy's queries goes where. Ablation then confirms it or
not. Both are said, because they are different questions: heads stand in for one another, and a head may matter without
a stripe of its own.
"""

import math
from dataclasses import dataclass
from typing import Literal

from analysis.values import HeadId, Word
from analysis.verdict.chance import LEVEL, MINIMUM

Kept = Literal["induction", "previous-token", "duplicate", "sink"]

SHARE = 0.3
"""A head that does one thing and rests elsewhere still gives it a third; ARENA's detector takes 0.4 of 0.96, but a
perfect duplicate-token head, which sees itself as well, reaches only 0.5."""
SINK = 0.5
"""Most heads rest on the first token when they have nothing to do; it is their work only if it is most of it."""
EFFECT = 0.05
"""Nats: the right token becomes 5 % less likely. Smaller effects are measurable, but carry nothing."""
PARTNER = 2.0
"""z of composition above which random weights would come 1 time in 40."""

RULE = (
    "Shares are the attention of the second copy's queries, mean over random tokens. They are disjoint.",
    f"induction: at least {SHARE:g} on one stripe at L − 1 … L − 8, and more than on shuffled copies.",
    f"previous-token: at least {SHARE:g} on the token before, and more than uniform attention gives.",
    f"duplicate: at least {SHARE:g} on the same token one copy before, and more than on shuffled copies.",
    "mixed: more than one of these.", f"sink: none of these, and at least {SINK:g} on the first token.",
    "none: nothing of the kind.",
    "“More” means that the 95 % interval over samples (Student's t, longer where they are skewed) lies above; against "
    f"shuffled copies also at a false-discovery rate of {LEVEL:.0%} over all heads (Benjamini–Hochberg).",
    f"Of models that hold no such head at most {LEVEL:.0%} have one called induction or duplicate.",
    f"confirmed: with its output set to its mean, the second copy costs at least {EFFECT:g} nats more, the interval "
    f"stays above 0, also at a false-discovery rate of {LEVEL:.0%} over all heads, and the first copy suffers less. "
    "Asked only where the model does better on the second copy.",
)


@dataclass(frozen=True)
class Measured:
    """A number, its 95 % interval (NaN below MINIMUM samples), what chance gives, and its false-discovery rate."""

    value: float
    low: float = math.nan
    high: float = math.nan
    null: float = 0.0
    q: float = math.nan
    """NaN where none is defined."""

    @property
    def real(self) -> bool:
        """Whether it stands above chance; nothing does without an interval."""
        return self.low > self.null and not self.q > LEVEL

    def __str__(self) -> str:
        return f"{self.value:.2f}" + (f" [{self.low:.2f}, {self.high:.2f}]" if math.isfinite(self.low) else "")

    @property
    def signed(self) -> str:
        ends = f" [{self.low:+.2f}, {self.high:+.2f}]" if math.isfinite(self.low) else ""
        return f"{self.value:+.2f}{ends}"


@dataclass(frozen=True)
class Shares:
    """Where a head's attention goes in the second copy."""

    induction: Measured
    """The best stripe."""
    lag: int
    """k of that stripe, at L − k; 1 is the follower."""
    follower: float
    """The stripe at L − 1."""
    previous: Measured
    duplicate: Measured
    sink: Measured


@dataclass(frozen=True)
class AblationEffect:
    """What the head's absence does to the loss, in nats; positive: the loss rises."""

    second: Measured
    first: float
    """Change of the loss on the first copy."""
    specific: Measured
    """Change on the second copy beyond that on the first."""
    together: float = math.nan
    """Change on the second copy without all heads of the same word; NaN where it is the only one."""
    peers: int = 1
    """How many heads that are."""

    @property
    def matters(self) -> bool:
        return self.second.real and self.second.value >= EFFECT

    @property
    def confirms(self) -> bool:
        return self.matters and self.specific.real


@dataclass(frozen=True)
class Case:
    """All that is known of one head; what is not known (yet) is None or NaN."""

    head: HeadId
    shares: Shares
    ablation: AblationEffect | None = None
    gain: Measured | None = None
    """The whole model's loss on the first copy minus that on the second."""
    copying: float = math.nan
    partner: HeadId | None = None
    """The earlier head that feeds its keys most."""
    partner_z: float = math.nan

    @property
    def copies(self) -> bool:
        """Whether the whole model does better on the second copy; taken for granted where it is not known."""
        return self.gain is None or (self.gain.real and self.gain.value >= EFFECT)


@dataclass(frozen=True)
class Verdict:
    """The word, whether ablation confirms it (None: not known, or not asked of this word), and disagreements."""

    word: Word
    confirmed: bool | None
    doubts: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.confirmed is None:
            return self.word
        return f"{self.word}, {'confirmed' if self.confirmed else 'unconfirmed'}"


def kinds(shares: Shares) -> tuple[Kept, ...]:
    """What the head does by its attention, the largest share first."""
    asked: list[tuple[Kept, Measured]] = [
        ("induction", shares.induction), ("previous-token", shares.previous), ("duplicate", shares.duplicate),
    ]
    found = [(word, share) for word, share in asked if share.value >= SHARE and share.real]
    if found:
        return tuple(word for word, _ in sorted(found, key=lambda pair: -pair[1].value))
    return ("sink",) if shares.sink.value >= SINK and shares.sink.real else ()


def word_of(shares: Shares) -> Word:
    found = kinds(shares)
    return "mixed" if len(found) > 1 else found[0] if found else "none"


def judge(case: Case) -> Verdict:
    """The rule of this module's RULE."""
    word = word_of(case.shares)
    asked = case.copies and word not in ("sink", "none")
    confirmed = case.ablation.confirms if case.ablation is not None and asked else None
    doubts = [*_of_attention(case, word), *_of_ablation(case, word), *_of_circuit(case)]
    return Verdict(word, confirmed, tuple(doubts))


def _of_attention(case: Case, word: Word) -> list[str]:
    shares, said = case.shares, []
    found = kinds(shares)
    if word == "mixed":
        said.append(f"It does {' and '.join(found)} at once.")
    if "induction" in found and shares.lag > 1:
        past = shares.lag - 1
        said.append(
            f"It looks {past} token{'s' * (past > 1)} past the follower, at L − {shares.lag}; the score at L − 1 "
            f"reads {shares.follower:.2f}."
        )
    if "induction" not in found and shares.induction.value >= SHARE:
        said.append(
            f"Its stripe at L − {shares.lag} ({shares.induction.value:.2f}) stands on shuffled copies as well "
            f"({shares.induction.null:.2f}): it goes by position, not by content."
        )
    elif "induction" not in found and shares.induction.real and shares.induction.value > 3 * shares.induction.null:
        said.append(
            f"A trace of induction: {shares.induction.value:.2f}, where shuffled copies give "
            f"{shares.induction.null:.2f}."
        )
    if math.isnan(shares.induction.low):
        said.append(f"Fewer than {MINIMUM} samples give no interval, and no word; ask for more samples.")
    return said


def _of_ablation(case: Case, word: Word) -> list[str]:
    ablation = case.ablation
    said: list[str] = []
    if case.gain is not None and not case.copies and math.isfinite(case.gain.low):
        # What ablation does to such a prompt says nothing about copying.
        return [f"The whole model does no better on the second copy ({case.gain.signed} nats): nothing to confirm. "
                "Random tokens may be unlike all that it was trained on."]
    if ablation is None:
        return said
    change = ablation.second
    if change.value <= -EFFECT and change.high < 0:
        said.append(f"The second copy gets easier without it ({change.signed} nats): it works against copying.")
    elif word in ("sink", "none"):
        if ablation.confirms:
            said.append(f"No share of its own, yet the second copy costs {change.signed} nats more without it.")
    elif not ablation.matters:
        said.append(f"Its attention says {word}, but ablation does next to nothing ({change.signed} nats).")
    elif not ablation.specific.real:
        said.append(f"The first copy suffers as much ({ablation.first:+.2f} nats): more than copying needs it.")
    if word == "induction" and ablation.peers > 1 and ablation.together > 3 * max(change.value, EFFECT):
        said.append(
            f"Others stand in for it: without all {ablation.peers} {word} heads the second copy costs "
            f"{ablation.together:+.2f} nats."
        )
    return said


def _of_circuit(case: Case) -> list[str]:
    said: list[str] = []
    if "induction" not in kinds(case.shares):
        return said
    if case.head.layer == 0:
        said.append("No head comes before it that could tell its keys what stood before them.")
    elif case.partner_z < PARTNER:
        best = f"best {case.partner}, z {case.partner_z:+.1f}"
        said.append(f"No earlier head feeds its keys more than chance would ({best}).")
    if case.copying < 0:
        said.append(f"Its OV circuit lowers what it attends to (copying {case.copying:+.2f}): it may suppress it.")
    return said
