"""The frozen values that cross between the analysis and the window.

Standard library and numpy only: the window imports this before torch exists in the process.
"""

from analysis.values.arrays import BoolArray, FloatArray, IntArray, frozen
from analysis.values.errors import Cancelled, NotReady, UserError
from analysis.values.facts import Certificate, HeadChoice, ModelFacts, PromptFacts
from analysis.values.heads import WORDS, Called, HeadId, Kind
from analysis.values.infos import (
    DEMO_PREFIX,
    Catalogue,
    DemoInfo,
    Dependency,
    PromptInfo,
    ScoreInfo,
    StudyInfo,
    ViewInfo,
    names_demo,
)
from analysis.values.scores import ScoreTable
from analysis.values.selection import (
    NOWHERE,
    Asked,
    OpenRequest,
    Option,
    Options,
    PromptSpec,
    Provenance,
    Recipe,
    Selection,
    as_options,
)
from analysis.values.work import JobUpdate, Tick, no_tick

__all__ = [
    "DEMO_PREFIX", "NOWHERE", "WORDS", "Asked", "BoolArray", "Called", "Cancelled", "Catalogue", "Certificate",
    "DemoInfo", "Dependency", "FloatArray", "HeadChoice", "HeadId", "IntArray", "JobUpdate", "Kind", "ModelFacts",
    "NotReady", "OpenRequest", "Option", "Options", "PromptFacts", "PromptInfo", "PromptSpec", "Provenance", "Recipe",
    "ScoreInfo", "ScoreTable", "Selection", "StudyInfo", "Tick", "UserError", "ViewInfo", "as_options", "frozen",
    "names_demo",
    "no_tick",
]
