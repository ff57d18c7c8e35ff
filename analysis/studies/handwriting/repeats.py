"""Is there induction in handwriting? The answer on random strokes, and the same asked of real words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from jaxtyping import Float, Int

from analysis.model.model import Model
from analysis.prompts.token_range import settled
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import Asked, FloatArray, HeadId, IntArray, StudyInfo, UserError
from analysis.values.work import Work, part
from analysis.verdict import chance
from analysis.verdict.induction.answer import answer_on
from analysis.verdict.induction.attention import Looks, look
from analysis.verdict.trials.trial import rotated
from analysis.verdict.trials.written_words import trial_of_words
from analysis.verdict.wording.facts import Answer


@dataclass(frozen=True)
class RepeatsOptions:
    """How many words are asked, and of which data set."""

    n_lines: int
    data: str | None
    asked: Asked
    """How the model is asked for induction: its random strokes, and the seed of both."""


@dataclass(frozen=True, eq=False)
class Places:
    """Attention above the control at each place around a token's earlier occurrence, means over samples."""

    heads: tuple[HeadId, ...]
    offsets: Int[IntArray, " offsets"]
    """k: 0 is the earlier occurrence, 1 what followed."""
    excess: Float[FloatArray, "heads offsets"]
    low: Float[FloatArray, "heads offsets"]
    """The end of its 95 % interval; NaN for too few samples."""
    high: Float[FloatArray, "heads offsets"]


@dataclass(frozen=True, eq=False)
class Asking:
    """One kind of trial, and what was found on it."""

    answer: Answer
    places: Places


@dataclass(frozen=True, eq=False)
class Repeats:
    """Random strokes, and real words where a data set is open."""

    random: Asking
    words: Asking | None = None


def run(session: Session, what: RepeatsOptions) -> Work[Repeats]:
    """→ Repeats; raises UserError for a model that reads no handwriting.

    Random strokes are those of the answer about the model.
    """
    model, asked = session.model, settled(session.model, what.asked)
    if model.vocabulary.codec is None:
        raise UserError("The tokens of this model are not pen movements; its answer is on random tokens.")
    found: Answer = yield from part(session.complete("answer"), 0.0, 0.4)
    trial = rotated(model, asked, found.copies.length, asked.samples, asked.seed)
    looks = yield from part(look(model, trial), 0.4, 0.5)
    result = Repeats(Asking(found, places_of(looks)))
    yield 0.5, result
    if model.data is not None:
        assumed = session.loaded.facts.head_count_assumed
        for fraction, words in _of_words(model, Asked(samples=what.n_lines, seed=asked.seed), assumed):
            result = replace(result, words=words or result.words)
            yield 0.5 + 0.5 * fraction, result if words else None
    return result


def _of_words(model: Model, asked: Asked, assumed: bool) -> Iterator[tuple[float, Asking | None]]:
    """(how much is done, what is known of real words); the last is whole."""
    trial = yield from part(trial_of_words(model, asked), 0.0, 0.1)
    looks = yield from part(look(model, trial), 0.1, 0.3)
    places, work = places_of(looks), answer_on(model, trial, looks, asked, assumed)
    while True:
        try:
            fraction, found = next(work)
        except StopIteration as end:
            yield 1.0, Asking(end.value, places)
            return
        yield 0.3 + 0.7 * fraction, Asking(found, places) if isinstance(found, Answer) else None


def places_of(looks: Looks) -> Places:
    low, high = chance.of_mean(looks.excess)
    return Places(looks.heads, looks.offsets, looks.excess.mean(0), low, high)


STUDY = Study(
    StudyInfo(
        "repeats", "The induction trial",
        "Every head on random strokes, then the same rotated, and on real words, each after itself in the same ink.",
        follows_prompt=False,
    ),
    run,
)
