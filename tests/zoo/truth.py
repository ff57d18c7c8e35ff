"""What is known about a model of the zoo, however it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Truth:
    """Heads are named as the program names them: "L1H0". Heads in `unclear` are neither demanded nor forbidden."""

    name: str
    copies: bool
    """Whether the model predicts a repeated piece better than the same tokens in another order, at some length, when
    the second copy is rotated: by content, not by position."""
    induction: tuple[str, ...] = ()
    """The heads that attend by content past the earlier occurrence, and whose output raises the right next token."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What other heads are: "previous", "duplicate", "first", "positional", "uniform" (spreads over all, whatever
    they are), "anti_induction", "attends_without_copying" (finds a place by content and does nothing for the right
    token), "gates" (the same, but others cannot copy without it), "finds" (writes where the earlier occurrence is),
    "mover" (carries on what an earlier head has written at its own place or just before), "carries" (brings tokens from
    a fixed distance or a few)."""
    offsets: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """By head, how far past the earlier occurrence it looks: 1 is the follower, 0 the occurrence itself."""
    circuit: tuple[str, ...] = ()
    """What composes with what, each as "L1H0 k L0H0": the keys of L1H0 read what L0H0 writes."""
    groups: tuple[tuple[str, ...], ...] = ()
    """Heads that do the same work: removing one of them does little or nothing, removing all of them stops it."""
    backups: Mapping[str, str] = field(default_factory=dict)
    """Heads that only do anything when another head has written nothing: backup → that other head."""
    unclear: tuple[str, ...] = ()
    lengths: tuple[int, int] | None = None
    """The shortest and the longest piece, in tokens, at which it copies well; None: whatever fits."""
    not_: tuple[str, ...] = ()
    """What must not be said, each as "L1H0 induction"."""
    note: str = ""
