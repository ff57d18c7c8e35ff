"""The filter line of the head tree: "L1", "induction > 0.5", "first token", joined by and, or, not and parentheses."""

import operator
import re
from collections.abc import Callable

from analysis.values import WORDS, Called, HeadId, ScoreInfo, ScoreTable, UserError

Filter = Callable[[HeadId, ScoreTable | None], bool]
CalledOf = Callable[[HeadId], Called | None]
SHORTEST = 3
"""This many first letters of a word are enough."""
NUMBERED = ("displaced by", "spread over")
CLOSELY = ("strong", "partial", *NUMBERED, "window-limited", "confirmed alone", "confirmed in a group")
"""What is said of heads beside their words; after those of NUMBERED comes a number."""
SEVERAL = "mixed"
"""More than one word; heads were called so before they could have several."""
EARLIER = {"sink": "first token"}
"""Words of earlier versions, which sessions may hold."""
KNOWN = (*WORDS, *CLOSELY, *EARLIER, SEVERAL)

OPERATORS = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "≤": operator.le, "≥": operator.ge,
    "=": operator.eq, "==": operator.eq, "!=": operator.ne, "≠": operator.ne,
}
COMPARISON = re.compile(r"([^\W\d][\w.\- ]*?)\s*(<=|>=|==|!=|<|>|=|≤|≥|≠)\s*([-+−]?(?:\d+\.?\d*|\.\d+))")
MARK = "\0"
"""Stands before the number of a comparison that has been read; no person can type it."""
AND, OR, NOT = ("and", "&", "&&", ",", ";"), ("or", "|", "||"), ("not", "!")
EXAMPLE = 'write "L1", "X" or "induction > 0.5", and join them with and, or, not'
LONGEST = 500
DEEPEST = 50
"""Parentheses in parentheses."""


def parse(text: str, scores: tuple[ScoreInfo, ...], called: CalledOf = lambda head: None) -> Filter:
    """Which heads the text lets through; no text: every one. Terms side by side must all hold, "or" binds less than
    "and". `called` says what a head is called at present. Raises UserError on what it cannot read."""
    if len(text) > LONGEST:
        raise UserError(f"More than {LONGEST} letters are too many for a filter; {EXAMPLE}.")
    comparisons: list[Filter] = []

    def read(match: re.Match[str]) -> str:
        score, before = _find(match[1].split(), scores)
        comparisons.append(_compare(score, match[2], float(match[3].replace("−", "-"))))
        return f" {before} {MARK}{len(comparisons) - 1} "

    rest = COMPARISON.sub(read, text.replace(MARK, " "))
    words = re.findall(rf"[()]|&&?|\|\|?|[,;!]|{MARK}\d+|[^\s()&|,;!{MARK}]+", rest)
    return _Reader(words, comparisons, called).read() if words else lambda head, table: True


class _Reader:
    """Takes the words from left to right."""

    def __init__(self, words: list[str], comparisons: list[Filter], called: CalledOf) -> None:
        self._words, self._comparisons, self._called = words, comparisons, called
        self._at = self._depth = 0

    def read(self) -> Filter:
        wanted = self._any()
        if self._at < len(self._words):
            raise UserError(f"There is a ) without its (; {EXAMPLE}.")
        return wanted

    def _any(self) -> Filter:
        tests = [self._all()]
        while self._take(*OR):
            tests.append(self._all())
        return lambda head, table: any(test(head, table) for test in tests)

    def _all(self) -> Filter:
        tests = [self._one()]
        while self._take(*AND) or self._word() not in ("", ")", *OR):
            tests.append(self._one())
        return lambda head, table: all(test(head, table) for test in tests)

    def _one(self) -> Filter:
        turned = False
        while self._take(*NOT):
            turned = not turned
        inner = self._inner()
        return (lambda head, table: not inner(head, table)) if turned else inner

    def _inner(self) -> Filter:
        word = self._word()
        if word in ("", ")", *AND, *OR):
            where = f"before {word!r}" if word else "at the end"
            raise UserError(f"Something is missing {where}; {EXAMPLE}.")
        self._at += 1
        if word == "(":
            return self._parenthesis()
        if word.startswith(MARK):
            return self._comparisons[int(word[1:])]
        if len(word) >= SHORTEST and any(known.startswith(word) for known in KNOWN):
            return self._said(word)
        return _label(word)

    def _said(self, word: str) -> Filter:
        """Heads of which this is said, with the words after it that belong to it ("attends but", "displaced by 3")."""
        while following := self._word():
            longer = f"{word} {following}"
            if not (any(known.startswith(longer) for known in KNOWN) or (word in NUMBERED and following[0].isdigit())):
                break
            word = longer
            self._at += 1
        return _is_called(next((new for old, new in EARLIER.items() if old.startswith(word)), word), self._called)

    def _parenthesis(self) -> Filter:
        self._depth += 1
        if self._depth > DEEPEST:
            raise UserError(f"There are too many parentheses; {EXAMPLE}.")
        wanted = self._any()
        if not self._take(")"):
            raise UserError(f"A ) is missing; {EXAMPLE}.")
        self._depth -= 1
        return wanted

    def _word(self) -> str:
        """The next word in small letters; empty at the end."""
        return self._words[self._at].lower() if self._at < len(self._words) else ""

    def _take(self, *words: str) -> bool:
        found = self._word() in words
        self._at += found
        return found


def _compare(score: ScoreInfo, sign: str, limit: float) -> Filter:
    """A head whose score is undefined passes no comparison."""
    compare = OPERATORS[sign]

    def test(head: HeadId, table: ScoreTable | None) -> bool:
        value = table.value(score.key, head) if table is not None else float("nan")
        return value == value and bool(compare(value, limit))

    return test


def _find(words: list[str], scores: tuple[ScoreInfo, ...]) -> tuple[ScoreInfo, str]:
    """The score that the last words name, whole or by its beginning, and the words before them."""
    names = [(info, [text.lower().rstrip(".") for text in (info.key, info.title, info.short)]) for info in scores]
    for start in range(len(words)):
        name = " ".join(words[start:]).lower().rstrip(".")
        exact = [info for info, forms in names if name in forms]
        close = [info for info, forms in names if any(form.startswith(name) for form in forms)]
        if exact or close:
            return (exact or close)[0], " ".join(words[:start])
    raise UserError(f"There is no score {' '.join(words)!r}; {EXAMPLE}.")


def _is_called(words: str, called: CalledOf) -> Filter:
    def test(head: HeadId, table: ScoreTable | None) -> bool:
        found = called(head)
        if found is None:
            return False
        if SEVERAL.startswith(words):
            return sum(one in WORDS for one in found.words) > 1
        ends = [len(words) if part.startswith(words) else -1 for part in found.parts]
        return any(end >= 0 and not part[end : end + 1].isdigit() for end, part in zip(ends, found.parts, strict=True))

    return test


def _label(word: str) -> Filter:
    """"L1" is layer 1 and not layer 10, "L2-4" three layers, "H3" head 3 of any layer, "X" every cross head."""
    match = re.fullmatch(r"(?:L(\d{1,6})(?:[-–](\d{1,6}))?)?(?:([HX])(\d{0,6}))?", word.upper())
    if match is None or not word:
        raise UserError(f"{word!r} is not understood; {EXAMPLE}.")
    first, last, kind, index = match.groups()

    def test(head: HeadId, table: ScoreTable | None) -> bool:
        return (
            (first is None or int(first) <= head.layer <= int(last or first))
            and (kind is None or (head.kind == "cross") == (kind == "X"))
            and (not index or head.index == int(index))
        )

    return test
