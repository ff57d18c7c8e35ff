"""Text that may come from a file, shown letter by letter: Qt takes whatever looks like markup for markup."""

from html import escape

from analysis.figures.drawing.text import with_minus

__all__ = ["explained", "plain_tip", "with_minus"]


def plain_tip(text: str) -> str:
    """A tooltip that shows `text` as it is, lines kept."""
    return f"<p style='white-space: pre-wrap'>{escape(text)}</p>" if text else ""


def explained(text: str, formula: str, source: str = "") -> str:
    """A tooltip of lines: the sentence, the formula, the source."""
    return "\n".join(line for line in (text, formula, f"Source: {source}" if source else "") if line)
