"""Text to token ids and back, if there is a tokenizer next to the checkpoint."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analysis.files.opened import open_file
from analysis.values import UserError
from analysis.values.text import visible

LARGEST = 200 * 2**20
BYTE = re.compile(r"<0x[0-9A-Fa-f]{2}>")
"""A byte of a letter that has no token of its own: hardly ever trained."""
UNUSED = re.compile(
    r"<\|.*\|>|[<\[]/?(unused|reserved|extra|control|placeholder|special|dummy)[\w -]*[>\]]|madeupword\d+"
    r"|</?(s|pad|unk|bos|eos|mask|cls|sep)>|\[(pad|unk|bos|eos|mask|cls|sep)\]", re.IGNORECASE,
)  # fmt: skip
"""Names of tokens that no text has: "<unused12>", "[unused3]", "<|reserved_special_token_5|>", "<pad>"."""
FIRST = frozenset("<[mM")
"""How these names begin."""


@dataclass(frozen=True)
class Tokenizer:
    """`encode` gives ids; `piece` the text of one id."""

    name: str
    encode: Callable[[str], list[int]]
    piece: Callable[[int], str]
    ordinary: Callable[[], frozenset[int]] = frozenset
    """The ids that text is made of: no special, added or unused ones, no bytes beside other tokens."""

    def label(self, token: int) -> str:
        """One token for a person: blanks and line ends can be seen."""
        text = self.piece(token).replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥")
        return visible(text, 40) or str(token)


def beside(checkpoint: Path, d_vocab: int) -> Tokenizer | None:
    """The tokenizer in the checkpoint's folder: tokenizer.json, or nanoGPT's meta.pkl; None when there is none.

    Raises UserError when there is one that cannot be read or that knows more tokens than the model.
    """
    folder = checkpoint if checkpoint.is_dir() else checkpoint.parent
    for name, read in (("tokenizer.json", _hugging_face), ("meta.pkl", _characters)):
        path = folder / name
        if path.is_file():
            if path.stat().st_size > LARGEST:
                raise UserError(f"{name} is larger than {LARGEST >> 20} MB, which no tokenizer is; remove it.")
            return read(path, d_vocab)
    return None


def _hugging_face(path: Path, d_vocab: int) -> Tokenizer:
    from tokenizers import Tokenizer as Fast

    try:
        fast = Fast.from_file(str(path))
    except Exception as error:  # The library raises plain Exception, whatever is wrong.
        raise UserError(f"{path.name} cannot be read ({visible(str(error), 80)}); replace or remove it.") from None

    def piece(token: int) -> str:
        return fast.decode([token], skip_special_tokens=False)

    def ordinary() -> frozenset[int]:
        added = fast.get_added_tokens_decoder()
        return _ordinary(lambda token: None if token in added else fast.id_to_token(token), d_vocab)

    return Tokenizer(path.name, lambda text: _known(fast.encode(text).ids, d_vocab), piece, ordinary)


def _ordinary(name: Callable[[int], str | None], d_vocab: int) -> frozenset[int]:
    """Ids that have a name, less the unused ones, and less bytes where there is anything else.

    Asked one by one: a whole vocabulary at once would hold the interpreter for a third of a second.
    """
    whole, bytes_alone = set[int](), set[int]()
    for token in range(d_vocab):
        text = name(token)
        odd = text is not None and text[:1] in FIRST
        if text is not None and not (odd and UNUSED.fullmatch(text)):
            (bytes_alone if odd and BYTE.fullmatch(text) else whole).add(token)
    return frozenset(whole or bytes_alone)


def _known(ids: list[int], d_vocab: int) -> list[int]:
    far = next((token for token in ids if token >= d_vocab), None)
    if far is not None:
        raise UserError(
            f"The tokenizer gives the id {far}, but this model knows {d_vocab} only; it belongs to another."
        )
    return ids


def _characters(path: Path, d_vocab: int) -> Tokenizer:
    with open_file(path) as opened:
        found = opened.tree
    table = found.get("stoi") if isinstance(found, dict) else None
    ok = isinstance(table, dict) and all(isinstance(k, str) and isinstance(v, int) for k, v in table.items())
    if not ok or not table:
        raise UserError(f"{path.name} holds no table of characters (stoi), as nanoGPT writes it; replace or remove it.")
    letters = {token: letter for letter, token in table.items()}

    def encode(text: str) -> list[int]:
        unknown = next((letter for letter in text if letter not in table), None)
        if unknown is not None:
            raise UserError(f"This model does not know the character {visible(unknown)!r}; leave it out.")
        return _known([table[letter] for letter in text], d_vocab)

    known = frozenset(token for token in letters if 0 <= token < d_vocab)
    return Tokenizer(path.name, encode, lambda token: letters.get(token, ""), lambda: known)
