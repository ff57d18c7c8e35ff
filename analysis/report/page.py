"""The report as one HTML page: style and pictures inside, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from analysis.report import svg
from analysis.report.cross_attention import Readers
from analysis.report.findings import Findings
from analysis.report.svg import safe
from analysis.report.words import listed, summary
from analysis.values import FloatArray, HeadId, Kind
from analysis.verdict.ablation import HOW
from analysis.verdict.chance import LEVEL
from analysis.verdict.cross_attention import RULE as READER_RULE
from analysis.verdict.evidence import Evidence
from analysis.verdict.variants import VARIANTS
from analysis.verdict.verdict import PARTNER, RULE, Measured, Verdict

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1e24; --quiet: #5b616b; --line: #c3c6cc; --band: #f3f4f6;
  --cold: #2f6fd0; --warm: #c94a2c; }
@media (prefers-color-scheme: dark) { :root { --paper: #17191d; --ink: #e3e5e9; --quiet: #a2a7b0; --line: #4a4e56;
  --band: #212429; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 2em auto;
  max-width: 62em; padding: 0 1.2em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin-top: 2em; border-bottom: 1px solid var(--line); }
.lead { font-size: 1.07em; background: var(--band); padding: .8em 1em; border-radius: 6px; }
.quiet, figcaption, caption { color: var(--quiet); } figcaption, caption { font-size: .9em; text-align: left; }
.wide { overflow-x: auto; } figure { margin: 1em 0; } .pair { display: flex; flex-wrap: wrap; gap: 1.5em; }
table { border-collapse: collapse; font-size: .92em; } caption { padding-bottom: .3em; }
th, td { padding: .2em .7em; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child, td.words, th.words { text-align: left; }
thead th { border-bottom: 2px solid var(--line); vertical-align: bottom; } dt { color: var(--quiet); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1em 1em; } dd { margin: 0; overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; } summary { cursor: pointer; margin: .6em 0; }
svg { max-width: none; font: 11px system-ui, sans-serif; } svg text { fill: var(--ink); }
svg text.quiet { fill: var(--quiet); } svg text.small { font-size: 10px; }
@media print { .wide { overflow: visible; } }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(found: Findings, facts: dict[str, str], command: str, numbers: str = "") -> str:
    """The whole file. `facts`: what a colleague needs to make it again, by name; `command`: one line that does.

    `numbers` names the files beside it.
    """
    name = safe(found.facts.name)
    body = [
        f"<h1>Induction heads in {name}</h1>",
        f'<p class="lead">{" ".join(safe(sentence) for sentence in summary(found))}</p>',
        _section("Heads", _named(found)),
        *([_section("Reading", _reading(found.readers))] if found.readers else []),
        _section("Every head at a glance", _mosaics(found)),
        _section("The two copies", _loss(found)),
        _section("Circuit", _circuits(found)),
        _section("Patterns", _patterns(found)),
        _section("All heads", _all(found)),
        _section("Induction as published", _published(found.evidence)),
        _section("How the words are derived", _rules(found)),
        _section("To make it again", f"<dl>{_definitions(facts)}</dl><p><code>{safe(command)}</code></p>"),
        f'<p class="quiet">{safe(numbers)}</p>',
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>Induction heads in {name}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _section(title: str, inside: str) -> str:
    return f"<section><h2>{title}</h2>\n{inside}</section>"


def _definitions(facts: dict[str, str]) -> str:
    return "".join(f"<dt>{safe(name)}</dt><dd>{safe(value)}</dd>" for name, value in facts.items())


def _figure(drawn: str, caption: str) -> str:
    return f'<figure><div class="wide">{drawn}</div><figcaption>{safe(caption)}</figcaption></figure>'


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are text; those of the column "verdict" and of the first one stand on the left."""
    kinds = ['class="words"' if name == "verdict" else "" for name in columns]
    heads = "".join(f'<th scope="col" {kind}>{safe(name)}</th>' for name, kind in zip(columns, kinds, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td {kind}>{safe(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>\n"
        for row in rows
    )
    return (
        f'<div class="wide"><table><caption>{safe(caption)}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>\n{body}</tbody></table></div>"
    )


def _named(found: Findings) -> str:
    """The heads that have a word, the induction heads first."""
    order = {"induction": 0, "mixed": 1, "previous-token": 2, "duplicate": 3, "sink": 4}
    heads = [head for head, verdict in found.verdicts.items() if verdict.word in order]
    heads.sort(key=lambda head: (order[found.verdicts[head].word], -found.cases[head].shares.induction.value))
    if not heads:
        return "<p>None of the self-attention heads has a word.</p>"
    rows = []
    for head in heads:
        known, verdict = found.cases[head], found.verdicts[head]
        partner = f"{known.partner} ({known.partner_z:+.1f})" if known.partner else "–"
        effect = f"{found.removals[head].second.signed}, q {_rate(found.q[head])}"
        rows.append((str(head), str(verdict), str(_main(found, head)), effect, partner))
    columns = ("head", "verdict", "share [95 %]", "second copy without it, nats", "K input from (z)")
    note = f"Without it: output set to its {HOW}; q: false-discovery rate over all heads. z: K-composition."
    return table(note, columns, rows) + _doubts(found.verdicts)


def _reading(known: Readers) -> str:
    """Every cross-attention head on real lines."""
    rows = []
    for head, one in known.heads.items():
        beside = f"{one.removal.first:+.2f}"
        rows.append((str(head), str(one.verdict), str(one.walk), f"{one.walk.null:.2f}", _rate(one.walk.q),
                     one.removal.second.signed, beside))
    columns = ("head", "verdict", "walk [95 %]", "other text", "q", "without it, nats", "other text")
    note = (
        "Walk: correlation, within words, of a stroke's place with that of the letter read. Beside another line's text "
        f"a token costs {known.gain.signed} nats more. Without it: output set to its {HOW}."
    )
    return table(note, columns, rows) + _doubts({head: one.verdict for head, one in known.heads.items()})


def _read(found: Findings, head: HeadId) -> str:
    return str(found.readers.heads[head].verdict) if found.readers else "–"


def _rules(found: Findings) -> str:
    lines = (*RULE, *(READER_RULE if found.readers else ()))
    return f"<ul>{''.join(f'<li>{safe(line)}</li>' for line in lines)}</ul>"


def _doubts(verdicts: dict[HeadId, Verdict]) -> str:
    """Where the evidence disagrees, heads of one sentence together."""
    said: dict[str, list[HeadId]] = {}
    for head, verdict in verdicts.items():
        for doubt in verdict.doubts:
            said.setdefault(doubt, []).append(head)
    lines = "".join(f"<li>{safe(listed(heads))}: {safe(doubt)}</li>" for doubt, heads in said.items())
    return f"<p>Where the evidence disagrees:</p><ul>{lines}</ul>" if lines else ""


def _main(found: Findings, head: HeadId) -> Measured:
    """The largest of the shares that words are made of."""
    shares = found.cases[head].shares
    return max((shares.induction, shares.previous, shares.duplicate, shares.sink), key=lambda one: one.value)


def _rate(q: float) -> str:
    return "–" if q != q else "< 0.001" if q < 0.001 else f"{q:.2g}"


def _grid(found: Findings, kind: Kind, value: Callable[[HeadId], float]) -> FloatArray:
    """[layers, heads] of one kind; NaN where there is no such head."""
    grid = np.full((found.facts.n_layers, found.facts.n_heads), np.nan, np.float32)
    for head in found.heads:
        if head.kind == kind:
            grid[head.layer, head.index] = value(head)
    return grid


def _mosaics(found: Findings) -> str:
    rows = [f"L{layer}" for layer in range(found.facts.n_layers)]
    cols = [f"H{index}" for index in range(found.facts.n_heads)]
    stripes = _grid(found, "self", lambda head: found.cases[head].shares.induction.value)
    faint = _grid(found, "self", lambda head: not found.cases[head].shares.induction.real) > 0
    drawn = _figure(
        svg.mosaic("Best induction stripe of every head", rows, cols, stripes, 1.0, faint),
        "Best induction stripe of every head, 0 to 1. Hatched: not more than on shuffled copies.",
    )
    kinds: list[Kind] = ["self", "cross"] if found.facts.has_cross else ["self"]
    tops = [abs(found.removals[head].second.value) for head in found.heads]
    top = max(max(tops), 0.05)
    for kind in kinds:
        effect = _grid(found, kind, lambda head: found.removals[head].second.value)
        faint = _grid(found, kind, lambda head: not _significant(found, head)) > 0
        title = f"Second-copy loss without each {kind}-attention head"
        names = [f"X{index}" for index in range(found.facts.n_heads)] if kind == "cross" else cols
        note = (
            f"{title}, change in nats; warm: it rises. Hatched: not significant, by interval and at a "
            f"false-discovery rate of {LEVEL:.0%} over all heads."
        )
        drawn += _figure(svg.mosaic(title, rows, names, effect, top, faint, "+.2f"), note)
    return drawn


def _significant(found: Findings, head: HeadId) -> bool:
    """A rise at the false-discovery rate, or a fall whose interval stays below 0."""
    second = found.removals[head].second
    return (second.real and found.q[head] <= LEVEL) or second.high < 0


def _loss(found: Findings) -> str:
    ablations, heads = found.ablations, list(found.heads)
    lines = [("unchanged", ablations.clean.mean(0))]
    if found.together is not None:
        lines.append((f"without all {len(found.called('induction'))} induction heads", ablations.losses[-1].mean(0)))
    strongest = max(heads, key=lambda head: found.removals[head].second.value)
    lines.append((f"without {strongest}", ablations.losses[heads.index(strongest)].mean(0)))
    x = np.arange(1, ablations.clean.shape[1] + 1, dtype=np.float32)
    start, period = ablations.start, ablations.period or 0
    drawn = svg.curves("Loss by position", x, lines, "position", "loss (nats)", [(start + period, "second copy")])
    return _figure(drawn, f"Loss of every token by its position, mean of {len(ablations.clean)} samples.")


def _circuits(found: Findings) -> str:
    if not found.called("induction"):
        return "<p>There is no induction head that could be fed.</p>"
    if not found.circuits:
        return "<p>No earlier head feeds the keys of an induction head more than random weights would.</p>"
    rows = []
    for one in found.circuits:
        into = f"{len(one.later)} heads" if len(one.later) > 3 else ", ".join(map(str, one.later))
        share = found.cases[one.earlier].shares.previous
        rows.append((str(one.earlier), into, f"{max(one.z):+.1f}", str(share), one.cut_k.signed, one.cut_q.signed))
    columns = ("earlier head", "into keys of", "highest z", "previous-token share", "K cut, nats", "Q cut, nats")
    note = (
        "Cut: what the earlier head writes is left out of the keys of these induction heads and of nothing else; "
        "change of the second copy's loss, with its 95 % interval. Cutting it out of their queries is the control."
    )
    names = sorted({head for one in found.circuits for head in (one.earlier, *one.later)})
    place = {head: number for number, head in enumerate(names)}
    top = max(z for one in found.circuits for z in one.z)
    edges = [
        (place[one.earlier], place[head], z / top, f"{one.earlier} into K of {head}: z {z:+.1f}")
        for one in found.circuits
        for head, z in zip(one.later, one.z, strict=True)
    ]
    nodes = [
        svg.Node(str(head), head.layer, verdict.word, bool(verdict.confirmed))
        for head in names
        for verdict in [found.verdicts[head]]
    ]
    caption = f"K-composition with z of at least {PARTNER:g}, as wide as z. Filled: confirmed by ablation."
    return _figure(svg.graph("Circuit of induction", nodes, edges), caption) + table(note, columns, rows)


def _patterns(found: Findings) -> str:
    drawn = ""
    for head, values in found.patterns.items():
        said = f"{head}: {found.verdicts[head]}" if head in found.verdicts else str(head)
        described = "Attention from every query (down) to every key (across), first sample."
        drawn += _figure(svg.picture(f"Attention of {head}", described, values, "key", "query"), said)
    return f'<div class="pair">{drawn}</div>'


def _all(found: Findings) -> str:
    keys = list(found.scores.values)
    rows = []
    for head in found.heads:
        verdict = str(found.verdicts[head]) if head in found.verdicts else _read(found, head)
        scores = [_number(found.scores.value(key, head)) for key in keys]
        rows.append((str(head), verdict, *scores, found.removals[head].second.signed, _rate(found.q[head])))
    columns = ("head", "verdict", *(key.replace("_", " ") for key in keys), "second copy without it", "q")
    inside = table("Scores as the window and the batch command give them; ablation in nats.", columns, rows)
    return f"<details><summary>Scores, ablation and verdict of all {len(rows)} heads</summary>{inside}</details>"


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.3f}"


def _published(evidence: Evidence) -> str:
    best = sorted(evidence.heads, key=lambda head: -evidence.by_head[head].induction.value)[:12]
    columns = ("head", *(f"{one.title} (of {evidence.ceiling(one):.2f})" for one in VARIANTS))
    rows = [
        (str(head), *(f"{evidence.variants[n, evidence.heads.index(head)]:.3f}" for n in range(len(VARIANTS))))
        for head in best
    ]
    terms = _definitions({one.title: f"{one.definition} {one.source}." for one in VARIANTS})
    note = "The heads with the highest stripes; in brackets the most that a perfect head can reach."
    inside = f"{table(note, columns, rows)}<dl>{terms}</dl>"
    return f"<details><summary>Other definitions of the score</summary>{inside}</details>"
