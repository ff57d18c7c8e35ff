"""Which heads do induction, by which circuit, and how sure: the answer about the open model."""

from analysis.prompts.token_range import settled
from analysis.session.session import Session
from analysis.studies import Study
from analysis.values import Asked, Called, HeadId, StudyInfo, UserError
from analysis.values.work import Work
from analysis.verdict.induction.answer import answer
from analysis.verdict.wording.facts import Answer


def run(session: Session, what: Asked | None) -> Work[Answer]:
    """→ Answer, asked as the session says where `what` is None; UserError at once where it cannot be run."""
    if session.loaded.facts.weights_only:
        raise UserError(session.loaded.facts.weights_only)
    model = session.model
    return answer(model, settled(model, what or session.asked), session.loaded.facts.head_count_assumed)


def words(found: Answer) -> dict[HeadId, Called]:
    return {head: Called(facts.words, facts.confirmed) for head, facts in found.heads.items()}


STUDY = Study(
    StudyInfo("answer", "Asking for induction", "Which heads copy by content, and how sure", follows_prompt=False,
              waiting="The model is being asked for induction."),
    run, words, every_model=True,
)
