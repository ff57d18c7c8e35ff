"""Everything that is known of a head, from a session: the case that the verdict is given on."""

import math

import numpy as np

from analysis.session.session import Session
from analysis.values import HeadId, NotReady, UserError
from analysis.verdict.ablation import ablation_effect
from analysis.verdict.evidence import Evidence
from analysis.verdict.verdict import AblationEffect, Case, Word, word_of

GROUPED: tuple[Word, ...] = ("induction",)
"""Words whose heads are ablated together as well: they stand in for one another."""


def peers(evidence: Evidence, head: HeadId) -> tuple[HeadId, ...]:
    """All heads of the same word, this one too; empty where there is no other, or the word is not GROUPED."""
    words = {other: word_of(shares) for other, shares in evidence.by_head.items()}
    if words.get(head) not in GROUPED:
        return ()
    same = tuple(other for other, word in words.items() if word == words[head])
    return same if len(same) > 1 else ()


def case(session: Session, head: HeadId, evidence: Evidence, ablated: AblationEffect | None) -> Case:
    """What the session knows of a self-attention head."""
    partner, z = strongest(session, head, "k")
    scores = session.found("scores")
    copying = scores.value("copying", head) if scores else math.nan
    return Case(head, evidence.by_head[head], ablated, evidence.gain, copying, partner, z)


def strongest(session: Session, head: HeadId, mode: str) -> tuple[HeadId | None, float]:
    """The earlier head that feeds one input most, and its z; (None, NaN) where none does or nothing is known yet."""
    found = session.found("composition")
    if found is None:
        return None, math.nan
    z = found.z[mode][:, found.heads.index(head)]
    if not np.isfinite(z).any():
        return None, math.nan
    best = int(np.nanargmax(z))
    return found.heads[best], float(z[best])


def asked_ablation(session: Session, head: HeadId, group: tuple[HeadId, ...]) -> tuple[AblationEffect | None, str]:
    """(what ablation does, "") or (None, why that is not known): the study is lined up when it is new."""
    try:
        found, whole = session.study("ablation", ((head,), group) if group else ((head,),))
    except NotReady:
        return None, "being computed"
    except UserError as error:
        return None, str(error)
    if not whole:
        return None, "being computed"
    return ablation_effect(found, 0, 1 if group else None, len(group) or 1, len(session.model.heads)), ""
