"""What wrote the queries and keys whose score one head gives."""

from typing import TypeAlias

import torch

from analysis.causal.parts import passed
from analysis.causal.score_sources import ScoreSources, sources_of
from analysis.measures.patterns import head_pattern
from analysis.model.model import Model
from analysis.prompts.prompt import Prompt, past_the_end
from analysis.session.session import Session
from analysis.studies import Study
from analysis.studies.effects._samples import some_samples
from analysis.values import HeadId, StudyInfo, UserError
from analysis.values.work import Work, part

Asked: TypeAlias = tuple[HeadId, int | None, tuple[int, int] | None]
"""The head, the sample (None: the first ones together), and a query with its key (None: those that matter)."""


def run(session: Session, what: Asked) -> Work[ScoreSources]:
    """→ ScoreSources of the pair; by default of induction's pairs, or else of the last query's strongest key."""
    (head, sample, pair), prompt = what, some_samples(session)
    if sample is not None:
        if sample >= len(session.prompt.tokens):
            raise UserError(f"The prompt has no sample {sample}: choose 0 to {len(session.prompt.tokens) - 1}.")
        prompt = session.prompt[sample : sample + 1]
    if pair is not None:
        queries, keys = (torch.full((len(prompt.tokens), 1), place) for place in pair)
    elif by_induction(prompt, head):
        queries, keys = induction_pairs(prompt)
    else:
        queries, keys = yield from part(_strongest(session.model, prompt, head), 0.0, 0.3)
    return (yield from part(sources_of(session.model, prompt, head, queries, keys), 0.3, 1.0))


def by_induction(prompt: Prompt, head: HeadId) -> bool:
    """Whether there are queries that induction would answer."""
    return prompt.period is not None and head.kind == "self"


def induction_pairs(prompt: Prompt) -> tuple[torch.Tensor, torch.Tensor]:
    """Each query i of the second copy with the token after its earlier occurrence, i − L + 1; int64 [samples, n]."""
    assert prompt.period is not None
    queries = torch.arange(*prompt.second).expand(len(prompt.tokens), -1)
    return queries, queries - prompt.period + 1


def _strongest(model: Model, prompt: Prompt, head: HeadId) -> Work[tuple[torch.Tensor, torch.Tensor]]:
    """The last query of each sample, and the key that it attends to most; [samples, 1]."""
    made = yield from passed(model, prompt, head.layer)
    last = prompt.tokens.shape[1] - 1 - past_the_end(model, prompt.tokens).sum(1)
    keys = []
    for sample, query in enumerate(last.tolist()):
        yield 1.0, None
        keys.append(int(head_pattern(model, made.layers[head.layer, head.kind], head, sample)[query].argmax()))
    return last[:, None], torch.tensor(keys)[:, None]


STUDY = Study(
    StudyInfo("score_sources", "The score by source", "What wrote the query and the key of a score."), run,
)
