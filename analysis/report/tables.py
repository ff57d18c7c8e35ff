"""The report's tables, as figures; each note is the table's caption."""

from analysis.figures.table import Row, Table
from analysis.report.cross_attention import Readers
from analysis.report.findings import Findings
from analysis.values import HeadId
from analysis.verdict.ablation import HOW
from analysis.verdict.evidence import Evidence
from analysis.verdict.variants import VARIANTS
from analysis.verdict.verdict import Verdict

WORDS = ("induction", "mixed", "previous-token", "duplicate", "sink")
"""In the order of the table of named heads."""
BEST = 12
"""Heads in the table of other definitions."""


def named(found: Findings) -> Table:
    """The heads that have a word, induction heads first."""
    heads = [head for head, verdict in found.verdicts.items() if verdict.word in WORDS]
    heads.sort(key=lambda head: (WORDS.index(found.verdicts[head].word), -found.cases[head].shares.induction.value))
    rows = []
    for head in heads:
        case, shares = found.cases[head], found.cases[head].shares
        largest = max((shares.induction, shares.previous, shares.duplicate, shares.sink), key=lambda one: one.value)
        effect = f"{found.removals[head].second.signed}, q {_rate(found.q[head])}"
        partner = f"{case.partner} ({case.partner_z:+.1f})" if case.partner else "–"
        rows.append(Row((str(head), str(found.verdicts[head]), str(largest), effect, partner)))
    columns = ("head", "verdict", "share [95 %]", "second copy without it, nats", "K input from (z)")
    note = f"Without it: output set to its {HOW}; q: false-discovery rate over all heads. z: K-composition."
    return Table("Heads", columns, tuple(rows), note=note)


def reading(known: Readers) -> Table:
    """Every cross-attention head on real lines."""
    rows = []
    for head, one in known.heads.items():
        walk = str(one.walk), f"{one.walk.null:.2f}", _rate(one.walk.q)
        rows.append(Row((str(head), str(one.verdict), *walk, one.removal.second.signed, f"{one.removal.first:+.2f}")))
    columns = ("head", "verdict", "walk [95 %]", "other text", "q", "without it, nats", "other text")
    note = (
        "Walk: correlation, within words, of a stroke's place with that of the letter read. Beside another line's text "
        f"a token costs {known.gain.signed} nats more. Without it: output set to its {HOW}."
    )
    return Table("Reading", columns, tuple(rows), note=note)


def circuits(found: Findings) -> Table:
    """Each earlier head with what cutting it out of the keys of induction heads does; the tip has each z."""
    rows = []
    for one in found.circuits:
        into = f"{len(one.later)} heads" if len(one.later) > 3 else ", ".join(map(str, one.later))
        share = str(found.cases[one.earlier].shares.previous)
        tip = ", ".join(f"{head} z {z:+.1f}" for head, z in zip(one.later, one.z, strict=True))
        cells = (str(one.earlier), into, f"{max(one.z):+.1f}", share, one.cut_k.signed, one.cut_q.signed)
        rows.append(Row(cells, f"{one.earlier} into K of {tip}"))
    columns = ("earlier head", "into keys of", "highest z", "previous-token share", "K cut, nats", "Q cut, nats")
    note = (
        "Cut: what the earlier head writes is left out of the keys of these induction heads and of nothing else; "
        "change of the second copy's loss, with its 95 % interval. Cutting it out of their queries is the control."
    )
    return Table("Circuit", columns, tuple(rows), note=note)


def every_head(found: Findings) -> Table:
    """Scores, ablation and verdict of all heads."""
    keys = list(found.scores.values)
    verdicts = found.verdicts | (found.readers.verdicts if found.readers else {})
    rows = []
    for head in found.heads:
        scores = [found.scores.value(key, head) for key in keys]
        told = ("–" if score != score else f"{score:.3f}" for score in scores)
        effect = found.removals[head].second.signed, _rate(found.q[head])
        rows.append(Row((str(head), str(verdicts.get(head, "–")), *told, *effect)))
    columns = ("head", "verdict", *(key.replace("_", " ") for key in keys), "second copy without it", "q")
    note = "Scores as the window and the batch command give them; ablation in nats."
    return Table("All heads", columns, tuple(rows), note=note)


def published(evidence: Evidence) -> Table:
    """The induction score by its other definitions, of the heads with the highest stripes."""
    best = sorted(evidence.heads, key=lambda head: -evidence.by_head[head].induction.value)[:BEST]
    columns = ("head", *(f"{one.title} (of {evidence.ceiling(one):.2f})" for one in VARIANTS))
    scores = {head: evidence.variants[:, evidence.heads.index(head)] for head in best}
    rows = tuple(Row((str(head), *(f"{score:.3f}" for score in scores[head]))) for head in best)
    note = "The heads with the highest stripes; in brackets the most that a perfect head can reach."
    return Table("Other definitions", columns, rows, note=note)


def doubts(verdicts: dict[HeadId, Verdict]) -> dict[str, list[HeadId]]:
    """Where the evidence disagrees: each sentence with its heads."""
    said: dict[str, list[HeadId]] = {}
    for head, verdict in verdicts.items():
        for doubt in verdict.doubts:
            said.setdefault(doubt, []).append(head)
    return said


def _rate(q: float) -> str:
    return "–" if q != q else "< 0.001" if q < 0.001 else f"{q:.2g}"
