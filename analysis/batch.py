"""What the batch command writes: summary.json, scores.csv, composition.npz, logits.npy, attention.npz, a report, and
the answer to which heads do induction."""

import csv
import io
import math
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import torch

from analysis import __version__
from analysis.batch_figure import FigureRequest
from analysis.batch_verdict import write_verdict
from analysis.handwriting.dataset import read_all
from analysis.measures.composition import Composition
from analysis.model.attention import Masking, attention, spread
from analysis.model.transformer import Attended, Run, forward
from analysis.prompts.token_file import read_context, read_tokens
from analysis.prompts.token_range import settled
from analysis.report.output import check_place, report
from analysis.session.session import Session
from analysis.values import Kind, PromptSpec, ScoreTable, UserError, as_options
from analysis.values.selection import Asked, asked_facts, asked_of
from analysis.values.text import json_text
from analysis.values.whole_files import write_whole
from analysis.values.work import finish
from analysis.verdict.induction.lengths import possible

LARGEST = 8 * 2**30
"""Bytes of logits or attention that the command agrees to hold and write."""


@dataclass(frozen=True)
class Request:
    """The command line, as values."""

    checkpoint: str
    out: str | None = None
    report: str | None = None
    n_head: int | None = None
    data: str | None = None
    tokens: str | None = None
    context: str | None = None
    save_attention: bool = False
    device: str = "auto"
    seed: int = 0
    samples: int = 32
    length: int | None = None
    repeats: int = 2
    token_range: str = ""
    verdict: bool = False
    picture: FigureRequest = field(default_factory=FigureRequest)

    @property
    def asked(self) -> Asked:
        """How the model is asked for induction; raises UserError where no model can be."""
        return asked_of(self.length, self.repeats, self.samples, self.seed, self.token_range)

    @property
    def asks(self) -> bool:
        """Whether anything depends on that."""
        return self.verdict or bool(self.report or self.picture.figure)

    @property
    def answers_alone(self) -> bool:
        """Whether nothing is wanted but the answer: then it does not wait for scores and composition."""
        return self.verdict and not (self.tokens or self.report)


def run(request: Request) -> None:
    """Analyse the checkpoint and write the results; raises UserError, with nothing half written."""
    asked = _check(request)
    page = check_place(Path(request.report), Path(request.out) if request.out else None) if request.report else None
    session = Session(request.device)
    session.seed, session.samples, session.asked = request.seed, request.samples, asked
    session.open(request.checkpoint, request.n_head, request.data)
    if session.loaded.facts.data_problem:
        raise UserError(session.loaded.facts.data_problem)
    if request.verdict or asked.chosen:
        if session.loaded.facts.weights_only:
            raise UserError(session.loaded.facts.weights_only)
        possible(session.model, settled(session.model, asked))
    if request.picture.figure:
        request.picture.write(session, _prompt(request))
    if request.out or request.report or request.verdict:
        _analyse(session, request, page)


def _check(request: Request) -> Asked:
    """Raises UserError where the options do not go together; nothing needs to be open."""
    asked = request.asked
    if asked.chosen and not request.asks:
        raise UserError(
            "--length, --repeats and --token-range say how to ask for induction: give --verdict or --report FILE.html "
            "as well."
        )
    if request.context and not request.tokens:
        raise UserError("--context goes with a prompt: give --tokens FILE.npy as well.")
    if request.save_attention and not request.tokens:
        raise UserError("--save-attention needs a prompt: give --tokens FILE.npy as well.")
    if request.tokens and not (request.out or request.picture.figure):
        raise UserError("--tokens writes their logits to a folder: give --out DIR as well.")
    request.picture.check()
    if not (request.out or request.asks):
        raise UserError(
            "Nothing to do: give --out DIR, --verdict, --report FILE.html or --figure VIEW --save FILE.pdf."
        )
    return asked


def _prompt(request: Request) -> PromptSpec | None:
    """The prompt that a picture is drawn of; None: the default one."""
    if not request.tokens:
        return None
    return PromptSpec("token_file", as_options({"tokens": request.tokens, "context": request.context or ""}))


def _analyse(session: Session, request: Request, page: Path | None) -> None:
    if session.loaded.model is None:
        raise UserError(session.loaded.facts.weights_only)
    if request.data:
        codec = session.model.vocabulary.codec
        finish(read_all(request.data, codec.alphabet if codec else ""))
    ran = _prompted(session, request) if request.tokens and request.out else None
    folder = _folder(request.out) if request.out else None
    finish(session.complete("loading"))
    if request.verdict:
        write_verdict(session, folder)
    if request.answers_alone:
        return
    composition: Composition = finish(session.complete("composition"))
    scores = ScoreTable({}, {}) if session.loaded.facts.weights_only else finish(session.complete("scores"))
    if scores.problems:
        raise UserError("; ".join(scores.problems))
    if folder is not None:
        _write_results(session, request, folder, ran, scores, composition)
    if page is not None:
        finish(report(session, page))


