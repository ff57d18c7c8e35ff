"""Which family a checkpoint belongs to: every known format is asked, the first that recognises it reads it."""

import logging
from dataclasses import replace

from analysis.files.checkpoint import Checkpoint
from analysis.loading.formats import Format
from analysis.loading.formats._gpt import Unsupported
from analysis.model.model import ModelSpec
from analysis.plugins import discover
from analysis.values import UserError

log = logging.getLogger(__name__)


class UnknownFamily(UserError):
    """No family fits; the sentence names some of the tensors."""


def identify(checkpoint: Checkpoint, n_head: int | None = None) -> ModelSpec:
    """What the checkpoint holds; raises UnknownFamily when none fits, UserError when `n_head` does not fit the shapes.

    A family that computes what the canonical decoder does not is left to a later format, which reads its attention
    weights alone.
    """
    formats: list[Format] = discover("formats")
    refused: tuple[Format, str, Unsupported] | None = None
    for known in formats:
        evidence = _recognised(known, checkpoint)
        if evidence is None:
            continue
        try:
            spec = known.read(checkpoint, n_head)
        except Unsupported as error:
            refused = refused or (known, evidence, error)
            continue
        if refused is None:
            return spec
        family, evidence, reason = refused
        return replace(spec, family=family.title, evidence=(evidence, *spec.evidence), weights_only=str(reason))
    if refused is not None:
        raise refused[2]
    names = list(checkpoint.shapes)
    seen = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    raise UnknownFamily(
        f"{checkpoint.name} is of no known architecture: its {len(names)} tensors are named {seen}; "
        "open a model of one of the families that the README lists."
    )


def _recognised(known: Format, checkpoint: Checkpoint) -> str | None:
    """A format that fails here, as that of a plugin may, keeps no other from the file."""
    try:
        return known.recognise(checkpoint)
    except Exception:
        log.exception("The format %r cannot tell whether %s is its own.", known.key, checkpoint.name)
        return None
