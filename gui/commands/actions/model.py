"""The open model: device, head count, what is known of it, and work on all of it."""

from functools import partial

from gui.commands.actions import Action, Choices, has_model
from gui.session.opening import Opener
from gui.shared.context import Context
from gui.window.model_info import ModelInfo, choice_words


def _devices(context: Context) -> list[Action]:
    names = context.store.catalogue.devices if context.store.catalogue and context.store.facts else ()
    return [Action(f"model.device.{name}", name, partial(_set_device, name), tip=f"Compute on {name}",
                   checked=partial(_on_device, name)) for name in names]


def _set_device(name: str, context: Context) -> None:
    context.worker.set_device(name)


def _on_device(name: str, context: Context) -> bool:
    return context.store.facts is not None and context.store.facts.device == name


def _head_counts(context: Context) -> list[Action]:
    choices = context.store.facts.head_choices if context.store.facts else ()
    return [Action(f"model.head_count.{choice.n_heads}", choice_words(choice), partial(_set_count, choice.n_heads),
                   tip="Open the file with this head count", checked=partial(_has_count, choice.n_heads))
            for choice in choices]


def _set_count(n_heads: int, context: Context) -> None:
    context[Opener].set_head_count(n_heads)


def _has_count(n_heads: int, context: Context) -> bool:
    return context.store.facts is not None and context.store.facts.n_heads == n_heads


def _show_info(context: Context) -> None:
    if context.store.facts is not None:
        ModelInfo(context.store.facts, context.frame).show()


ACTIONS = (
    Choices("Model/Device", _devices, 100, "Where the model computes"),
    Choices("Model/Head count", _head_counts, 110, "How many heads the file is cut into", vanishes=True),
    Action("model.info", "Model info", _show_info, "Model", "Ctrl+I", "What is known of the model", 120, has_model),
    Action("analysis.score_again", "Score again", lambda context: context.worker.score_again(), "Analysis", "F5",
           "Compute all scores and compositions anew", 100, has_model),
    Action("analysis.cancel", "Cancel", lambda context: context.worker.cancel_jobs(), "Analysis", "Ctrl+.",
           "Stop the work in progress; what is on show stays", 110),
)
