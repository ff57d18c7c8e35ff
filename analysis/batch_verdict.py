"""The batch command's answer: which heads do induction, as sentences and as verdict.json."""

import platform
from pathlib import Path

import numpy as np
import torch

from analysis import __version__
from analysis.session.session import Session
from analysis.values.selection import asked_facts
from analysis.values.text import json_text
from analysis.values.whole_files import write_whole
from analysis.values.work import finish
from analysis.verdict.wording.contract import verdict
from analysis.verdict.wording.facts import Answer


def write_verdict(session: Session, folder: Path | None) -> None:
    """Ask the open model as `session.asked` says, print the answer, and write it to the folder if there is one.

    Raises UserError where the model cannot be asked.
    """
    found: Answer = finish(session.complete("answer"))
    told = verdict(found)
    facts = session.loaded.facts
    about = {
        "asked": asked_facts(session.asked), "checkpoint": facts.name, "sha256": facts.sha256,
        "n_layers": facts.n_layers, "n_heads": facts.n_heads, "device": facts.device,
        "versions": {"headscope": __version__, "torch": torch.__version__, "numpy": np.__version__,
                     "python": platform.python_version()},
    }  # fmt: skip
    if folder is not None:
        write_whole(folder / "verdict.json", lambda file: file.write(json_text(told | about).encode()))
    print("\n".join(told["sentences"]))
