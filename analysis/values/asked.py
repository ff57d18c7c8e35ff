"""What a person may choose of the question which heads do induction, and the command line's words for it."""

import argparse
from dataclasses import dataclass
from typing import Any

from analysis.values.errors import UserError

COPIES = 2, 8
"""The fewest and the most."""


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
