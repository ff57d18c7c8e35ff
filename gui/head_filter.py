"""The filter line of the head tree: "L1", "X", "induction > 0.5", and several of them together."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from analysis.values import HeadId, ScoreInfo, ScoreTable, UserError

Filter = Callable[[HeadId, ScoreTable | None], bool]

OPERATORS = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "≤": operator.le, "≥": operator.ge,
    "=": operator.eq,
}
COMPARISON = re.compile(r"([^\W\d][\w.\- ]*?)\s*(<=|>=|<|>|=|≤|≥)\s*([-+−]?(?:\d+\.?\d*|\.\d+))")
EXAMPLE = 'write "L1", "X" or "induction > 0.5"'


def parse(text: str, scores: tuple[ScoreInfo, ...]) -> Filter:
    """All the terms of the text must hold; no text lets every head through. Raises UserError on what it cannot read."""
    tests: list[Filter] = []

    def comparison(match: re.Match[str]) -> str:
        score, before = _find(match[1].split(), scores)
        tests.append(_compare(score, match[2], float(match[3].replace("−", "-"))))
        return f" {before} "

    rest = COMPARISON.sub(comparison, text)
    for word in re.split(r"[\s,;&]+", rest):
        if word and word.lower() != "and":
            tests.append(_label(word))
    return lambda head, table: all(test(head, table) for test in tests)


def _compare(score: ScoreInfo, sign: str, limit: float) -> Filter:
    """A head whose score is undefined passes no comparison."""
    compare = OPERATORS[sign]
    return lambda head, table: table is not None and bool(compare(table.value(score.key, head), limit))


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


def _label(word: str) -> Filter:
    """"L1" is layer 1 and not layer 10; "H3" is head 3 of any layer; "X" is every cross head."""
    match = re.fullmatch(r"(?:L(\d+))?(?:([HX])(\d*))?", word.upper())
    if match is None or not word:
        raise UserError(f"{word!r} is not understood; {EXAMPLE}.")
    layer, kind, index = match[1], match[2], match[3]

    def test(head: HeadId, table: ScoreTable | None) -> bool:
        return (
            (layer is None or head.layer == int(layer))
            and (kind is None or (head.kind == "cross") == (kind == "X"))
            and (not index or head.index == int(index))
        )

    return test
