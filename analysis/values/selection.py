"""What is asked for: options, the selection, a prompt, induction, and where a figure comes from."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from analysis.values.errors import UserError
from analysis.values.heads import HeadId


@dataclass(frozen=True)
class Provenance:
    """Where a figure comes from, in words: enough to make it again."""

    checkpoint: str = ""
    sha256: str = ""
    head: str = ""
    prompt: str = ""
    definition: str = ""
    version: str = ""
    recipe: Recipe | None = None


@dataclass(frozen=True)
class Option:
    """One control of a view or a prompt source. Options of one key share their value between views."""

    key: str
    label: str
    default: str
    kind: Literal["choice", "number", "decimal", "file", "text", "kept"] = "choice"
    """"kept": without a control; an action of the window sets it."""
    choices: tuple[tuple[str, str], ...] = ()
    """(value, text shown), for kind "choice"."""
    low: float = 0
    high: float = 1_000_000
    """Bounds for kinds "number" and "decimal"."""
    tip: str = ""
    when: tuple[str, tuple[str, ...]] | None = None
    """(key, values): shown only while the choice of that key has one of these values."""
    rare: bool = False
    """Shown on demand, so that it does not crowd the others."""
    rotary: bool = False
    """Shown for models with rotary positions only: others do not depend on it."""


Options: TypeAlias = tuple[tuple[str, str], ...]
"""(key, value) pairs, sorted by key: hashable, so that it can be part of a cache key."""


def as_options(values: dict[str, str]) -> Options:
    return tuple(sorted(values.items()))


@dataclass(frozen=True)
class Selection:
    """Everything a view may depend on, beside the model: one value, compared and hashed as one."""

    head: HeadId
    pair: HeadId | None = None
    """The earlier head of the composition pair whose later head is `head`."""
    sample: int | None = 0
    """Which sample of the prompt; None: the mean over all of them."""
    options: Options = ()

    def option(self, key: str, default: str) -> str:
        return dict(self.options).get(key, default)


@dataclass(frozen=True)
class PromptSpec:
    """A prompt source by its key, with the values of its options."""

    source: str
    options: Options = ()

    def option(self, key: str, default: str) -> str:
        return dict(self.options).get(key, default)


@dataclass(frozen=True)
class OpenRequest:
    """A checkpoint to open, and what is wanted of it once it is open."""

    path: str | None = None
    """A file, a model folder, or the key of a demo; None: the first demo."""
    n_heads: int | None = None
    """None: what the file tells, or else the likeliest count."""
    data: str | None = None
    """A handwriting data set; None: the one beside the checkpoint, if there is one."""
    prompt: PromptSpec | None = None
    """None: the default one."""
    selection: Selection | None = None
    """None: the window chooses."""


@dataclass(frozen=True)
class Asked:
    """What a person may choose of the trials."""

    length: int | None = None
    """Tokens in one copy; None: found."""
    copies: int = 2
    samples: int = 32
    seed: int = 0
    tokens: str = ""
    """The tokens that pieces are drawn from, as a person writes them: LOW:HIGH, "tokenizer" or a file; empty: what
    the vocabulary says."""
    ids: tuple[int, ...] = ()
    """The same as ids, once a model is at hand; empty: what the vocabulary says."""

    @property
    def chosen(self) -> bool:
        """Whether anything but samples and seed is other than it comes."""
        return self != Asked(samples=self.samples, seed=self.seed)


@dataclass(frozen=True)
class Recipe:
    """What to ask of a session to get a figure again; `analysis.recipe` writes and reads it."""

    view: str
    selection: Selection
    """With all options of the view, defaults too."""
    path: str = ""
    """The checkpoint: a path, or the key of a demo."""
    n_heads: int = 0
    """The head count that was chosen; 0 where the file tells it."""
    data: str = ""
    """The handwriting data set in use."""
    prompt: PromptSpec | None = None
    """None: the view does not depend on it."""
    tokens: tuple[tuple[int, ...], ...] = ()
    """The sample, or all samples of a mean; empty where they are too many to be kept."""
    context: tuple[tuple[int, ...], ...] = ()
    prompt_sha256: str = ""
    """Of all tokens and contexts."""
    seed: int = 0
    samples: int = 32
    """Of the prompts that scores are measured on."""
    asked: Asked | None = None
    """How the model was asked for induction, where the view says so and it was otherwise than usual."""


NOWHERE = Provenance()
"""Of a figure that does not say where it comes from."""

COPIES = 2, 8
"""The fewest and the most."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command line that `asked_of` reads, beside --seed and --samples."""
    parser.add_argument("--length", type=int, metavar="N",
                        help="ask for induction with N tokens in one copy (default: the length that shows most)")
    parser.add_argument("--repeats", type=int, default=Asked.copies, metavar="N",
                        help=f"ask with N copies, {COPIES[0]} to {COPIES[1]} (default: {Asked.copies})")
    parser.add_argument("--token-range", default="", metavar="TOKENS",
                        help="tokens that random pieces are drawn from: LOW:HIGH (ids, HIGH not among them), tokenizer "
                        "(what text is made of), or a file: text, or ids as .npy, or as .txt where there is no "
                        "tokenizer (default: all but special and unused ones, as far as they are known)")


def asked_of(length: int | None, repeats: int, samples: int, seed: int, token_range: str) -> Asked:
    """What the command line asks for; raises UserError where no model can be asked so."""
    if samples < 1 or not 0 <= seed < 2**31:
        raise UserError("--samples is 1 or more, and --seed from 0 to 2147483647.")
    if not COPIES[0] <= repeats <= COPIES[1]:
        raise UserError(f"--repeats is the number of copies, from {COPIES[0]} to {COPIES[1]}, not {repeats}.")
    return Asked(length, repeats, samples, seed, token_range.strip())


def asked_words(asked: Asked) -> list[str]:
    """The words of the command line that ask the same again."""
    return [
        *(["--length", str(asked.length)] if asked.length is not None else []),
        *(["--repeats", str(asked.copies)] if asked.copies != Asked.copies else []),
        *(["--token-range", asked.tokens] if asked.tokens else []),
        "--seed", str(asked.seed), "--samples", str(asked.samples),
    ]  # fmt: skip


def asked_facts(asked: Asked) -> dict[str, Any]:
    """The same as JSON; null: the length was found, or the tokens are what the vocabulary says."""
    return {
        "length": asked.length, "repeats": asked.copies, "samples": asked.samples, "seed": asked.seed,
        "token_range": asked.tokens or None,
    }  # fmt: skip
