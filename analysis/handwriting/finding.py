"""Which data set a model is shown: the one that was asked for, or one next to its checkpoint."""

import os
from pathlib import Path

from analysis.handwriting.codec import StrokeCodec
from analysis.handwriting.dataset import check_letters, open_data
from analysis.values import UserError

ENDINGS = (".json", ".json.zip")
_FIRST = 24  # words that are read before a data set is taken up: as many as the first prompt shows


def find_data(
    checkpoint: Path, codec: StrokeCodec | None, given: str | None, before: str | None = None
) -> tuple[str | None, str]:
    """(path of the data set to use or None, a sentence when `given` cannot be used or "").

    First the one that was `given` now, then one next to the checkpoint with the same name, then the one chosen
    `before`, then any other next to the checkpoint. Of those that just happen to be there, unreadable ones are skipped
    silently.
    """
    if codec is None:
        return None, no_handwriting(checkpoint.name, given) if given else ""
    words = ""
    if given:
        words = _problem(given, codec)
        if not words:
            return given, ""
    named, others = _beside(checkpoint)
    for path in (*named, *([before] if before else []), *others):
        if not _problem(path, codec):
            return path, words
    return None, words


def no_handwriting(model: str, data: str) -> str:
    return (
        f"{model} does not read handwriting, so it cannot use {Path(data).name}; open a handwriting model with it."
    )


def _problem(path: str, codec: StrokeCodec) -> str:
    try:
        data = open_data(path)
        check_letters(enumerate(data.first(_FIRST)), codec.alphabet, data.name)
    except UserError as error:
        return str(error)
    return ""


def _beside(checkpoint: Path) -> tuple[list[str], list[str]]:
    """Files in the checkpoint's folder that are called like data sets: those with its name, and the others."""
    folder = checkpoint if checkpoint.is_dir() else checkpoint.absolute().parent
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(ENDINGS))
    except OSError:
        return [], []
    stem = checkpoint.name if checkpoint.is_dir() else checkpoint.stem
    named = [stem + ending for ending in ENDINGS if stem + ending in names]
    others = [name for name in names if name.endswith(".json.zip") and name not in named]
    return [str(folder / name) for name in named], [str(folder / name) for name in others]
