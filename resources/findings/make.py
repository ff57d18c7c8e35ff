"""What Headscope finds in a handwriting model, as pictures and numbers.

    python -m resources.findings.make CHECKPOINT DATA [--lines 64] [--out DIR]

CHECKPOINT is a cursive transformer, DATA a handwriting data set. Writes the pictures that findings.md shows into this
folder, and prints the numbers that it quotes.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import torch
from PySide6.QtWidgets import QApplication

from analysis.figures.kind import Piece
from analysis.figures.page import picture
from analysis.figures.style import Style
from analysis.measures.averaging import REACH, LetterMeans
from analysis.measures.repeats import Repeats
from analysis.measures.trials import Trial, trials
from analysis.model.transformer import forward
from analysis.session.session import Session
from analysis.studies.handwriting.averages import AveragesOptions
from analysis.studies.handwriting.repeats import RepeatsOptions
from analysis.values import HeadId, PromptSpec, ScoreTable, Selection, as_options
from analysis.values.work import finish
from analysis.verdict.repeat_verdict import comparisons, gain, mean, verdict
from resources.findings.fixed import fix_look

HERE = Path(__file__).parent
READING = ("monotonicity", "letter_walk", "own_word", "entropy")
ABLATED_LINES = 16


def main() -> None:
    parser = argparse.ArgumentParser(description="Pictures and numbers of a handwriting model.")
    parser.add_argument("checkpoint")
    parser.add_argument("data")
    parser.add_argument("--lines", type=int, default=64)
    parser.add_argument("--out", type=Path, default=HERE)
    asked = parser.parse_args()
    fix_look(QApplication([]), "light")
    session = Session("cpu")
    session.open(asked.checkpoint, data=asked.data)
    session.set_prompt(PromptSpec("handwriting", as_options({"samples": "1"})))
    print_reading(session)
    print_tokens(session)
    pictures(session, asked.lines, asked.out)
    print_letters(session, 2 * asked.lines)
    print_repeats(session, asked.lines)
    print_ablation(session)


def pictures(session: Session, lines: int, out: Path) -> None:
    """One PNG each, from the views as the window shows them."""
    letters = {"averages_lines": str(2 * lines)}
    shots: dict[str, tuple[tuple[str, HeadId, dict[str, str]], ...]] = {
        "reading": tuple(("reading", HeadId(layer, 1, "cross"), {}) for layer in (0, 1, 2, 3)),
        "offsets": (("averages", HeadId(3, 1, "cross"), {**letters, "averages_by": "distance"}),),
        "letters": (
            ("averages", HeadId(2, 0), {**letters, "averages_as": "ratio"}),
            ("averages", HeadId(3, 1, "cross"), letters),
        ),
        "verdict": (("induction", HeadId(0, 0), {"repeats_lines": str(lines)}),),
        "repeat": tuple(("induction_lags", HeadId(*head), {"repeats_lines": str(lines)}) for head in ((2, 2), (3, 0))),
    }
    for name, views in shots.items():
        pieces = []
        for view, head, options in views:
            figure = session.figure(view, Selection(head, options=as_options(options)))
            pieces.append(Piece(figure))
        style = Style(width=183.0, format="png", scale=2, columns=min(2, len(pieces)), text_size=7.0)
        (out / f"{name}.png").write_bytes(picture(tuple(pieces), style))
        print(f"{name}.png", flush=True)


def print_reading(session: Session) -> None:
    """How the cross-attention heads read: every score with its standard error."""
    table: ScoreTable = finish(session.complete("scores"))
    print("| head |", " | ".join(READING), "|")
    for head in (head for head in session.model.heads if head.kind == "cross"):
        cells = [f"{table.value(key, head):.2f} ± {table.error(key, head):.1g}" for key in READING]
        print(f"| {head} |", " | ".join(cells), "|", flush=True)


def print_tokens(session: Session) -> None:
    """Attention to the text from θ and from r: one of them reads, the other rests on padding?"""
    prompt = session.prompt
    assert prompt.writing is not None
    ink, text = prompt.writing.strokes[0] >= 0, prompt.writing.text[0]
    for head in (head for head in session.model.heads if head.kind == "cross"):
        mass = session.pattern(head, 0)[:, text].sum(1)[ink]
        print(f"{head}: on the text from θ {mass[::2].mean():.2f}, from r {mass[1::2].mean():.2f}")


def print_letters(session: Session, lines: int) -> None:
    """Which pairs of letters a self-attention head attends to beyond what distance gives, and where readers read."""
    means: LetterMeans = session.study("averages", AveragesOptions(lines, session.model.data))[0]
    names = [session.model.context_vocabulary.label(place) for place in range(72)]  # type: ignore[union-attr]
    same = np.eye(len(names), dtype=bool) & (means.lines[0] >= 3)
    other = ~np.eye(len(names), dtype=bool) & (means.lines[0] >= 3)
    for head in (head for head in means.heads if head.kind == "self"):
        at = means.of(head)
        excess = means.attention[at] - means.chance[at]
        error = np.nanstd(excess[same]) / np.isfinite(excess[same]).sum() ** 0.5
        print(f"{head}: excess to the same letter {np.nanmean(excess[same]):+.4f} ± {error:.4f}, to others "
              f"{np.nanmean(excess[other]):+.4f}; expected {np.nanmean(means.chance[at][same]):.4f}")  # fmt: skip
    for head in (head for head in means.heads if head.kind == "cross"):
        row = means.offsets[means.of(head)]
        print(f"{head}: most at {int(np.argmax(row)) - REACH:+d} ({row.max():.3f})")


def print_repeats(session: Session, lines: int) -> None:
    found: Repeats = session.study("repeats", RepeatsOptions(lines, session.model.data))[0]
    print(*verdict(found), sep="\n")
    for key, trial in found.trials.items():
        first, second = (mean(trial.losses[:, part]) for part in (0, 1))
        print(f"{key}: loss {first[0]:.3f} ± {first[1]:.1g}, then {second[0]:.3f} ± {second[1]:.1g}; "
              f"{trial.n_matched} matched queries")  # fmt: skip
    print("gain on a repeated word", gain(found))
    for measure in ("induction", "stripe", "prefix"):
        for asked in ("random", "word", "other"):
            every = sorted(comparisons(found, measure, asked), key=lambda one: -one.excess)[:3]
            best = (f"{one.head} {one.value:.4f} (null {one.null:.4f}, z {one.z:.1f})" for one in every)
            print(measure, asked, *best)


@torch.no_grad()
def print_ablation(session: Session) -> None:
    """Without a head, is a word that was just written worse off than one that was not? Output set to zero."""
    model = session.model
    made = {one.key: one for one in finish(trials(model, session.prompts, ABLATED_LINES))}
    clean = {key: second_loss(session, made[key], None) for key in ("word", "other")}
    for head in (head for head in model.heads if head.kind == "self"):
        costs = {key: second_loss(session, made[key], head) - clean[key] for key in clean}
        more, error = mean(costs["word"] - costs["other"])
        print(f"without {head}: word again {costs['word'].mean():+.3f}, another word {costs['other'].mean():+.3f}, "
              f"difference {more:+.3f} ± {error:.3f}", flush=True)  # fmt: skip


def second_loss(session: Session, trial: Trial, ablated: HeadId | None) -> np.ndarray:
    """Mean loss of the second part of every line, [lines]."""

    def edit(site: str, layer: int, tensor: torch.Tensor) -> torch.Tensor:
        if ablated is not None and (site, layer) == ("z", ablated.layer):
            tensor = tensor.clone()
            tensor[:, ablated.index] = 0
        return tensor

    found = []
    for line in range(len(trial.tokens)):
        end = trial.ends[line]
        context = None if trial.context is None else trial.context[line : line + 1]
        run = finish(forward(session.model, trial.tokens[line : line + 1, :end], context, edit=edit))
        losses = finish(run.losses())
        found.append(float(losses[0, trial.queries(line) - 1].mean()))
    return np.array(found)


if __name__ == "__main__":
    main()
