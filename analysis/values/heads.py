"""Attention heads by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from analysis.values.errors import UserError

Kind = Literal["self", "cross"]


WORDS = (
    "induction", "anti-induction", "gates", "attends by content", "attends but does not copy", "backup",
    "positional copying", "duplicate", "previous-token", "first token", "reader", "none",
)
"""What a verdict can call a head."""


@dataclass(frozen=True)
class Called:
    """What a verdict calls a head: its words, what is said of them closely ("displaced by 3"), and how sure it is."""

    words: tuple[str, ...]
    """The first is one of WORDS; several of them can hold at once."""
    confirmed: str = "not asked"
    """By removal: "alone", "in a group", "no" or "not asked"."""

    @property
    def first(self) -> str:
        return self.words[0]

    @property
    def parts(self) -> tuple[str, ...]:
        """All that is said, piece by piece; whether it is confirmed comes last."""
        borne = {"alone": "confirmed alone", "in a group": "confirmed in a group", "no": "not confirmed"}
        said = borne.get(self.confirmed)
        return (*self.words, said) if said else self.words

    def __str__(self) -> str:
        """ "induction, strong, displaced by 3 — confirmed alone"."""
        said = self.parts[len(self.words) :]
        words = [word for word in self.words if not (said and word == "in a group")]  # else it is said twice
        return " — ".join((", ".join(words), *said))


@dataclass(frozen=True)
class HeadId:
    """One attention head: "L1H5" in self-attention, "L1X5" in cross-attention; both count from 0.

    Sorted in the order in which heads write to the residual stream: by layer, self before cross, by index.
    """

    layer: int
    index: int
    kind: Kind = "self"

    def __lt__(self, other: HeadId) -> bool:
        return (self.layer, self.kind == "cross", self.index) < (other.layer, other.kind == "cross", other.index)

    @property
    def label(self) -> str:
        return f"L{self.layer}{'X' if self.kind == 'cross' else 'H'}{self.index}"

    def __str__(self) -> str:
        return self.label

    @classmethod
    def parse(cls, text: str) -> HeadId:
        """ "L1H5" or "l2x0" to a head; raises UserError on anything else."""
        match = re.fullmatch(r"[Ll](\d{1,4})([HhXx])(\d{1,4})", text.strip())
        if match is None:
            raise UserError(f"{text!r} is not a head: write L1H5 for self-attention or L1X5 for cross-attention.")
        return cls(int(match[1]), int(match[3]), "cross" if match[2] in "Xx" else "self")
