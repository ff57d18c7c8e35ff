"""What a session knows of the model in it."""

from dataclasses import dataclass, field

from analysis.loading.opening import OpenModel
from analysis.prompts.prompt import Prompt
from analysis.session.jobs import Studies
from analysis.values import PromptFacts


@dataclass
class Loaded(OpenModel):
    """An open file, with everything that is forgotten when another one takes its place."""

    prompt: Prompt | None = None
    prompt_facts: PromptFacts | None = None
    studies: Studies = field(default_factory=Studies)
