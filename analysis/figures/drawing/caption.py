"""The caption of a page, in words."""

from collections.abc import Sequence

from analysis.figures.kind import Piece, kind_of
from analysis.values import Provenance


def caption_words(pieces: Sequence[tuple[Piece, str]], notes: Sequence[str]) -> str:
    """What every (piece, letter) shows, with the notes of its drawing, and the model once where all have the same."""
    parts = []
    for (piece, letter), note in zip(pieces, notes, strict=True):
        facts = "; ".join(fact for fact in (piece.figure.title, _on_paper(piece.figure.note), note) if fact)
        definition = _definition(piece.figure.provenance) if kind_of(piece.figure).whole(piece) else ""
        said = " ".join(_sentence(words) for words in (facts, definition) if words)
        parts.append(f"({letter}) {said}" if letter else said)
    models = dict.fromkeys(_model(piece.figure.provenance) for piece, _ in pieces)
    return " ".join([*parts, *(_sentence(words) for words in models if words)])


def _definition(where: Provenance) -> str:
    """The view's own sentence, without the settings, which the note says in words."""
    words = where.definition.partition(": ")[2]
    settings = where.recipe is not None and where.recipe.selection.options
    return _on_paper(words.rpartition(" (")[0] if settings and words.endswith(")") else words)


def _on_paper(words: str) -> str:
    """Without what a mouse can do."""
    return "; ".join(part for part in words.split("; ") if not part.startswith(("click ", "drag ", "point ")))


def _sentence(words: str) -> str:
    words = words.strip()
    return words if words.endswith((".", "…", "?", "!")) or not words else f"{words}."


def _model(where: Provenance) -> str:
    if not where.checkpoint:
        return ""
    return f"Model: {where.checkpoint}" + (f", SHA-256 {where.sha256[:12]}…" if where.sha256 else "")
