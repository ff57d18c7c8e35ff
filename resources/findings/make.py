"""What Headscope finds in a handwriting model, as pictures and numbers.

    python -m resources.findings.make CHECKPOINT DATA [--heads 4] [--lines 64] [--seeds 3] [--out DIR]

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
from scipy import special

from analysis.figures.kind import Piece
from analysis.figures.page import picture
from analysis.figures.style import Style
from analysis.measures.averaging import REACH, LetterMeans
from analysis.session.session import Session
from analysis.studies.handwriting.averages import AveragesOptions
from analysis.values import Asked, HeadId, PromptSpec, ScoreTable, Selection, as_options
from analysis.values.work import finish
from analysis.verdict import chance
from analysis.verdict.induction.answer import answer, answer_on
from analysis.verdict.induction.attention import Looks, look
from analysis.verdict.induction.removing import remove, without
from analysis.verdict.trials.trial import Trial, rotated
from analysis.verdict.trials.written_words import trial_of_words
from analysis.verdict.wording.facts import Answer
from analysis.verdict.wording.sentences import sentences
from resources.findings.fixed import fix_look

HERE = Path(__file__).parent
READING = ("monotonicity", "letter_walk", "own_word", "entropy")
SURE = 0.01
"""One minus the confidence of the bound on all heads and places at once."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Pictures and numbers of a handwriting model.")
    parser.add_argument("checkpoint")
    parser.add_argument("data")
    parser.add_argument("--heads", type=int, help="in a layer, where the file does not tell it")
    parser.add_argument("--lines", type=int, default=64)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE)
    asked = parser.parse_args()
    fix_look(QApplication([]), "light")
    session = Session("cpu")
    session.open(asked.checkpoint, asked.heads, data=asked.data)
    session.ask(Asked(samples=asked.lines))
    session.set_prompt(PromptSpec("handwriting", as_options({"samples": "1"})))
    print_reading(session)
    print_tokens(session)
    pictures(session, asked.lines, asked.out)
    print_letters(session, 2 * asked.lines)
    for seed in range(asked.seeds):
        print_answers(session, Asked(samples=asked.lines, seed=seed))


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


@torch.no_grad()
def print_answers(session: Session, asked: Asked) -> None:
    """The answer on random strokes and on real words, the most that any head looks at one place, and removals."""
    model = session.model
    print(f"\nSeed {asked.seed}")
    found = finish(answer(model, asked))
    print_answer("random strokes", found, finish(look(model, rotated(
        model, asked, found.copies.length, asked.samples, asked.seed))))  # fmt: skip
    trial = finish(trial_of_words(model, asked))
    looks = finish(look(model, trial))
    print_answer("real words", finish(answer_on(model, trial, looks, asked)), looks)
    print(f"loss of a word after another one {looks.shuffled.mean():.3f}, after itself {looks.ordered.mean():.3f}")
    print_removals(session, trial)


def print_answer(name: str, found: Answer, looks: Looks) -> None:
    print(f"{name}: {found.prompt}", *sentences(found), sep="\n  ")
    n, places = len(looks.excess), looks.excess[..., looks.offsets >= 1]
    mean, error = places.mean(0), places.std(0, ddof=1) / n**0.5
    most = mean + error * -special.stdtrit(n - 1, SURE / mean.size)
    head, place = np.unravel_index(mean.argmax(), mean.shape)
    _, low, high = chance.best_of(places.reshape(n, -1))
    print(f"  largest at one place: {looks.heads[head]}, {place + 1} past the earlier occurrence, {mean.max():.4f} "
          f"[{low:.4f}, {high:.4f}]")  # fmt: skip
    print(f"  no head and place above {most.max():.4f} ({1 - SURE:.0%}, {mean.size} at once)")
    at = int(np.flatnonzero(looks.offsets == 1)[0])
    followed = chance.changes(looks.excess[..., at])
    best = np.argsort(-followed.mean)[:3]
    said = (f"{looks.heads[one]} {followed.mean[one]:+.4f} [{followed.low[one]:+.4f}, {followed.high[one]:+.4f}] "
            f"q {followed.q[one]:.2g}" for one in best)  # fmt: skip
    print("  at what followed:", "; ".join(said))


def print_removals(session: Session, trial: Trial) -> None:
    """Without a head, its output set to zero: what a repeated word loses beyond the same word after another one."""
    heads = [head for head in session.model.heads if head.kind == "self"]
    lost = finish(remove(session.model, trial, [without((head,), "zero") for head in heads]))
    found = chance.changes(lost.told.T)
    for number, head in enumerate(heads):
        print(f"  without {head}: {found.mean[number]:+.3f} [{found.low[number]:+.3f}, {found.high[number]:+.3f}] "
              f"q {found.q[number]:.2g}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
