"""The report's three files: FILE.html for people, FILE.report.json and FILE.report.npz with its numbers."""

from __future__ import annotations

import datetime
import json
import math
import platform
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from analysis import __version__
from analysis.measures.scores.stripe import FURTHEST
from analysis.report.findings import Findings, gather
from analysis.report.page import page
from analysis.report.words import summary
from analysis.values import HeadId, UserError
from analysis.values.whole_files import write_whole
from analysis.values.work import Work, part
from analysis.verdict.ablation import HOW
from analysis.verdict.cross_attention import RULE as READER_RULE
from analysis.verdict.evidence import DUPLICATE, FIRST, PREVIOUS
from analysis.verdict.variants import VARIANTS
from analysis.verdict.verdict import RULE, AblationEffect, Measured

if TYPE_CHECKING:
    from analysis.session.session import Session

REMEDY = "choose another place for the report"


def report(session: Session, path: Path) -> Work[Path]:
    """Gather everything and write it; the page last, so that it never stands without its numbers.

    Raises UserError, with nothing half written.
    """
    path = check_place(path)
    found = yield from part(gather(session), 0.0, 0.95)
    session_facts, command = facts(session, found), recipe(session, path)
    written = numbers(found) | {"facts": session_facts, "command": command}
    text = json.dumps(written, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    yield 0.96, None
    all_arrays = arrays(found)
    in_json, in_npz = path.with_suffix(".report.json"), path.with_suffix(".report.npz")
    write_whole(in_npz, lambda file: np.savez_compressed(file, **all_arrays), REMEDY)  # type: ignore[arg-type]
    yield 0.98, None
    write_whole(in_json, lambda file: file.write(text.encode()), REMEDY)
    html = page(found, session_facts, command, f"The numbers are in {in_json.name} and {in_npz.name}.")
    write_whole(path, lambda file: file.write(html.encode("utf-8", "backslashreplace")), REMEDY)
    return path


def check_place(path: Path, made: Path | None = None) -> Path:
    """The path, with .html where it has no ending; raises UserError where no report can be: before minutes of work.

    `made`: a folder that will be there by then.
    """
    if path.suffix.lower() not in ("", ".html", ".htm"):
        raise UserError(f"A report is a web page: name it FILE.html, not {path.name}.")
    if not path.parent.is_dir() and (made is None or path.parent.absolute() != made.absolute()):
        raise UserError(f"There is no folder {path.parent}; {REMEDY}.")
    return path if path.suffix else path.with_suffix(".html")


def facts(session: Session, found: Findings) -> dict[str, str]:
    """What a colleague needs to make it again, by name."""
    known, evidence = found.facts, found.evidence
    return {
        "checkpoint": known.name,
        "SHA-256": known.sha256,
        "format": known.family,
        "shape": f"{known.n_layers} layers × {known.n_heads} heads, d_model {known.d_model}, d_head {known.d_head}",
        "prompt": evidence.prompt,
        "samples": str(found.samples),
        "seed": str(found.seed),
        "ablation": f"output set to its {HOW} over samples and positions",
        "device": f"{known.device}, {known.precision}",
        "certificate": "every weight used exactly once" if known.certificate.ok else "; ".join(known.certificate.lines),
        "versions": f"Headscope {__version__}, torch {torch.__version__}, numpy {np.__version__}, "
        f"Python {platform.python_version()}",
        "made": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    } | ({"notes": "; ".join(found.ablations.notes)} if found.ablations.notes else {})


def recipe(session: Session, path: Path) -> str:
    """The command that makes it again."""
    known = session.loaded.facts
    words = ["python", "-m", "analysis", Path(known.path).name, "--report", path.name]
    words += ["--n-head", str(known.n_heads)] if known.head_choices else []
    words += ["--seed", str(session.seed), "--samples", str(session.samples)]
    return shlex.join(words)


def numbers(found: Findings) -> dict[str, Any]:
    """Everything but arrays, ready for JSON."""
    evidence = found.evidence
    return {
        "summary": list(summary(found)),
        "rule": list(RULE),
        "sha256": found.facts.sha256,
        "seed": found.seed,
        "samples": found.samples,
        "versions": {"headscope": __version__, "torch": torch.__version__, "numpy": np.__version__},
        "model": {
            "first_loss": float(evidence.first_loss.mean()),
            "second_loss": float(evidence.second_loss.mean()),
            "gain": measured(evidence.gain),
        },
        "together": measured(found.together) if found.together else None,
        "heads": [_head(found, head) for head in found.heads],
        "reading": {"gain": measured(found.readers.gain), "rule": list(READER_RULE)} if found.readers else None,
        "circuits": [
            {
                "earlier": str(one.earlier),
                "later": [str(head) for head in one.later],
                "z": list(one.z),
                "cut_k": measured(one.cut_k),
                "cut_q": measured(one.cut_q),
            }
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
        "head": str(head),
        "layer": head.layer,
        "index": head.index,
        "kind": head.kind,
        "scores": {key: _known(found.scores.value(key, head)) for key in found.scores.values},
        "ablation": _ablation(found.removals[head]) | {"q": _known(found.q[head])},
    }
    if found.readers and head in found.readers.heads:
        one = found.readers.heads[head]
        told |= {"word": one.verdict.word, "confirmed": one.verdict.confirmed, "doubts": list(one.verdict.doubts),
                 "walk": measured(one.walk), "ablation_on_lines": _ablation(one.removal)}
    if head not in found.cases:
        return told
    known, verdict, column = found.cases[head], found.verdicts[head], found.evidence.heads.index(head)
    shares = known.shares
    return told | {
        "word": verdict.word,
        "confirmed": verdict.confirmed,
        "doubts": list(verdict.doubts),
        "shares": {
            "induction": measured(shares.induction) | {"k": shares.lag},
            "previous-token": measured(shares.previous),
            "duplicate": measured(shares.duplicate),
            "sink": measured(shares.sink),
        },
        "partner": str(known.partner) if known.partner else None,
        "partner_z": _known(known.partner_z),
        "variants": {one.key: float(found.evidence.variants[n, column]) for n, one in enumerate(VARIANTS)},
    }


def _ablation(removed: AblationEffect) -> dict[str, Any]:
    return {
        "second": measured(removed.second),
        "first": _known(removed.first),
        "specific": measured(removed.specific),
    }


def measured(one: Measured) -> dict[str, float | None]:
    named = {"value": one.value, "low": one.low, "high": one.high, "null": one.null, "q": one.q}
    return {key: _known(value) for key, value in named.items()}


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def arrays(found: Findings) -> dict[str, np.ndarray]:
    """The numbers behind all of it, by name; `columns` names the last axis of shares and control."""
    evidence, composition = found.evidence, found.composition
    columns = {k - 1: f"L-{k}" for k in range(1, FURTHEST + 1)}
    columns |= {DUPLICATE: "duplicate", PREVIOUS: "previous", FIRST: "first"}
    names = [str(one) for one in found.ablations.experiments]
    return {
        "heads": np.array([str(head) for head in evidence.heads]),
        "columns": np.array([columns[number] for number in sorted(columns)]),
        "shares": evidence.shares,
        "control": evidence.control,
        "variants": evidence.variants,
        "loss": found.ablations.clean,
        "ablations": np.array(names),
        "ablated_loss": found.ablations.losses,
        "composition_heads": np.array([str(head) for head in composition.heads]),
        **{f"composition_{mode}": composition.raw[mode] for mode in "qkv"},
        **{f"z_{mode}": composition.z[mode] for mode in "qkv"},
        **{f"pattern_{head}": values for head, values in found.patterns.items()},
    }
