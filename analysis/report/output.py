"""Writes a report: FILE.html for people, FILE.report.json and FILE.report.npz with its numbers."""

import datetime
import platform
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from analysis import __version__
from analysis.measures.scores.stripe import FURTHEST
from analysis.report.findings import Findings, gather
from analysis.report.page import page
from analysis.report.words import summary
from analysis.session.session import Session
from analysis.values import HeadId, UserError
from analysis.values.text import json_text
from analysis.values.whole_files import write_whole
from analysis.values.work import Work, part
from analysis.verdict.ablation import HOW
from analysis.verdict.cross_attention import RULE as READER_RULE
from analysis.verdict.evidence import DUPLICATE, FIRST, PREVIOUS
from analysis.verdict.variants import VARIANTS
from analysis.verdict.verdict import RULE, AblationEffect

REMEDY = "choose another place for the report"


def report(session: Session, path: Path) -> Work[Path]:
    """Gather everything and write the files, the page last, so that there is no page without its numbers.

    Raises UserError, and then leaves no file half written.
    """
    path = check_place(path)
    found = yield from part(gather(session), 0.0, 0.95)
    session_facts, command = facts(session, found), recipe(session, path)
    text = json_text(numbers(found) | {"facts": session_facts, "command": command})
    all_arrays = arrays(found)
    in_json, in_npz = path.with_suffix(".report.json"), path.with_suffix(".report.npz")
    html = []
    for chunk in page(found, session_facts, command, f"The numbers are in {in_json.name} and {in_npz.name}."):
        html.append(chunk)
        yield 0.95, None
    write_whole(in_npz, lambda file: np.savez_compressed(file, **all_arrays), REMEDY)  # type: ignore[arg-type]
    write_whole(in_json, lambda file: file.write(text.encode()), REMEDY)
    write_whole(path, lambda file: file.write("".join(html).encode("utf-8", "backslashreplace")), REMEDY)
    return path


def check_place(path: Path, made: Path | None = None) -> Path:
    """The path, with .html added if it has no ending. Raises UserError if no report can be written there, so that
    nobody learns it after minutes of work.

    `made`: a folder that will exist by then.
    """
    if path.suffix.lower() not in ("", ".html", ".htm"):
        raise UserError(f"A report is a web page: name it FILE.html, not {path.name}.")
    if not path.parent.is_dir() and (made is None or path.parent.absolute() != made.absolute()):
        raise UserError(f"There is no folder {path.parent}; {REMEDY}.")
    return path if path.suffix else path.with_suffix(".html")


def facts(session: Session, found: Findings) -> dict[str, str]:
    """What somebody needs to know to repeat the report, by name."""
    known, evidence = found.facts, found.evidence
    return {
        "checkpoint": known.name, "SHA-256": known.sha256, "format": known.family,
        "shape": f"{known.n_layers} layers × {known.n_heads} heads, d_model {known.d_model}, d_head {known.d_head}",
        "prompt": evidence.prompt, "samples": str(found.samples), "seed": str(found.seed),
        "ablation": f"output set to its {HOW} over samples and positions",
        "device": f"{known.device}, {known.precision}",
        "certificate": "every weight used exactly once" if known.certificate.ok else "; ".join(known.certificate.lines),
        "versions": f"Headscope {__version__}, torch {torch.__version__}, numpy {np.__version__}, "
        f"Python {platform.python_version()}",
        "made": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    } | ({"notes": "; ".join(found.ablations.notes)} if found.ablations.notes else {})


def recipe(session: Session, path: Path) -> str:
    """The command that repeats the report."""
    known = session.loaded.facts
    words = ["python", "-m", "analysis", Path(known.path).name, "--report", path.name]
    words += ["--n-head", str(known.n_heads)] if known.head_choices else []
    words += ["--seed", str(session.seed), "--samples", str(session.samples)]
    return shlex.join(words)


def numbers(found: Findings) -> dict[str, Any]:
    """The content of FILE.report.json, for `json_text`."""
    evidence = found.evidence
    return {
        "summary": summary(found), "rule": RULE,
        "sha256": found.facts.sha256, "seed": found.seed, "samples": found.samples,
        "versions": {"headscope": __version__, "torch": torch.__version__, "numpy": np.__version__},
        "model": {"first_loss": evidence.first_loss.mean(), "second_loss": evidence.second_loss.mean(),
                  "gain": asdict(evidence.gain)},
        "together": asdict(found.together) if found.together else None,
        "heads": [_head(found, head) for head in found.heads],
        "reading": {"gain": asdict(found.readers.gain), "rule": READER_RULE} if found.readers else None,
        "circuits": [
            {"earlier": str(one.earlier), "later": [str(head) for head in one.later], "z": one.z,
             "cut_k": asdict(one.cut_k), "cut_q": asdict(one.cut_q)}
            for one in found.circuits
        ],
        "variants": [
            {"key": one.key, "title": one.title, "definition": one.definition, "source": one.source,
             "ceiling": evidence.ceiling(one)}
            for one in VARIANTS
        ],
    }


def _head(found: Findings, head: HeadId) -> dict[str, Any]:
    told: dict[str, Any] = {
        "head": str(head), "layer": head.layer, "index": head.index, "kind": head.kind,
        "scores": {key: found.scores.value(key, head) for key in found.scores.values},
        "ablation": _ablation(found.removals[head]) | {"q": found.q[head]},
    }
    if found.readers and head in found.readers.heads:
        one = found.readers.heads[head]
        told |= asdict(one.verdict) | {"walk": asdict(one.walk), "ablation_on_lines": _ablation(one.removal)}
    if head not in found.cases:
        return told
    known, column = found.cases[head], found.evidence.heads.index(head)
    shares = known.shares
    return told | asdict(found.verdicts[head]) | {
        "shares": {"induction": asdict(shares.induction) | {"k": shares.lag},
                   "previous-token": asdict(shares.previous),
                   "duplicate": asdict(shares.duplicate), "sink": asdict(shares.sink)},
        "partner": str(known.partner) if known.partner else None,
        "partner_z": known.partner_z,
        "variants": {one.key: found.evidence.variants[n, column] for n, one in enumerate(VARIANTS)},
    }


def _ablation(removed: AblationEffect) -> dict[str, Any]:
    return {"second": asdict(removed.second), "first": removed.first, "specific": asdict(removed.specific)}


def arrays(found: Findings) -> dict[str, np.ndarray]:
    """The content of FILE.report.npz; `columns` names the last axis of shares and control."""
    evidence, composition = found.evidence, found.composition
    columns = {k - 1: f"L-{k}" for k in range(1, FURTHEST + 1)}
    columns |= {DUPLICATE: "duplicate", PREVIOUS: "previous", FIRST: "first"}
    return {
        "heads": np.array([str(head) for head in evidence.heads]),
        "columns": np.array([columns[number] for number in sorted(columns)]),
        "shares": evidence.shares, "control": evidence.control, "variants": evidence.variants,
        "loss": found.ablations.clean,
        "ablations": np.array([str(one) for one in found.ablations.experiments]),
        "ablated_loss": found.ablations.losses,
        "composition_heads": np.array([str(head) for head in composition.heads]),
        **{f"composition_{mode}": composition.raw[mode] for mode in "qkv"},
        **{f"z_{mode}": composition.z[mode] for mode in "qkv"},
        **{f"pattern_{head}": values for head, values in found.patterns.items()},
    }
