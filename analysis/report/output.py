"""Writes a report: FILE.html for people, FILE.report.json and FILE.report.npz with its numbers."""

import datetime
import platform
import shlex
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from analysis import __version__
from analysis.report import pictures, tables
from analysis.report.findings import Findings, gather
from analysis.report.words import listed, open_questions, summary
from analysis.session.session import Session
from analysis.values import HeadId, UserError
from analysis.values.selection import asked_words
from analysis.values.text import json_text, visible
from analysis.values.whole_files import write_whole
from analysis.values.work import Work, part
from analysis.verdict.cross_attention import RULE as READER_RULE
from analysis.verdict.measured import Measured
from analysis.verdict.variants import VARIANTS
from analysis.verdict.wording.contract import verdict
from analysis.verdict.wording.words import RULE

TEMPLATE = Path(__file__).with_name("page.html.jinja")
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


def page(found: Findings, facts: dict[str, str], command: str, numbers: str = "") -> Iterator[str]:
    """The web page, in parts, since its pictures take seconds. `facts` and `command` say how to repeat the report.

    `numbers` names the files beside it. Text from files is escaped, and its invisible characters are written out.
    """
    import jinja2  # A report is written seldom; the program starts sooner without it.

    def shown(value: object) -> object:
        return value if hasattr(value, "__html__") else visible(str(value))

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, finalize=shown, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text("utf-8")).generate(
        found=found, facts=facts, command=command, numbers=numbers, tables=tables, pictures=pictures,
        summary=summary, doubts=open_questions, listed=listed, variants=VARIANTS,
        rules=(*RULE, *(READER_RULE if found.readers else ())), drawn=pictures.drawn,
    )


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
    known, answer = found.facts, found.answer
    return {
        "checkpoint": known.name, "SHA-256": known.sha256, "format": known.family,
        "shape": f"{known.n_layers} layers × {known.n_heads} heads, d_model {known.d_model}, d_head {known.d_head}",
        "prompt": answer.prompt, "samples": str(found.samples), "seed": str(found.seed),
        "removal": "output set to its mean over samples and positions, and to zero in a group that has backups",
        "device": f"{known.device}, {known.precision}",
        "certificate": "every weight used exactly once" if known.certificate.ok else "; ".join(known.certificate.lines),
        "versions": f"Headscope {__version__}, torch {torch.__version__}, numpy {np.__version__}, "
        f"Python {platform.python_version()}",
        "made": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    } | ({"notes": "; ".join(answer.notes)} if answer.notes else {})


def recipe(session: Session, path: Path) -> str:
    """The command that repeats the report."""
    known = session.loaded.facts
    words = ["python", "-m", "analysis", Path(known.path).name, "--report", path.name]
    words += ["--n-head", str(known.n_heads)] if known.head_choices else []
    return shlex.join([*words, *asked_words(session.asked)])


def numbers(found: Findings) -> dict[str, Any]:
    """The content of FILE.report.json, for `json_text`."""
    return {
        "summary": summary(found), "verdict": verdict(found.answer),
        "sha256": found.facts.sha256, "seed": found.seed, "samples": found.samples,
        "versions": {"headscope": __version__, "torch": torch.__version__, "numpy": np.__version__},
        "heads": [_head(found, head) for head in found.heads],
        "reading": {"gain": asdict(found.readers.gain), "rule": READER_RULE} if found.readers else None,
        "variants": [
            {"key": one.key, "title": one.title, "definition": one.definition, "source": one.source,
             "ceiling": found.published.ceiling(one)}
            for one in VARIANTS
        ],
    }  # fmt: skip


def _head(found: Findings, head: HeadId) -> dict[str, Any]:
    """What the verdict does not hold: scores, variants, and how a cross-attention head reads."""
    told: dict[str, Any] = {
        "head": str(head), "layer": head.layer, "index": head.index, "kind": head.kind, "called": found.called(head),
        "scores": {key: found.scores.value(key, head) for key in found.scores.values},
    }
    if found.readers and head in found.readers.heads:
        one = found.readers.heads[head]
        told |= asdict(one.verdict) | {"walk": asdict(one.walk), "ablation_on_lines": asdict(one.removal)}
    if head in found.published.heads:
        at = found.published.heads.index(head)
        told["variants"] = {one.key: found.published.values[n, at] for n, one in enumerate(VARIANTS)}
    return told


def arrays(found: Findings) -> dict[str, np.ndarray]:
    """The content of FILE.report.npz: numbers of each head [heads], the gain [lengths], composition, patterns."""
    answer, composition, nan = found.answer, found.composition, Measured(float("nan"))
    each = list(answer.heads.values())
    known = {
        "share": [one.share for one in each], "copying": [one.copying or nan for one in each],
        "effect": [one.effect.told if one.effect else nan for one in each],
        "gain": [gain for _, gain in answer.copies.by_length],
    }  # fmt: skip
    ends = {f"{name}{end}": np.array([getattr(one, end[1:] or "value") for one in values], np.float32)
            for name, values in known.items() for end in ("", "_low", "_high")}  # fmt: skip
    return {
        "heads": np.array([str(one.head) for one in each]),
        "lengths": np.array([length for length, _ in answer.copies.by_length]),
        **ends, "variants": found.published.values,
        **{f"group_{number}": np.array(list(map(str, one.order))) for number, one in enumerate(answer.groups)},
        **{f"group_{number}_curve": np.array(one.curve, np.float32) for number, one in enumerate(answer.groups)},
        "composition_heads": np.array([str(head) for head in composition.heads]),
        **{f"composition_{mode}": composition.raw[mode] for mode in "qkv"},
        **{f"z_{mode}": composition.z[mode] for mode in "qkv"},
        **{f"pattern_{head}": values for head, values in found.patterns.items()},
    }  # fmt: skip
