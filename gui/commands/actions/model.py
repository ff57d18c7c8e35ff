"""The open model: device, head count, what is known of it, and work on all of it."""

from analysis.values import HeadChoice
from gui.commands.actions import Action, Choices, has_model
from gui.prompt.asking import Asker
from gui.session.opening import Opener
from gui.shared.context import Context
from gui.window.model_info import ModelInfo, choice_words


def _devices(context: Context) -> list[Action]:
    names = context.store.catalogue.devices if context.store.catalogue and context.store.facts else ()
    return [_device(name) for name in names]


def _device(name: str) -> Action:
    def in_use(context: Context) -> bool:
        return context.store.facts is not None and context.store.facts.device == name

    return Action(f"model.device.{name}", name, lambda context: context.worker.set_device(name),
                  tip=f"Compute on {name}", checked=in_use)


def _head_counts(context: Context) -> list[Action]:
    return [_head_count(choice) for choice in (context.store.facts.head_choices if context.store.facts else ())]


def _head_count(choice: HeadChoice) -> Action:
    def in_use(context: Context) -> bool:
        return context.store.facts is not None and context.store.facts.n_heads == choice.n_heads

    return Action(f"model.head_count.{choice.n_heads}", choice_words(choice),
                  lambda context: context[Opener].set_head_count(choice.n_heads),
                  tip="Open the file with this head count", checked=in_use)


def _show_info(context: Context) -> None:
    if context.store.facts is not None:
        ModelInfo(context.store.facts, context.frame).show()


def _can_ask(context: Context) -> bool:
    facts = context.store.facts
    return bool(facts and facts.heads and not facts.weights_only)


ACTIONS = (
    Choices("Model/Device", _devices, 100, "Where the model computes"),
    Choices("Model/Head count", _head_counts, 110, "How many heads the file is cut into", vanishes=True),
    Action("model.info", "Model info", _show_info, "Model", "Ctrl+I", "What is known of the model", 120, has_model),
    Action("analysis.score_again", "Score again", lambda context: context.worker.score_again(), "Analysis", "F5",
           "Compute all scores and compositions anew", 100, has_model),
    Action("analysis.ask", "Ask for induction…", lambda context: context[Asker].open(), "Analysis", "Shift+F5",
           "Ask anew which heads do induction, with other lengths, copies, samples or tokens", 101, _can_ask),
    Action("analysis.cancel", "Cancel", lambda context: context.worker.cancel_jobs(), "Analysis", "Ctrl+.",
           "Stop the work in progress; what is on show stays", 110),
)