def _write_results(
    session: Session, request: Request, folder: Path, ran: Run | None, scores: ScoreTable, composition: Composition
) -> None:
    write_whole(folder / "summary.json", lambda file: file.write(_summary(session, request, scores).encode()))
    write_whole(folder / "scores.csv", lambda file: file.write(_scores(session, scores).encode()))
    composed = _composition(composition)
    write_whole(folder / "composition.npz", lambda file: np.savez_compressed(file, **composed))  # type: ignore[arg-type]
    if ran is not None:
        logits = ran.logits.float().cpu().numpy()
        write_whole(folder / "logits.npy", lambda file: np.save(file, logits))
        if request.save_attention:
            patterns = _attention(session, ran)
            write_whole(folder / "attention.npz", lambda file: np.savez(file, **patterns))  # type: ignore[arg-type]


def _prompted(session: Session, request: Request) -> Run:
    """The run over --tokens. Checked before anything is written: a prompt that does not fit ends the command."""
    if session.loaded.facts.weights_only:
        raise UserError(session.loaded.facts.weights_only)
    config = session.model.config
    if request.context and not config.cross_layers:
        raise UserError("This model has no cross-attention, so it takes no context; leave --context out.")
    tokens = read_tokens(str(request.tokens))
    context = read_context(session.model, request.context or "", len(tokens))
    n, length = tokens.shape
    needed = (
        4 * n * length * (config.d_vocab + (config.n_layers * config.n_heads * length if request.save_attention else 0))
    )
    if needed > LARGEST:
        raise UserError(
            f"The logits and patterns of {n} × {length} tokens take {needed / 2**30:.0f} GB; give fewer or "
            "shorter prompts."
        )
    return finish(forward(session.model, tokens, context))


def _folder(out: str) -> Path:
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder {out} cannot be made ({error.strerror}); choose another --out.") from None
    return folder


def _summary(session: Session, request: Request, table: ScoreTable) -> str:
    facts = session.loaded.facts
    found = {
        "format": facts.family, "n_layers": facts.n_layers, "n_heads": facts.n_heads, "n_kv_heads": facts.n_kv_heads,
        "d_model": facts.d_model, "d_head": facts.d_head, "d_vocab": facts.d_vocab, "n_ctx": facts.n_ctx,
        "evidence": list(facts.evidence), "unused_tensors": list(facts.unused_tensors), "scores": table.values,
        "errors": table.errors, "definitions": {score.info.key: score.info.definition for score in session.scores},
        "prompts": {s.info.key: dict(s.prompt.options) for s in session.scores if s.prompt is not None},
        "behaviour": table.behaviour,
        "certificate": {"ok": facts.certificate.ok, "lines": list(facts.certificate.lines)},
        "head_choices": [{"n_heads": c.n_heads, "loss": c.loss, "note": c.note} for c in facts.head_choices],
        "versions": {
            "headscope": __version__, "torch": torch.__version__, "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "weights_only": facts.weights_only or None,
        "ignored": list(facts.ignored),
        "checkpoint": facts.name,
        "tokens": request.tokens,
        "context": request.context
        or ("padding alone" if request.tokens and session.model.config.cross_layers else None),
        "device": facts.device,
        "precision": facts.precision,
        "seed": session.seed,
        "samples": session.samples,
        "asked": asked_facts(session.asked) if request.asks else None,
        "sha256": facts.sha256,
    }
    return json_text(found)


def _scores(session: Session, table: ScoreTable) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["head", "layer", "index", "kind", *table.values])
    for head in session.model.heads:
        cells = [table.value(key, head) for key in table.values]
        writer.writerow([head, head.layer, head.index, head.kind, *("" if math.isnan(c) else repr(c) for c in cells)])
    return text.getvalue()


def _composition(found: Composition) -> dict[str, np.ndarray]:
    arrays = {mode: found.raw[mode] for mode in "qkv"} | {f"z_{mode}": found.z[mode] for mode in "qkv"}
    return arrays | {"labels": np.array([str(head) for head in found.heads])}


def _attention(session: Session, ran: Run) -> dict[str, np.ndarray]:
    """self [layers, B, heads, T, T]; cross [layers, B, heads, T, T_context], NaN in layers without cross-attention."""
    config = session.model.config
    patterns: dict[str, list[np.ndarray | None]] = {"self": [], **({"cross": []} if config.cross_layers else {})}
    for layer in range(config.n_layers):
        for kind, found in patterns.items():
            kept = ran.layers.get((layer, cast(Kind, kind)))
            masking = config.masking(layer, cast(Kind, kind))
            found.append(None if kept is None else _pattern(kept, masking))
    return {kind: _stacked(found) for kind, found in patterns.items()}


def _pattern(kept: Attended, masking: Masking) -> np.ndarray:
    return attention(kept.q, spread(kept.k, kept.q.shape[1]), masking).float().cpu().numpy()


def _stacked(layers: list[np.ndarray | None]) -> np.ndarray:
    shaped = next(pattern for pattern in layers if pattern is not None)
    return np.stack([np.full_like(shaped, np.nan) if pattern is None else pattern for pattern in layers])
